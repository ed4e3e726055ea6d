"""What the file says of logs, and what writes them."""

import logging
import sys

import pytest

from sidecar.config.load import load
from sidecar.server.instruments import instruments
from sidecar.telemetry.access_line import JsonLine
from sidecar.telemetry.access_log import AccessLog
from sidecar.telemetry.combined_line import CombinedLine
from sidecar.telemetry.log import Bridge
from tests.telemetry.exchanges import lasting

BASE = "upstreams: {default: {url: 'http://127.0.0.1:3000'}}\n"


@pytest.fixture
def made(tmp_path, monkeypatch):
    """Make instruments of a text; the root logger is as before afterwards."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    every = []

    def make(text=""):
        """The instruments, and what the pipeline tells."""
        file = tmp_path / "sidecar.yaml"
        file.write_text(BASE + text)
        config = load(file, environ={}).config
        every.append(instruments(config))
        return every[-1], every[-1].observer(config)

    yield make
    for one in every:
        one.close()
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.mark.parametrize(
    ("access_log", "renders"),
    [
        ("{}", JsonLine),
        ("{format: json}", JsonLine),
        ("{format: combined}", CombinedLine),
        ("{format: off}", None),
        ("off", None),
    ],
)
def test_the_access_log(made, access_log, renders):
    _, observer = made(f"telemetry: {{access_log: {access_log}}}\n")
    observes = observer._access_log.__self__
    if renders is None:
        assert not isinstance(observes, AccessLog)
    else:
        assert isinstance(observes._render, renders)


def test_what_is_observed_is_counted_and_logged(made, capfd):
    one, observer = made("defaults: {slow: 1s}\n")
    observer.observe(lasting(2.5, route="default"))
    one.close()
    out, err = capfd.readouterr()
    assert out.count("\n") == 1
    assert "slow" in err
    assert len(one.slow.slowest()) == 1


def test_logs_of_libraries_become_ours(made, capfd):
    one, _ = made("telemetry: {service: shop}\n")
    assert [type(handler) for handler in logging.getLogger().handlers] == [Bridge]
    logging.getLogger("some.library").warning("careful")
    logging.getLogger("some.library").info("chatter")
    one.close()
    _, err = capfd.readouterr()
    assert "careful" in err
    assert "shop" in err
    assert "chatter" not in err


def test_on_no_terminal_lines_are_json(made, capfd):
    assert not sys.stderr.isatty()
    one, _ = made()
    one.log.info("an event", number=1)
    one.close()
    assert capfd.readouterr().err.startswith("{")
