"""What is measured is there; how fast it is is not for a test to say."""

import socket

from benchmarks.lightness import EVERY_EVENT, RATE, UNDO, lock_step, meanwhile, said
from tests.conftest import Start
from tests.harness.origin import Origin, reply
from tests.wire.hostile import hostile


def test_an_event_has_a_time(shared_sidecar: Start) -> None:
    with socket.create_server(("127.0.0.1", 0)) as origin:
        origin.settimeout(30.0)
        url = f"http://127.0.0.1:{origin.getsockname()[1]}"
        config = {"upstreams": {"default": {"url": url}}, "defaults": EVERY_EVENT}
        sidecar = shared_sidecar(config)
        for coding, undo in UNDO.items():
            times = lock_step(origin, sidecar.port, coding, undo(), 3)
            assert len(times) == 3
            assert min(times) > 0


def test_others_have_a_time_meanwhile(shared_sidecar: Start, origin: Origin) -> None:
    sidecar = shared_sidecar({"defaults": {"fields": {}}})
    (deep,) = [one for one in hostile() if one.rule == "deep JSON"]
    origin.script(b"/", deep.script)
    origin.script(b"/ok", reply(b"small"))
    times = meanwhile(sidecar.port, deep, seconds=0.25)
    assert len(times) == RATE * 0.25


def test_a_line() -> None:
    line = said("gzip", [0.003], "max at most 2", reached=False)
    assert line.split() == [
        *("gzip", "3.00", "3.00", "3.00", "3.00"),
        *("max", "at", "most", "2", "MISSED"),
    ]
