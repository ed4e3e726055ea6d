"""One configuration, made ready to serve by."""

from dataclasses import replace

import pytest

from sidecar.config.load import load
from sidecar.policy.deadlines import Deadlines
from sidecar.policy.readiness import Rule
from sidecar.proxy.clock import Clock
from sidecar.server.caching import Caching
from sidecar.server.instruments import instruments
from sidecar.server.protection import Protection
from sidecar.server.setup import CannotServe, Maker
from tests.server.unheard import unheard
from tests.storage.no_store import NoStore

BASE = """
upstreams:
  one: {{url: "http://127.0.0.1:3000"}}
  default: {{url: "http://127.0.0.1:{port}"}}
limits: {{fields: {fields}}}
health: {{readiness: follow}}
"""


@pytest.fixture
def loaded(tmp_path):
    def load_with(port=3001, fields=7):
        file = tmp_path / "sidecar.yaml"
        file.write_text(BASE.format(port=port, fields=fields))
        return load(file, environ={})

    return load_with


@pytest.fixture
async def maker(loaded, preserved_logging):
    gauges = instruments(loaded().config)
    protection = Protection(unheard(gauges.metrics), Clock(), Deadlines())
    caching = Caching(NoStore(), gauges.metrics.cache, Clock())
    yield Maker(Deadlines(), gauges, b"sidecar-1", protection, caching)
    gauges.close()


async def test_what_the_file_says(maker, loaded):
    setup = maker.make(loaded())
    assert setup.limits.fields == 7
    assert setup.rule is Rule.FOLLOW
    assert setup.site.pseudonym == b"sidecar-1"
    assert set(setup.upstreams) == {"one", "default"}


async def test_another_keeps_what_it_can(maker, loaded):
    running = maker.make(loaded())
    new = await maker.make_beside(loaded(port=3002, fields=8), running)
    assert new.limits.fields == 8
    assert new.upstreams["one"] is running.upstreams["one"]
    assert new.upstreams["default"] is not running.upstreams["default"]
    assert running.limits.fields == 7


async def test_what_cannot_be_used_is_said(maker, loaded, tmp_path):
    running = maker.make(loaded())
    config = loaded().config
    section = config.upstreams["one"]
    broken = section.model_copy(
        update={
            "url": ("https://127.0.0.1:3000",),
            "tls": section.tls.model_copy(update={"ca": str(tmp_path / "none.pem")}),
        }
    )
    upstreams = {**config.upstreams, "one": broken}
    changed = config.model_copy(update={"upstreams": upstreams})
    with pytest.raises(CannotServe, match="No such file"):
        await maker.make_beside(replace(loaded(), config=changed), running)
