import asyncio
import os
import socket
import sys

import pytest

from sidecar.demo.children import StartFailed, child, port_or_any
from tests.harness.ports import reserved_port


def python(code):
    return [sys.executable, "-c", code]


READY = "import sys; print('ready now', file=sys.stderr, flush=True); print(1); "


def gone(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


async def test_a_child_is_there_between_ready_and_the_end(tmp_path):
    pid = tmp_path / "pid"
    code = f"import os; open({str(pid)!r}, 'w').write(str(os.getpid()));"
    async with child(
        python(code + READY + "input()"), b"ready", tmp_path / "out"
    ) as line:
        assert line == "ready now\n"
        number = int(pid.read_text())
        assert not gone(number)
    assert gone(number)


async def test_a_child_that_writes_much_never_blocks(tmp_path):
    code = (
        READY + "sys.stderr.write('x' * 1_000_000); print('done', flush=True); input()"
    )
    out = tmp_path / "out"
    async with child(python(code), b"ready", out), asyncio.timeout(60):
        while b"done" not in out.read_bytes():
            await asyncio.sleep(0.01)


@pytest.mark.parametrize(
    ("rule", "code", "said"),
    [
        ("ends with words", "raise SystemExit('no such thing')", "no such thing"),
        ("ends in silence", "pass", "it ended without a word"),
    ],
)
async def test_a_child_that_ends_early_says_why(tmp_path, rule, code, said):
    with pytest.raises(StartFailed, match=said):
        async with child(python(code), b"ready", tmp_path / "out"):
            pytest.fail(rule)


async def test_a_child_is_ended_when_its_user_fails(tmp_path):
    with pytest.raises(ZeroDivisionError):
        async with child(python(READY + "input()"), b"ready", tmp_path / "out"):
            raise ZeroDivisionError


def test_a_taken_port_is_passed_over():
    port = reserved_port()
    assert port_or_any(port) == port
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(("127.0.0.1", port))
        taken.listen()
        assert port_or_any(port) == 0
