#!/usr/bin/env bash
# Builds the Dockerfile, unmodified, and runs both images as a careful cluster would:
# read-only root, no capabilities, no new privileges, user 10001, half a CPU, 200 MiB.
# Each must start, serve, refuse to write, answer its own health check, finish what is
# in flight on SIGTERM and end with status 0.
#
# No container engine and no registry is asked: Debian's packages and PyPI's suffice.
# Containers run in namespaces of their own; nothing is left on the machine.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=scripts/containers.sh
source scripts/containers.sh

if [[ ${1:-} == inside ]]; then
    image=$2
    # The application, on the same loopback: /slow takes three seconds.
    python3 - <<'P' &
import http.server, time
class Application(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        time.sleep(3 if self.path == "/slow" else 0)
        content = b"hello from the application\n" * 100
        self.send_response(200)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)
    def log_message(self, *_):
        pass
http.server.ThreadingHTTPServer(("127.0.0.1", 3000), Application).serve_forever()
P
    application=$!
    trap 'kill "$application"' EXIT
    began=$(date +%s%N)
    podman run -d --name sidecar-check --network host --no-healthcheck --read-only --tmpfs /tmp \
        --cap-drop ALL --security-opt no-new-privileges --user 10001:10001 --cpus 0.5 --memory 200m \
        -e SIDECAR_UPSTREAM=http://127.0.0.1:3000 "$image" >/dev/null
    until curl -fs 127.0.0.1:9901/readyz >/dev/null; do
        (($(date +%s%N) - began < 20000000000)) || { podman logs sidecar-check >&2; exit 1; }
        sleep 0.05
    done
    echo "  ready after $((($(date +%s%N) - began) / 1000000)) ms, container included"
    curl -fsS 127.0.0.1:8080/ | grep 'hello from the application' >/dev/null
    for _ in $(seq 200); do curl -fsS -o /dev/null 127.0.0.1:8080/; done
    podman exec sidecar-check /opt/sidecar/bin/sidecar healthcheck
    podman exec sidecar-check /opt/sidecar/bin/python3 -c '
import os, pathlib
status = dict(line.split(":\t", 1) for line in pathlib.Path("/proc/1/status").read_text().splitlines() if ":\t" in line)
assert os.getuid() == os.getgid() == 10001, "not user 10001"
assert int(status["CapEff"], 16) == int(status["CapBnd"], 16) == 0, "it has capabilities"
assert status["NoNewPrivs"] == "1", "it may gain privileges"
for folder in ("/", "/opt/sidecar", "/etc"):
    try:
        pathlib.Path(folder, "probe").touch()
    except OSError:
        continue
    raise SystemExit(f"{folder} can be written to")
print("  user", os.getuid(), "without capabilities, read-only root; resident", status["VmRSS"].strip())'
    # What is in flight when SIGTERM comes is finished.
    curl -fsS -o /dev/null -w '  in flight at SIGTERM: status %{http_code} after %{time_total} s\n' 127.0.0.1:8080/slow &
    slow=$!
    # Not grep -q: it would leave before curl has written all.
    until curl -fsS 127.0.0.1:9901/metrics | grep '^http_requests_in_flight{.*} 1' >/dev/null; do sleep 0.05; done
    podman stop -t 20 sidecar-check >/dev/null 2>&1
    wait "$slow"
    podman inspect sidecar-check --format '  exit status {{.State.ExitCode}}, out of memory: {{.State.OOMKilled}}'
    [[ $(podman inspect sidecar-check --format '{{.State.ExitCode}} {{.State.OOMKilled}}') == "0 false" ]]
    exit
fi

install_engine
make_base
.tools/bin/hadolint Dockerfile && echo "Dockerfile: hadolint finds nothing"
for target in slim distroless; do
    image=localhost/sidecar:$target
    build "$image" --target "$target"
    echo "$image: $(buildah images --format '{{.Size}}' "$image")"
    alone bash scripts/image-check.sh inside "$image"
done
