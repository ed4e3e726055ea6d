"""The figures that the table shows."""

import asyncio

import pytest

from benchmarks.overload import CAPACITY, Fate, Result, ask, load, served, soon, table

MIXED = [Fate(200, 0.4)] * 8 + [Fate(503, 0.01)] * 90 + [Fate(0, 2.0)] * 2


def result(fates, recovered=0.5):
    return Result("sidecar", fates, recovered, 50 << 20)


def test_shares():
    one = result(MIXED)
    assert (one.share(200), one.share(503), one.share(0)) == (0.08, 0.9, 0.02)
    assert served(one, 8 / CAPACITY) == pytest.approx(1.0)


@pytest.mark.parametrize(
    "line",
    [
        "| answered in time | 8% | 0% |",
        "| … within 50 ms | 100% | - |",
        "| p99 of answers | 400 ms | - |",
        "| back to normal after | 0.5 s | more than 30 s |",
        "| memory (alone: the application) | 50 MiB | 50 MiB |",
    ],
)
def test_a_line_of_the_table(line):
    shown = table([result(MIXED), result([Fate(0, 2.0)], None)], 10.0)
    assert line in shown.splitlines()


async def test_clients_come_by_the_clock_and_give_up():
    async def deaf(reader, writer):
        await reader.read()
        writer.close()

    server = await asyncio.start_server(deaf, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    assert (await ask(port, 0.05)).status == 0
    server.close()
    fates = await load(port, 100, 0.05)
    assert [fate.status for fate in fates] == [0] * 5


def test_refusals_that_came_at_once():
    assert soon(result([Fate(503, 0.01), Fate(503, 0.06), Fate(200, 0.01)])) == 0.5
