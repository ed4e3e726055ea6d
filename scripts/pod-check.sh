#!/usr/bin/env bash
# Runs pods that `sidecar inject` made, and replaces them under load: see pod_check.py.
# Needs root; everything happens in a network namespace of its own.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=scripts/containers.sh
source scripts/containers.sh
python=${PYTHON:-python3}

install_engine
make_base
build localhost/sidecar:slim --target slim
echo "Rolling restart of an injected Deployment, eight clients:"
# shellcheck disable=SC2086 # several arguments
PYTHONPATH=. alone "$python" scripts/pod_check.py ${ARGS:-}
