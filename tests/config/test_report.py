import json

from sidecar.config import report
from sidecar.config.mistakes import ConfigError, Mistake

AT = Mistake(
    "f.yaml", 4, 5, "a[0].b", "unknown key 'b'", "did you mean 'c'?", "    b: 1"
)
NOWHERE = Mistake("--listen", 0, 0, "listen", "not an address", "try :80")


def test_text():
    assert report.text(ConfigError([AT, NOWHERE])).splitlines() == [
        "error: not an address",
        "  --> --listen  (listen)",
        "   = try :80",
        "error: unknown key 'b'",
        "  --> f.yaml:4:5  (a[0].b)",
        "   |",
        " 4 |     b: 1",
        "   |     ^ did you mean 'c'?",
        "2 mistakes",
    ]


def test_json():
    assert json.loads(report.as_json(ConfigError([AT]))) == {
        "ok": False,
        "mistakes": [
            {
                "file": "f.yaml",
                "line": 4,
                "column": 5,
                "path": "a[0].b",
                "message": "unknown key 'b'",
                "hint": "did you mean 'c'?",
            }
        ],
    }


def test_a_long_line_is_cut_around_the_caret():
    long = Mistake("f", 1, 301, "", "m", "", "x" * 300 + "HERE" + "y" * 90)
    *_, line, caret, _ = report.text(ConfigError([long])).splitlines()
    assert len(line) < 120
    assert line[caret.index("^") :].startswith("HERE")


def test_a_terminal_gets_no_control_characters():
    evil = Mistake("f\x1b[2J", 1, 3, "p\r", "m\x1b]0;x\x07", "h\n", "\ta\x1b[31m")
    text = report.text(ConfigError([evil]))
    assert all(c.isprintable() or c == "\n" for c in text)
    assert text.count("\n") == 5


def test_a_good_file_is_one_line(loaded):
    found = loaded("routes: [{name: a, match: {path: /a}}]")
    assert report.ok_text(found) == f"{found.path}: ok, 2 routes, 1 upstream"
    assert json.loads(report.ok_json(found)) == {
        "ok": True,
        "mistakes": [],
        "routes": 2,
        "upstreams": 1,
    }
