"""The JSON line as one would write it who has time: what the quick one is held to."""

import json
from time import gmtime, strftime

from sidecar.telemetry.access_line import Cuts
from sidecar.telemetry.finished import Finished
from sidecar.telemetry.redaction import redacted, text


def straightforward(finished: Finished, now: float, cuts: Cuts) -> bytes:
    """The line of a service without a name that redacts no field."""

    def name(value: bytes | str) -> str:
        return text(value, cuts.name)

    def milliseconds(seconds: float) -> str:
        return f"{seconds * 1000:.3f}"

    request, took = finished.request, finished.ended - finished.started
    agent = request.values.get(b"user-agent", b"")
    stamp = strftime("%Y-%m-%dT%H:%M:%S", gmtime(int(now)))
    said: dict[str, str | int] = {
        "timestamp": f"{stamp}.{int((now - int(now)) * 1000):03d}Z",
        "method": name(request.method),
        "target": text(redacted(request.target[: cuts.target]), cuts.target),
        "route": name(finished.route),
        "status": finished.status,
        "duration_ms": milliseconds(took),
        "bytes_in": finished.received,
        "bytes_out": finished.sent,
        "client": name(finished.client),
        "user_agent": text(agent, cuts.agent),
        "request_id": name(finished.request_id),
        "trace_id": name(finished.trace_id),
    }
    if finished.waited:
        said["waited_ms"] = milliseconds(finished.waited)
    if finished.upstream is not None:
        queue = finished.queue or 0.0
        spent = (
            (finished.connect or 0.0)
            + finished.unanswered
            + (finished.first_byte or 0.0)
            + (finished.body or 0.0)
        )
        said |= {
            "upstream": name(finished.upstream),
            "endpoint": name(finished.endpoint or ""),
            "reused": finished.reused,
            "attempts": finished.attempts,
            "queue_ms": milliseconds(queue),
            "upstream_ms": milliseconds(spent),
            "overhead_ms": milliseconds(
                max(took - finished.waited - queue - spent, 0.0)
            ),
        }
    if finished.error is not None:
        said["error"] = name(finished.error)
        if finished.detail:
            said["detail"] = text(finished.detail, cuts.detail)
    # A float's own text has as many decimals as it needs, not three.
    return b"{%b}\n" % b",".join(
        b"%b:%b"
        % (
            json.dumps(key).encode(),
            value.encode()
            if key.endswith("_ms") and isinstance(value, str)
            else json.dumps(value).encode(),
        )
        for key, value in said.items()
    )
