"""What clients notice of a Redis that fails, in one line."""

from benchmarks.store_outages import Clients, Fate, summary
from tests.harness.capacity import backend


def test_summary():
    fates = [Fate(200, 1.5)] * 98 + [Fate(200, 51.0), Fate(502, 21.0)]
    assert summary("frozen", fates, 1.0) == (
        "frozen: 100 requests, 1 failed; added p50 0.5 ms, p99 20.3 ms,"
        " worst 50.0 ms; 2 by more than 10 ms"
    )


async def test_clients_ask_for_something_new_each_time():
    async with backend(4, 0.0) as (application, port):
        fates = await Clients(port).ask_for(0.05)
        assert [fate.status for fate in fates] == [200] * 20
        assert application.begun == 20
