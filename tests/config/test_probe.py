import asyncio

import pytest
from aiohttp import web

from sidecar.config.probe import LIVE, command, default_url, fault


@pytest.mark.parametrize(
    ("listen", "expected"),
    [
        ("", "http://127.0.0.1:9901/readyz"),
        ("0.0.0.0:1", "http://127.0.0.1:1/readyz"),
        (":1", "http://127.0.0.1:1/readyz"),
        ("[::]:1", "http://[::1]:1/readyz"),
        ("10.0.0.1:1", "http://10.0.0.1:1/readyz"),
        ("unix:/run/h.sock", "unix:/run/h.sock"),
    ],
)
def test_where_it_asks(listen, expected):
    assert default_url(listen) == expected


@pytest.mark.parametrize("listen", ["nonsense", "9901", "::1:1", "a:b", "a:99999"])
def test_what_is_no_address_is_told_in_the_words_of_the_file(listen):
    with pytest.raises(ValueError, match=r"not an address|a port is at most"):
        default_url(listen)
    assert command(listen, "/drain", None)


def test_liveness_is_another_path():
    assert default_url("", LIVE) == "http://127.0.0.1:9901/livez"
    assert default_url("[::1]:1", LIVE) == "http://[::1]:1/livez"


@pytest.fixture
async def asked(aiohttp_server, tmp_path):
    async def answer(request):
        return web.Response(status=int(request.query.get("status", 200)), text="why")

    app = web.Application()
    app.router.add_get("/{path:.*}", answer)
    server = await aiohttp_server(app)
    await web.UnixSite(server.runner, str(tmp_path / "h.sock")).start()

    async def ask(url):
        url = url.format(root=str(server.make_url("")).rstrip("/"), folder=tmp_path)
        return await asyncio.to_thread(fault, url, 5.0)

    return ask


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("{root}/readyz", ""),
        ("{root}", ""),
        ("unix:{folder}/h.sock", ""),
        ("{root}/readyz?status=503", "503 why"),
        ("{root}/readyz?status=302", "302 why"),
        (
            "unix:{folder}/nothing",
            "unix:{folder}/nothing cannot be asked: No such file",
        ),
        ("ftp://x", "a URL begins with"),
        ("http://x:notaport", "cannot be asked: a port is a number"),
        ("http://127.0.0.1:99999", "cannot be asked: a port is a number"),
        ("http://a b/", "cannot be asked: a URL has no spaces"),
        ("http://127.0.0.1:1/", "cannot be asked: nothing listens there"),
    ],
)
async def test_what_it_says(asked, tmp_path, url, says):
    found = await asked(url)
    assert says.format(folder=tmp_path) in found
    assert bool(says) == bool(found)
