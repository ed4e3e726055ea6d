"""`sidecar loadtest`, as it is typed."""

import json

import pytest

from tests.cli.command import sidecar
from tests.loadtest.service import OK, serving

QUICK = ("--rate", "50", "--duration", "0.2s", "--connections", "2")


def test_one():
    with serving() as service:
        done = sidecar("loadtest", service.url, *QUICK, "-H", "X-A: b", "-X", "PUT")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("50 requests/s for 200ms each, over 2 connections")
    assert all(
        b"PUT / HTTP/1.1\r\n" in one and b"X-A: b" in one for one in service.asked
    )


def test_direct_against_through():
    with serving() as direct, serving(lambda _: OK.replace(b"200", b"503")) as through:
        done = sidecar(
            "loadtest", through.url, "--direct", direct.url, *QUICK, "--format", "json"
        )
    assert done.returncode == 0
    targets = json.loads(done.stdout)["targets"]
    assert [(one["name"], one["good"]) for one in targets] == [
        ("direct", 10),
        ("through", 0),
    ]
    assert targets[1]["errors"] == {"status 503": 10}


def test_nothing_good():
    with serving(lambda _: None) as service:
        done = sidecar("loadtest", service.url, *QUICK)
    assert done.returncode == 1
    assert "asked failed by closed: 10" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("http://192.88.99.1/",), "is no private address; if it is yours"),
        (("https://127.0.0.1/",), "begins with http://"),
        (("http://127.0.0.1/", "-H", "no"), "a field is written"),
        (("http://127.0.0.1/", "--rate", "0"), "more than 0 and at most 50,000"),
        (("http://127.0.0.1/", "--rate", "many"), "--rate"),
        (("http://127.0.0.1/", "--duration", "2h"), "more than 0 and at most 3,600"),
        (("http://127.0.0.1/", "--duration", "soon"), "not a duration"),
        (("http://127.0.0.1/", "--connections", "5000"), "at most 900"),
        (("http://127.0.0.1/", "--direct", "http://192.88.99.1/"), "192.88.99.1"),
    ],
)
def test_mistakes(arguments, said):
    done = sidecar("loadtest", *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
