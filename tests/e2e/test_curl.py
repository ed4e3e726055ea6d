"""curl before the sidecar: what it shows must be what it shows without."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.e2e.apps import Application
from tests.e2e.conftest import Before
from tests.e2e.files import noise
from tests.e2e.origins import EventStream

PATIENCE = 60


def curl(
    *arguments: str | Path, stdin: bytes | None = None
) -> subprocess.CompletedProcess[bytes]:
    """Run curl without a configuration of the user's; fail where it fails."""
    found = shutil.which("curl")
    assert found, "curl is needed: apt-get install curl"
    command = [found, "-q", "-sS", "--noproxy", "*", "--max-time", str(PATIENCE)]
    done = subprocess.run(
        [*command, *arguments],
        input=stdin,
        capture_output=True,
        timeout=PATIENCE + 5,
        check=False,
    )
    assert done.returncode == 0, (arguments, done.stderr)
    return done


def both(
    application: Application, before: Before, target: str, *arguments: str | Path
) -> tuple[bytes, bytes]:
    """What curl prints, asked directly and through the sidecar."""
    host = ("-H", "Host: app.example")
    direct, proxied = (
        curl(*arguments, *host, url + target).stdout
        for url in (application.url, before(application.url))
    )
    return direct, proxied


SAME = [
    ("GET", "/html", ()),
    ("HTTP/1.0", "/html", ("--http1.0",)),
    ("HTTP/1.0 of a streamed body", "/stream-bytes/5000?seed=1", ("--http1.0",)),
    ("HTTP/1.0 upload", "/anything", ("--http1.0", "--data-binary", "a=1")),
    ("HTTP/1.1", "/bytes/5000?seed=1", ("--http1.1",)),
    ("HTTP/2 offered over cleartext", "/html", ("--http2",)),
    ("decoded gzip", "/gzip", ("--compressed", "-H", "Accept-Encoding: gzip")),
    ("decoded deflate", "/deflate", ("--compressed",)),
    ("decoded brotli", "/brotli", ("--compressed",)),
    ("coded as it came", "/encoding/utf8", ("--raw", "-H", "TE: trailers")),
    ("part", "/range/5000", ("-r", "100-199")),
    ("last part", "/range/5000", ("-r", "-7")),
    ("form", "/post", ("-d", "a=1", "--data-urlencode", "b=ä ß")),
    ("parts of a form", "/post", ("-F", "a=1", "-F", "b=2;type=text/x")),
    ("query made of data", "/get", ("-G", "-d", "a=1", "-d", "b=2")),
    ("JSON", "/anything", ("-X", "PATCH", "--json", '{"a": 1}')),
    ("credentials", "/basic-auth/u/p", ("-u", "u:p")),
    ("digest", "/digest-auth/auth/u/p/MD5", ("--digest", "-u", "u:p")),
    ("cookie", "/cookies", ("-b", "a=1; b=2")),
    ("empty fields", "/headers", ("-H", "X-Empty;", "-H", "Accept:", "-H", "User-Agent:")),
    ("dots in the path", "/anything/a/../b/./c", ("--path-as-is",)),
    ("doubled slashes", "//anything//a//", ("--path-as-is",)),
    ("no path but a query", "?a=1", ("--path-as-is",)),
    ("odd octets", "/anything/%00%0a%ff%2F..%2f?%zz&%", ("--path-as-is",)),
    ("brackets and braces", "/anything/[1]{2}|^`\\<>?q={a}", ("-g", "--path-as-is")),
]  # fmt: skip
OWN = ["Via", "X-Request-Id", "Forwarded", "X-Forwarded-Host", "Traceparent"]
BOUNDARY = re.compile(rb"-{24}[0-9a-f]{16}")


@pytest.mark.parametrize(
    ("target", "arguments"), [row[1:] for row in SAME], ids=[row[0] for row in SAME]
)
def test_says_the_same(
    target: str, arguments: tuple[str, ...], httpbin: Application, before: Before
) -> None:
    direct, proxied = both(
        httpbin, before, target, "-w", "\n%{http_code} %{content_type}", *arguments
    )
    assert without_own(proxied) == without_own(direct)
    assert direct.strip()


def without_own(printed: bytes) -> object:
    """The output, less the fields that a proxy adds to a reflected request."""
    body, _, told = BOUNDARY.sub(b"(its own)", printed).rpartition(b"\n")
    if not body.startswith(b"{"):
        return printed
    shown = json.loads(body)
    for name in OWN:
        shown.get("headers", {}).pop(name, None)
    return shown, told


def test_shows_a_head_without_a_body(httpbin: Application, before: Before) -> None:
    direct, proxied = both(httpbin, before, "/bytes/77?seed=1", "-I")
    assert b"Content-Length: 77" in direct
    assert b"Content-Length: 77" in proxied
    assert proxied.endswith(b"\r\n\r\n")


def test_follows_redirects_on_one_connection(
    httpbin: Application, before: Before
) -> None:
    write = "%{http_code} %{num_redirects} %{num_connects}"
    url = before(httpbin.url)
    shown = curl("-L", "-o", "/dev/null", "-w", write, f"{url}/relative-redirect/5")
    assert shown.stdout == b"200 5 1"


def test_keeps_a_connection_for_several_urls(
    httpbin: Application, before: Before
) -> None:
    url = before(httpbin.url)
    targets = ["/bytes/3?seed=1", "/status/204", "/stream/2", "/get", "/status/404"]
    out = [part for target in targets for part in ("-o", "/dev/null", url + target)]
    shown = curl("-w", "%{http_code}/%{num_connects} ", *out)
    assert shown.stdout == b"200/1 204/0 200/0 200/0 404/0 "


@pytest.mark.parametrize("size", [0, 1, 65_536, 65_537, 3_000_000])
@pytest.mark.parametrize("expect", ["", " 100-continue"])
@pytest.mark.parametrize("framing", ["length", "chunks"])
def test_uploads(
    size: int, expect: str, framing: str, nginx: Application, before: Before
) -> None:
    name = f"curl-{size}-{expect.strip()}-{framing}"
    sent = nginx.where / name
    sent.write_bytes(noise(size))
    fields = ["-H", f"Expect:{expect}", "-w", "%{http_code}"]
    target = f"{before(nginx.url)}/uploads/{name}"
    source = sent if framing == "length" else "-"
    shown = curl("-T", source, *fields, target, stdin=sent.read_bytes())
    assert shown.stdout[-3:] in (b"201", b"204")
    assert (nginx.where / "uploads" / name).read_bytes() == sent.read_bytes()


def test_need_not_wait_for_100_continue(
    nginx: Application, before: Before, tmp_path: Path
) -> None:
    """A client that never sends without it gets it, not a time-out of its own."""
    sent = tmp_path / "sent"
    sent.write_bytes(noise(2_000_000))
    target = f"{before(nginx.url)}/uploads/expected"
    wait = ["--expect100-timeout", str(PATIENCE)]
    shown = curl("-v", "-T", sent, "-H", "Expect: 100-continue", *wait, target)
    assert b"< HTTP/1.1 100 Continue" in shown.stderr
    assert (nginx.where / "uploads" / "expected").read_bytes() == sent.read_bytes()


def test_posts_binary_data(
    httpbin: Application, before: Before, tmp_path: Path
) -> None:
    sent = tmp_path / "sent"
    sent.write_bytes(bytes(range(256)) * 400)
    direct, proxied = both(httpbin, before, "/post", "--data-binary", f"@{sent}")
    assert json.loads(direct)["form"] == json.loads(proxied)["form"]
    assert json.loads(direct)["data"] == json.loads(proxied)["data"]


@pytest.mark.parametrize("have", [1, 65_536, 300_000])
def test_resumes_a_download(
    have: int, nginx: Application, before: Before, files: Path, tmp_path: Path
) -> None:
    whole = (files / "random.bin").read_bytes()
    part = tmp_path / "part"
    part.write_bytes(whole[:have])
    curl("-C", "-", "-o", part, f"{before(nginx.url)}/random.bin")
    assert part.read_bytes() == whole


def test_prints_pieces_as_they_are_numbered(
    nginx: Application, before: Before, tmp_path: Path
) -> None:
    url = before(nginx.url)
    curl("--parallel", "-o", tmp_path / "#1", f"{url}/return/{{200,402,418,503}}")
    found = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert found == {
        "200": b"plain text\n",
        "402": b"pay\n",
        "418": b"teapot\n",
        "503": b"busy\n",
    }


@pytest.mark.parametrize("path", ["/chunked", "/until-close"])
@pytest.mark.parametrize("version", ["--http1.0", "--http1.1"])
def test_prints_each_event_before_the_next_is_sent(
    path: str, version: str, event_stream: EventStream, before: Before
) -> None:
    found = shutil.which("curl")
    assert found
    url = before(event_stream.url) + path
    command = [found, "-q", "-sSN", version, "--max-time", str(PATIENCE), url]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as running:
        assert running.stdout is not None
        for number in range(20):
            event_stream.send(b"data: %d\n\n" % number)
            assert running.stdout.readline() == b"data: %d\n" % number
            assert running.stdout.readline() == b"\n"
        event_stream.end()
        assert running.stdout.read() == b""
    assert running.returncode == 0
