"""Names that the documents use are those of the code: of metrics, keys, codes, events …

A word in code font with an underscore, a dotted key, a command, a flag, an operation
of the admin listener: each is looked up where it would have to be declared.
"""

import ast
import re
import subprocess
from functools import cache

import pytest

from sidecar.admin.openapi import OPERATIONS
from sidecar.cli.entry import parser
from sidecar.config.availability import TABLE
from sidecar.config.outline import ANY, keys
from sidecar.policy.circuit import State
from sidecar.policy.storability import Reason
from sidecar.telemetry.families import BY_NAME
from tests.harness.sidecar import ROOT
from tests.test_docs import PAGES

# History and reasons may name what is no more.
PRESENT = [
    page
    for page in PAGES
    if page.name != "CHANGELOG.md" and page.parent.name != "decisions"
]
SOURCES = {
    path: path.read_text()
    for pattern in ("sidecar/**/*.py", "tests/differential/*.py", "benchmarks/*.py")
    for path in ROOT.glob(pattern)
}
# What others call theirs, or what is written for the reader to replace.
ELSEWHERE = {
    "depends_on",
    "gzip_proxied",
    "limit_conn",
    "proxy_cache_lock",
    "py_spy",
    "runbook_url",
    "stop_grace_period",
    "utm_source",
}
SPAN = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")
FENCE = re.compile(r"^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)
METRIC = re.compile(r"\b(?:http|sidecar|cache|process|active)(?:_[a-z0-9]+)+\b")


def spans():
    """Every word or phrase in code font, and the page that it is on."""
    return [
        (str(page.relative_to(ROOT)), span)
        for page in PRESENT
        for span in SPAN.findall(FENCE.sub("", page.read_text()))
    ]


SPANS = spans()


def fences(*languages):
    return [
        text
        for page in PAGES
        for language, text in FENCE.findall(page.read_text())
        if language in languages
    ]


def unknown(found, known):
    return sorted({(page, word) for page, word in found if not known(word)})


@cache
def words():
    """Whatever the code calls anything."""
    return frozenset(re.findall(r"\w+", "\n".join(SOURCES.values())))


def test_words_with_underscores_are_words_of_the_code():
    found = [
        (page, word)
        for page, span in SPANS
        for word in re.findall(
            r"(?<![\w./<])[a-z0-9]+(?:_[a-z0-9]+)+(?![\w(/]|\.\w)", span
        )
        if not METRIC.fullmatch(word)
    ]
    assert len(found) > 100
    assert unknown(found, lambda word: word in words() | ELSEWHERE) == []


def test_other_peoples_words_are_still_used():
    said = "\n".join(page.read_text() for page in PRESENT)
    assert {word for word in ELSEWHERE - {"py_spy"} if word not in said} == set()


def test_metrics_exist():
    queries = "\n".join(
        re.sub(r"\{[^}]*\}|by \([^)]*\)", "", q) for q in fences("promql")
    )
    found = [(page, name) for page, span in SPANS for name in METRIC.findall(span)]
    found += [("promql", name) for name in METRIC.findall(queries)]
    assert len(found) > 100
    assert unknown(found, is_metric) == []


def is_metric(name):
    """Some words only begin as metrics do: `http_request_error` is a code."""
    plain = re.sub(r"_(bucket|sum|count)$", "", name)
    return name in BY_NAME or plain in BY_NAME or name in words()


def test_labels_belong_to_their_metrics():
    found = [
        (page, f"{name}{{{labels}}}")
        for page, span in SPANS
        for name, labels in re.findall(r"(\w+)\{([^}]*)\}", span)
        if name in BY_NAME
    ]
    assert len(found) > 20

    def known(series):
        name, labels = series[:-1].split("{")
        asked = {label.split("=")[0] for label in labels.split(",")}
        return asked <= set(BY_NAME[name].labels)

    assert unknown(found, known) == []


@cache
def paths():
    """Every path of a key, and what remains of it without its first parts."""
    whole = {
        (*pattern, name) for pattern, names in keys().items() for name in names
    } | set(keys())
    return {path[start:] for path in whole for start in range(len(path))}


def test_dotted_keys_exist():
    first = {path[0] for path in paths() if path}
    found = [
        (page, span.rstrip(".*"))
        for page, span in SPANS
        if re.fullmatch(r"[a-z_]+(\.[a-z_*]+)+", span)
        and span.split(".")[0] in first
        and span.rpartition(".")[2] not in ("md", "py", "yaml", "json", "lock")
    ]
    assert len(found) > 40
    assert unknown(found, is_key) == []


def is_key(name):
    parts = name.split(".")
    return any(
        len(path) == len(parts)
        and all(
            want in (ANY, part) or (part.endswith("_") and want.startswith(part))
            for want, part in zip(path, parts, strict=True)
        )
        for path in paths()
    )


def test_what_is_not_there_yet_is_said():
    """The page of features names exactly the keys that cannot be used."""
    text = (ROOT / "docs" / "features.md").read_text().partition("## Not there yet")[2]
    said = re.findall(r"`([a-z_.]+)`", text.partition(".\n")[0].partition(" A file")[0])
    short = {
        ".".join(part for part in path if part not in ("defaults", "routes", ANY))
        for path in TABLE
    }
    assert set(said) == short
    assert bool(short) is bool(text)


def test_commands_and_flags_exist():
    commands = {
        one.name: {name for flag in one.flags for name in flag.names}
        for one in parser().offered()
    }
    text = [(page, span) for page, span in SPANS if span.startswith("sidecar ")]
    text += [
        ("sh", line)
        for one in fences("sh")
        for line in re.sub(r"\s#.*", "", one).splitlines()
    ]
    found = []
    for page, line in text:
        for name, rest in re.findall(r"(?:^|[|\s])sidecar ([a-z]+)\b([^|]*)", line):
            found.append((page, (name, *re.findall(r"--[a-z-]+", rest))))
    assert len(found) > 20

    def known(said):
        return said[0] in commands and set(said[1:]) <= {
            *commands[said[0]],
            "--help",
        }

    assert unknown(found, known) == []


def test_operations_of_the_admin_listener_exist():
    found = [
        (page, f"{method} {path}")
        for page, span in SPANS
        for method, path in re.findall(r"^(GET|POST) (/[\w/.{}]*)", span)
    ]
    there = {f"{one.method} {one.path}" for one in OPERATIONS} | {"GET /metrics"}
    there |= {
        f"{one.method} {one.path.replace('{name}', 'NAME')}" for one in OPERATIONS
    }
    assert len(found) > 10
    assert unknown(found, there.__contains__) == []


def logged():
    """The events of our own log, from the calls that write them."""
    calls = [
        node
        for path, text in SOURCES.items()
        if path.is_relative_to(ROOT / "sidecar")
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in ("debug", "info", "warning", "error", "log")
        and ast.unparse(node.func.value).rpartition(".")[2] in ("_log", "log")
    ]
    return {f"circuit {state}" for state in State} | {
        leaf.value
        for call in calls
        for argument in call.args[:2]
        for leaf in ast.walk(argument)
        if isinstance(leaf, ast.Constant) and isinstance(leaf.value, str)
    }


def test_every_event_of_the_log_is_described():
    text = (ROOT / "docs" / "observability.md").read_text()
    table = text.split("## The sidecar's own log")[1].split("\n## ")[0]
    cells = re.findall(r"^\| ([^|]+) \|", table, re.MULTILINE)
    assert {event for cell in cells for event in SPAN.findall(cell)} == logged()


def test_why_answers_are_not_stored_is_described():
    text = (ROOT / "docs" / "troubleshooting.md").read_text()
    table = text.split("| `detail` |")[1].split("\n\n")[0]
    cells = re.findall(r"^\| ([^|]+) \|", table, re.MULTILINE)
    said = {word for cell in cells for word in re.findall(r"`([\w-]+)`", cell)}
    assert said == {str(reason) for reason in Reason}


@pytest.mark.parametrize("query", fences("promql"))
def test_queries_are_understood(query, tmp_path):
    exprs = [
        one for one in re.split(r"^#.*\n", query, flags=re.MULTILINE) if one.strip()
    ]
    rules = "\n".join(
        f"  - record: r{number}\n    expr: |\n      "
        + one.strip().replace("\n", "\n      ")
        for number, one in enumerate(exprs)
    )
    file = tmp_path / "rules.yaml"
    file.write_text(f"groups:\n- name: docs\n  rules:\n{rules}\n")
    done = subprocess.run(
        ["promtool", "check", "rules", file],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert f"{len(exprs)} rules found" in done.stdout
