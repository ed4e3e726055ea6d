import random
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sidecar.config import report
from sidecar.config.addresses import Endpoint, listen
from sidecar.config.effective import effective
from sidecar.config.load import Overrides, load
from sidecar.config.mistakes import ConfigError
from sidecar.config.schema import Config

CONFIG = Path(__file__).parents[2] / "config"
FILES = sorted(CONFIG.glob("*.yaml"))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_shipped_files_load(file):
    found = load(file, environ={})
    assert found.config.routes[-1].name == "default"
    assert file.read_text().startswith(
        "# yaml-language-server: $schema=./sidecar.schema.json\n"
    )


def test_the_complete_file_shows_the_defaults():
    written = load(CONFIG / "sidecar.yaml", environ={}).config
    default = load(CONFIG / "minimal.yaml", environ={}).config
    assert written.model_copy(update={"routes": default.routes}) == default
    assert written.routes[-1] == default.routes[-1]


def test_nothing_at_all_is_a_configuration():
    found = load(None, environ={})
    assert found.config.upstreams == Config().upstreams
    assert [route.name for route in found.config.routes] == ["default"]
    assert found.config.routes[0].upstream == "default"


def test_a_flag_alone_is_the_same_as_a_file_with_that_line(loaded):
    flag = load(None, environ={}, overrides=Overrides(upstream="http://app:80"))
    file = loaded('upstreams: {default: {url: "http://app:80"}}')
    assert flag.config == file.config
    assert flag.config.upstreams["default"].url == (Endpoint("http", "app", 80),)


@pytest.mark.parametrize(
    ("rule", "flag", "environ", "expected", "source"),
    [
        ("file", None, {}, 1, "{file}:1"),
        (
            "environment over file",
            None,
            {"SIDECAR_LISTEN": ":2"},
            2,
            "environment SIDECAR_LISTEN",
        ),
        ("empty is not set", None, {"SIDECAR_LISTEN": ""}, 1, "{file}:1"),
        ("flag over environment", ":3", {"SIDECAR_LISTEN": ":2"}, 3, "flag --listen"),
    ],
)
def test_precedence(tmp_path, rule, flag, environ, expected, source):
    file = tmp_path / "f.yaml"
    file.write_text('listen: ":1"')
    found = load(file, environ=environ, overrides=Overrides(listen=flag))
    assert found.config.listen == (listen(f":{expected}"),), rule
    assert found.sources["listen"] == source.format(file=file)


def test_every_flag_has_its_place():
    everything = Overrides("http://a:1", ":2", "127.0.0.1:3", "unix:/4", "auto")
    found = load(None, environ={}, overrides=everything).config
    assert str(found.upstreams["default"].url[0]) == "http://a:1"
    assert str(found.listen[0]) == "0.0.0.0:2"
    assert str(found.health.listen) == "127.0.0.1:3"
    assert str(found.admin.listen) == "unix:/4"
    assert found.workers == "auto"


def test_the_file_may_be_named_by_the_environment(tmp_path):
    file = tmp_path / "f.yaml"
    file.write_text("workers: auto")
    assert load(None, environ={"SIDECAR_CONFIG": str(file)}).config.workers == "auto"


@pytest.mark.parametrize(
    ("overrides", "environ", "file", "path"),
    [
        (Overrides(listen="nowhere"), {}, "--listen", "listen"),
        (Overrides(upstream="app"), {}, "--upstream", "upstreams.default.url"),
        (Overrides(), {"SIDECAR_WORKERS": "many"}, "SIDECAR_WORKERS", "workers"),
        (Overrides(admin="0.0.0.0:1"), {}, "--admin", "admin.listen"),
    ],
)
def test_a_mistake_in_a_flag_or_variable_names_it(overrides, environ, file, path):
    with pytest.raises(ConfigError) as caught:
        load(None, environ=environ, overrides=overrides)
    [mistake] = caught.value.mistakes
    assert (mistake.file, mistake.line, mistake.path) == (file, 0, path)


def test_five_mistakes_are_all_named(mistakes):
    found = mistakes(
        "listen: 8080\n"
        "upstreams: {default: {url: http://app:80}}\n"
        "routes:\n"
        "  - name: a\n"
        "    match: {path: /a}\n"
        "    upstream: defualt\n"
        "    timeouts: {request: 5 minutes}\n"
        "  - name: a\n"
        "    match: {path: /b}\n"
        "    timeot: 5s\n"
    )
    assert [(m.line, m.column, m.path) for m in found] == [
        (1, 9, "listen"),
        (6, 15, "routes[0].upstream"),
        (7, 25, "routes[0].timeouts.request"),
        (8, 11, "routes[1].name"),
        (10, 5, "routes[1].timeot"),
    ]


@pytest.mark.parametrize(
    ("rule", "make", "says"),
    [
        ("missing", lambda file: None, "No such file"),
        ("a folder", lambda file: file.mkdir(), "Is a directory"),
        ("too large", lambda file: file.write_bytes(b"#" * (9 << 20)), "larger than"),
        ("not text", lambda file: file.write_bytes(b"\xff"), "not UTF-8"),
    ],
)
def test_unreadable_files(tmp_path, rule, make, says):
    file = tmp_path / "f.yaml"
    make(file)
    with pytest.raises(ConfigError) as caught:
        load(file, environ={})
    [mistake] = caught.value.mistakes
    assert says in mistake.message, rule
    assert mistake.file == str(file)


def test_a_variable_in_braces_gets_a_hint(mistakes):
    [mistake] = mistakes("admin: {token: ${TOKEN}}", TOKEN="x")
    assert mistake.hint == 'within { } or [ ], quote "${NAME}"'
    assert mistake.excerpt


@pytest.mark.parametrize("text", ["12345", "true", "1e5", "null", "~", "0x10"])
def test_a_secret_from_a_variable_stays_text(loaded, text):
    found = loaded("admin:\n  token: ${T}\ntelemetry:\n  service: ${S}", T=text, S="7")
    assert found.config.admin.token.get_secret_value() == text
    assert found.config.telemetry.service == "7"


def test_an_empty_variable_is_not_an_absent_token(mistakes):
    [mistake] = mistakes("admin:\n  token: ${T}", T="")
    assert (mistake.line, mistake.path) == (2, "admin.token")


def test_a_missing_variable_is_one_mistake(mistakes):
    [mistake] = mistakes(
        "admin:\n  listen: 0.0.0.0:1\n  token: ${T}\n"
        "defaults:\n  timeouts:\n    request: 1s\n"
    )
    assert (mistake.line, mistake.message) == (3, "the variable T is missing")


def test_effective_is_offered_here():
    assert effective(load(None, environ={}))["file"] is None


PIECES = ("off", "null", "[]", "{}", "*a", "&a", "${X}", "5s", "-", ":", "\t", "\x00")
COMPLETE = (CONFIG / "sidecar.yaml").read_text().replace("#-", "  ")


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(0, 2**32))
def test_no_file_raises_anything_but_a_config_error(tmp_path_factory, seed):
    chance = random.Random(seed)
    lines = COMPLETE.splitlines()
    for _ in range(chance.randrange(1, 8)):
        at = chance.randrange(len(lines))
        line = lines[at]
        cut = chance.randrange(len(line) + 1)
        match chance.randrange(4):
            case 0:
                lines[at] = line[:cut] + chance.choice(PIECES) + line[cut:]
            case 1:
                lines[at] = line.partition(":")[0] + ": " + chance.choice(PIECES)
            case 2:
                lines[at] = line[:cut]
            case _:
                lines[at] = lines[chance.randrange(len(lines))]
    file = tmp_path_factory.getbasetemp() / "mutated.yaml"
    file.write_text("\n".join(lines))
    mistakes, found = [], None
    try:
        found = load(file, environ={"X": "1"})
    except ConfigError as error:
        mistakes = error.mistakes
    assert mistakes or (found is not None and effective(found))
    assert report.text(ConfigError(mistakes))
    assert all(0 <= m.line <= len(lines) + 1 for m in mistakes)


@pytest.mark.parametrize(
    ("text", "nothing"),
    [("", True), ("---\n", True), ("# a\n", True), ("workers: 1\n", False)],
)
def test_says_nothing(tmp_path, text, nothing):
    file = tmp_path / "sidecar.yaml"
    file.write_text(text)
    assert load(file, environ={}).says_nothing is nothing
    assert not load(None, environ={}).says_nothing
