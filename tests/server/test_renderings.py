"""What the file says of responses, and what becomes of them."""

import pytest

from sidecar.coding.levels import BALANCED, BEST, FAST, Levels
from sidecar.config.load import load
from sidecar.policy.compression import NO_COMPRESSION
from sidecar.policy.pressure import Pressure
from sidecar.policy.validation import Validation, digest
from sidecar.proxy.lightening import Lightening
from sidecar.proxy.rendering import AS_IT_IS
from sidecar.proxy.selecting import Selecting
from sidecar.server.renderings import Shop, _levels, remembers, rendering
from sidecar.telemetry.lightness import Lightness, RouteLightness

OFF = "defaults: {compression: {remember: off}}"
UPSTREAMS = "upstreams: {default: {url: 'http://127.0.0.1:1'}}\n"


def section(tmp_path, text):
    (tmp_path / "sidecar.yaml").write_text(UPSTREAMS + text)
    return load(tmp_path / "sidecar.yaml", environ={}).config.routes[0]


def made(tmp_path, text):
    tally = RouteLightness("r", Lightness())
    found = rendering(section(tmp_path, text), Shop(Pressure()), tally)
    assert isinstance(found, Lightening)
    return found


def test_all_off(tmp_path):
    off = section(tmp_path, "defaults: {compression: off, conditional: off}")
    tally = RouteLightness("r", Lightness())
    assert rendering(off, Shop(Pressure()), tally) is AS_IT_IS


def test_unless_it_says_otherwise(tmp_path):
    one = made(tmp_path, "")
    assert one.compression.min_size == 1024
    assert one.compression.codings == (b"zstd", b"br", b"gzip")
    assert one.compression.opt_out == b"x-no-compression"
    assert b"application/problem+json" in one.compression.types
    assert one.validation == Validation(makes=True, max_size=1 << 20)
    assert one.selecting is None


@pytest.mark.parametrize(
    ("rule", "text", "reason"),
    [
        ("on", "defaults: {compression: {}}", "small"),
        ("off", "defaults: {compression: off}", "off"),
        ("no coding is left", "defaults: {compression: {encodings: []}}", "off"),
    ],
)
def test_why_nothing_is_compressed(tmp_path, rule, text, reason):
    lightness = Lightness()
    found = rendering(
        section(tmp_path, text), Shop(Pressure()), RouteLightness("r", lightness)
    )
    assert isinstance(found, Lightening)
    found.tally.small()
    assert lightness.skips == {reason: 1}, rule


def test_as_it_says(tmp_path):
    one = made(
        tmp_path,
        """
routes:
  - name: a
    compression: {min_size: 5, encodings: [br], types: [a/b], opt_out: X-Plain, credentials: false}
    conditional: {etag: false, max_size: 7}
    fields: {parameter: pick, envelope: data, max_size: 9, strict: true, pass: true}
""",
    )
    assert (one.compression.min_size, one.compression.codings) == (5, (b"br",))
    assert (one.compression.opt_out, one.compression.credentials) == (b"x-plain", False)
    assert b"text/html" not in one.compression.types
    assert one.validation == Validation(makes=False, max_size=7)
    assert one.selecting == Selecting(b"pick", "data", 9, strict=True, passes=True)


def test_only_validators(tmp_path):
    one = made(tmp_path, "defaults: {compression: off}")
    assert one.compression is NO_COMPRESSION
    assert one.validation is not None


def test_only_compression(tmp_path):
    assert made(tmp_path, "defaults: {conditional: off}").validation is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("fast", FAST),
        ("balanced", BALANCED),
        ("best", BEST),
        ("{gzip: 9, br: 11, zstd: 19}", Levels(9, 11, 19)),
        ("{gzip: 9}", Levels(9, 5, 3)),
    ],
)
def test_levels(tmp_path, text, expected):
    one = section(tmp_path, f"defaults: {{compression: {{level: {text}}}}}")
    assert _levels(one.compression) == expected


def test_routes_that_say_the_same_share_what_is_costly(tmp_path):
    shop, tally = Shop(Pressure()), RouteLightness("r", Lightness())
    texts = ("", "", "defaults: {compression: {padding: 9}}", OFF)
    found = [rendering(section(tmp_path, text), shop, tally) for text in texts]
    lightening = [each for each in found if isinstance(each, Lightening)]
    one, same, other, forgetful = lightening
    assert one.coder is same.coder
    assert one.compression is same.compression
    assert one.coder is not other.coder
    assert one.coder is not forgetful.coder


@pytest.mark.parametrize(
    ("rule", "text", "expected", "again"),
    [
        ("unless it says otherwise", "", 4 << 20, True),
        ("as it says", "defaults: {compression: {remember: 9KiB}}", 9 << 10, True),
        ("off", OFF, 0, False),
        ("what is not compressed", "defaults: {compression: off}", 0, False),
        (
            "the most that one says",
            OFF
            + "\nroutes: [{name: a, match: {path: /a}, compression: {remember: 7}}]",
            7,
            True,
        ),
    ],
)
def test_remembers(tmp_path, rule, text, expected, again):
    (tmp_path / "sidecar.yaml").write_text(UPSTREAMS + text)
    routes = load(tmp_path / "sidecar.yaml", environ={}).config.routes
    assert remembers(routes) == expected, rule
    shop, tally = Shop(Pressure()), RouteLightness("r", Lightness())
    one = rendering(routes[0], shop, tally)
    assert isinstance(one, Lightening)
    for _ in range(3):
        one.coder.compress(b"gzip", b"a" * 99, digest(b"a" * 99), padded=False)
    assert (shop.remembered.misses > 0) is again, rule
