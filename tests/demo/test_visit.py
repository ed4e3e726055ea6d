from aiohttp.test_utils import TestServer

from sidecar.demo.legacy import application
from sidecar.demo.visit import ASKED, visit


async def test_every_question_is_asked_of_both():
    async with TestServer(application(), handler_cancellation=True) as server:
        base = str(server.make_url("")).rstrip("/")
        rows = await visit(base, base)
    assert [row.label for row in rows] == [label for label, _ in ASKED]
    orders = [row for row in rows if row.label == "POST /api/orders"]
    assert [row.direct.outcome for row in orders] == ["201", "201", "dropped"]
    outcomes = {row.label: row.direct.outcome for row in rows}
    assert outcomes["GET /api/products"] == "200"
    assert outcomes["GET /reports/annual"] == "no answer"
    assert outcomes["POST /upload (2 MiB)"] == "200"
    assert outcomes["GET /clock, first event"] == "200"
    assert outcomes["WebSocket /echo"] == "101"


async def test_nobody_there_is_an_outcome():
    rows = await visit("http://127.0.0.1:9", "http://127.0.0.1:9")
    assert {row.through.outcome for row in rows} == {"dropped"}
