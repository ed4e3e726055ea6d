"""What only a restart changes stays as it is, and is named."""

import pytest

from sidecar.config.fixed import KEYS, with_fixed
from sidecar.config.load import load

BASE = "upstreams: {default: {url: 'http://127.0.0.1:3000'}}\n"


@pytest.fixture
def loaded(tmp_path):
    def load_text(text):
        file = tmp_path / "sidecar.yaml"
        file.write_text(BASE + text)
        return load(file, environ={})

    return load_text


@pytest.mark.parametrize(
    ("before", "after", "named"),
    [
        ("", "", ()),
        ("", "trusted_proxies: [10.0.0.0/8]\n", ()),
        ("", "listen: '127.0.0.1:1'\n", ("listen",)),
        ("listen: '127.0.0.1:1'\n", "", ("listen",)),
        ("engine: aiohttp\n", "engine: express\nworkers: 3\n", ("engine", "workers")),
        ("", "health: {listen: '127.0.0.1:1'}\n", ("health.listen",)),
        ("", "admin: {listen: '127.0.0.1:1'}\n", ("admin.listen",)),
        ("", "telemetry: {service: shop}\n", ("telemetry.service",)),
        ("", "health: {readiness: follow}\nadmin: {hosts: [a]}\n", ()),
    ],
)
def test_named_and_kept(before, after, named, loaded):
    running = loaded(before)
    new = loaded(after)
    kept, keys = with_fixed(new, running)
    assert keys == named
    for path in KEYS:
        one, other = kept.config, running.config
        for key in path:
            one, other = getattr(one, key), getattr(other, key)
        assert one == other


def test_everything_else_is_the_new_files(loaded):
    kept, _ = with_fixed(loaded("limits: {fields: 7}\nworkers: 3\n"), loaded(""))
    assert kept.config.limits.fields == 7
    assert kept.config.workers == 1


def test_origins_are_those_of_the_values(loaded):
    running = loaded("workers: 2\n")
    kept, _ = with_fixed(loaded("limits: {fields: 7}\nworkers: 3\n"), running)
    assert kept.sources["workers"].endswith("sidecar.yaml:2")
    assert kept.sources["limits.fields"].endswith("sidecar.yaml:2")


def test_a_listener_that_strangers_reach_keeps_its_token(loaded):
    running = loaded("admin: {listen: '0.0.0.0:9902', token: abc}\n")
    kept, keys = with_fixed(loaded("admin: {listen: '127.0.0.1:9902'}\n"), running)
    assert keys == ("admin.listen", "admin.token")
    assert kept.config.admin.token == running.config.admin.token


def test_a_token_may_be_changed(loaded):
    running = loaded("admin: {listen: '0.0.0.0:9902', token: abc}\n")
    kept, keys = with_fixed(
        loaded("admin: {listen: '0.0.0.0:9902', token: def}\n"), running
    )
    assert keys == ()
    assert kept.config.admin.token != running.config.admin.token
