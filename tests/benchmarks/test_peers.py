"""The peers' configurations are whole, and every peer here gives the origin's answer."""

import http.client
import re
import shutil

import pytest

from benchmarks.caching import FITTING, HIT, POPULAR, SHOP, UNCHANGED
from benchmarks.fleet import Fleet, Refused, check, filler
from benchmarks.guarded import GUARDS, LIMITED, REFUSED
from benchmarks.loads import Load
from benchmarks.pace import Pace
from benchmarks.peers import OTHERS, TEMPLATES, Place, Setting, sidecar
from benchmarks.rows import HUGE, KILOBYTE, LARGE, LOCAL, POST
from benchmarks.slices import ClosedLoop, Contestant
from sidecar.config.load import load

SETTINGS = [Setting(), Setting(access_log=True), LIMITED, FITTING]
GUARDED = [Setting(defaults=one) for one in GUARDS.values()]
PLAIN_AIOHTTP = next(peer for peer in OTHERS if peer.name == "plain aiohttp")


@pytest.mark.parametrize("setting", SETTINGS, ids=str)
@pytest.mark.parametrize("peer", OTHERS, ids=lambda peer: peer.name)
def test_configurations_are_filled_in(peer, setting, tmp_path):
    peer.launch("program", Place(tmp_path, 18001, 18002), setting)
    for file in tmp_path.iterdir():
        if file.is_file():
            assert not re.search("@[A-Z_]+@", file.read_text()), file.name
            assert "18001" in file.read_text() or file.suffix == ".vcl"


@pytest.mark.parametrize("setting", [*SETTINGS, Setting(routes=10), *GUARDED], ids=str)
def test_the_sidecars_configuration_is_valid(setting, tmp_path):
    sidecar("aiohttp").launch("python", Place(tmp_path, 18001, 18002), setting)
    assert load(tmp_path / "sidecar.yaml", environ={}).config.listen


def test_nobody_stands_on_another_address():
    for template in TEMPLATES.iterdir():
        addresses = re.findall(r"\d+\.\d+\.\d+\.\d+", template.read_text())
        assert set(addresses) <= {"127.0.0.1"}, template.name


@pytest.mark.parametrize("length", [1000, 50_000, 1 << 20])
def test_filler_is_as_long_as_said(length):
    assert len(filler(length)) == length


@pytest.fixture(scope="module")
def fleet(tmp_path_factory):
    peers = [sidecar("aiohttp"), PLAIN_AIOHTTP]
    fleet = Fleet(tmp_path_factory.mktemp("fleet"), peers)
    yield fleet
    fleet.close()


needs_nginx = pytest.mark.skipif(not shutil.which("nginx"), reason="needs nginx")
needs_wrk = pytest.mark.skipif(not shutil.which("wrk"), reason="needs wrk")


@needs_nginx
@pytest.mark.parametrize("asked", [KILOBYTE, POST, LARGE, HUGE, LOCAL], ids=str)
@pytest.mark.parametrize("number", [0, 1], ids=["sidecar", "plain aiohttp"])
def test_peers_give_the_origins_answer(fleet, number, asked):
    check(fleet.get(fleet.peers[number], Setting()).port, asked)


@needs_nginx
@pytest.mark.parametrize("asked", [HIT, UNCHANGED, SHOP, POPULAR], ids=str)
def test_answers_that_are_stored(fleet, asked):
    port = fleet.get(fleet.peers[0], FITTING).port
    for _ in range(2):
        check(port, asked)
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("GET", asked.path)
    assert "; hit" in (connection.getresponse().headers["Cache-Status"])
    connection.close()


@needs_nginx
def test_a_limit_is_used_up(fleet):
    started = fleet.get(fleet.peers[0], LIMITED)
    check(started.port, REFUSED)
    with pytest.raises(Refused, match="status 429"):
        check(started.port, Load("/any/limited", 1000))


@needs_nginx
def test_a_wrong_answer_is_refused(fleet):
    with pytest.raises(Refused, match="status 404"):
        check(fleet.origin.port, Load("/nowhere", 1000))


@needs_nginx
@needs_wrk
def test_a_row_counts_and_names_what_failed(fleet):
    name = PLAIN_AIOHTTP.name
    contestants = (
        Contestant(name, name, KILOBYTE),
        Contestant("lost", name, Load("/nowhere", 1000)),
    )
    row = ClosedLoop("key", "title", contestants, name)
    result = row.measure(fleet, Pace(rounds=2, slice=0.2, warm_up=0.0))
    assert len(result.main.samples[name]) == 2
    assert min(result.main.samples[name]) > 0
    assert "status 404" in result.failed["lost"]
    assert "lost" not in result.main.samples
