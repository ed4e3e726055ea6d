"""The test suite of `requests`, against httpbin directly and through the sidecar.

It comes from the source package of the version that is installed, which pip
fetches once and checks; every test must end as it ends without the sidecar.
"""

import hashlib
import os
import subprocess
import sys
import tarfile
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from tests.e2e.apps import Application
from tests.e2e.conftest import Before
from tests.harness.sidecar import ROOT

VERSION = "2.34.2"
SHA256 = "f288924cae4e29463698d6d60bc6a4da69c89185ad1e0bcc4104f584e960b9ed"
CACHE = ROOT / ".cache" / "sdist"
PLUGIN = Path(__file__).parent / "requests_suite"
PATIENCE = 500

HTTPS = "speaks TLS, which is not asked of the sidecar here"
OUTSIDE = "asks for an address outside this machine"
ITSELF = "tests the server that this suite has for itself"
ALONE = "speaks to that server alone, which waits half a second for each request"
DESELECTED = {
    "test_pyopenssl_redirect": HTTPS,
    "test_invalid_ca_certificate_path": HTTPS,
    "test_invalid_ssl_certificate_files": HTTPS,
    "test_https_warnings": HTTPS,
    "test_certificate_failure": HTTPS,
    "test_proxy_error_on_bad_url": HTTPS,
    "test_auth_is_stripped_on_http_downgrade": HTTPS,
    "test_different_connection_pool_for_tls_settings": HTTPS,
    "test_different_connection_pool_for_mtls_settings": HTTPS,
    "test_connect_timeout": OUTSIDE,
    "test_total_timeout_connect": OUTSIDE,
    "TestTestServer": ITSELF,
    "test_lowlevel": ALONE,
}
CHANGED = {
    "tests.test_requests.TestRequests::test_proxy_authorization_preserved_on_request": "Proxy-Authorization ends at the first proxy that it reaches (RFC 9110 §11.7.2)",
}
"""Passed directly, and must fail behind any proxy that does its work."""

UNRESOLVABLE = {"doesnotexist.google.com", "non-resolvable-address"}
"""Looked up by tests that want it to fail, which the guard sees to."""


@dataclass(frozen=True, slots=True)
class Run:
    verdicts: dict[str, str]
    refused: set[str]  # where the guard let no one go

    @property
    def counts(self) -> Counter[str]:
        return Counter(self.verdicts.values())


@pytest.fixture(scope="session")
def suite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The unpacked source package."""
    assert version("requests") == VERSION, "pin the new version, and its hash"
    archive = CACHE / f"requests-{VERSION}.tar.gz"
    if not archive.exists():
        fetch(tmp_path_factory.mktemp("pip"))
    assert hashlib.sha256(archive.read_bytes()).hexdigest() == SHA256
    where = tmp_path_factory.mktemp("requests")
    with tarfile.open(archive) as content:
        content.extractall(where, filter="data")
    return where / f"requests-{VERSION}"


def fetch(where: Path) -> None:
    """Ask pip for the source package; it refuses one of another hash."""
    CACHE.mkdir(parents=True, exist_ok=True)
    (CACHE.parent / ".gitignore").write_text("*\n")
    wanted = where / "wanted.txt"
    wanted.write_text(f"requests=={VERSION} --hash=sha256:{SHA256}\n")
    options = ["--no-deps", "--no-binary=:all:", "--no-build-isolation", "-q"]
    command = [sys.executable, "-m", "pip", "download", *options]
    subprocess.run(
        [*command, "--require-hashes", "-r", wanted, "-d", CACHE],
        check=True,
        timeout=PATIENCE,
    )


def run(suite: Path, url: str, where: Path) -> Run:
    """Run the suite with httpbin at `url`."""
    report, refusals = where / "report.xml", where / "refusals"
    refusals.touch()
    inherited = {k: v for k, v in os.environ.items() if "proxy" not in k.lower()}
    environment = inherited | {
        "HTTPBIN_URL": url,
        "REFUSALS": str(refusals),
        "PYTHONPATH": str(PLUGIN),
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
    }
    deselect = " and ".join(f"not {name}" for name in DESELECTED)
    options = ["-p", "loopback_httpbin", "-p", "no:cacheprovider", "-q"]
    options += ["-o", "addopts=", "-k", deselect, f"--junitxml={report}"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *options, "tests"],
        cwd=suite,
        env=environment,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert report.exists(), done.stdout + done.stderr
    cases = ET.parse(report).iter("testcase")  # noqa: S314 - pytest wrote it
    return Run(
        {name_of(case): verdict_of(case) for case in cases},
        {line.rpartition(" ")[2] for line in refusals.read_text().splitlines()},
    )


def name_of(case: ET.Element) -> str:
    return f"{case.get('classname')}::{case.get('name')}"


def verdict_of(case: ET.Element) -> str:
    """passed, failed, error or skipped; expected failures with their kind."""
    for child in case:
        if child.tag in ("failure", "error", "skipped"):
            return f"{child.tag} {child.get('type', '')}".strip()
    return "passed"


@pytest.fixture(scope="session")
def direct(
    suite: Path, httpbin: Application, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Future[Run]]:
    """How the tests end without a sidecar; they run beside the others."""
    with ThreadPoolExecutor(1) as pool:
        where = tmp_path_factory.mktemp("direct")
        yield pool.submit(run, suite, httpbin.url, where)


@pytest.mark.timeout(PATIENCE + 100)
def test_every_test_ends_as_it_ends_without(
    direct: Future[Run],
    suite: Path,
    httpbin: Application,
    before: Before,
    tmp_path: Path,
) -> None:
    proxied = run(suite, before(httpbin.url), tmp_path)
    print(f"directly {direct.result().counts}, proxied {proxied.counts}")  # noqa: T201
    assert direct.result().counts["passed"] > 500
    changed = dict.fromkeys(CHANGED, ("passed", "failure"))
    assert different(direct.result().verdicts, proxied.verdicts) == changed
    assert proxied.refused == direct.result().refused == UNRESOLVABLE


def different(direct: dict[str, str], proxied: dict[str, str]) -> dict[str, object]:
    return {
        name: (direct.get(name), proxied.get(name))
        for name in direct.keys() | proxied.keys()
        if settled(direct.get(name)) != settled(proxied.get(name))
    }


def settled(verdict: str | None) -> str | None:
    """The verdict; one that the suite itself leaves open counts as passed.

    `test_response_iter_lines_reentrant` may fail as well as pass: it depends on
    how many pieces a body comes in, and a chunked one that is whole comes in one.
    """
    return "passed" if verdict == "skipped pytest.xfail" else verdict
