"""The tree of errors: every leaf can be answered, counted and told from others."""

import re
from http import HTTPStatus
from pathlib import Path

import pytest

from sidecar import errors
from sidecar.errors import ClientGone, Repeat, SidecarError, UpstreamFailed
from sidecar.policy import refused

# RFC 9209 §2.3, and our own names for what it has none for.
PROXY_ERRORS = {
    "connection_limit_reached",
    "connection_read_timeout",
    "connection_refused",
    "connection_terminated",
    "connection_timeout",
    "destination_unavailable",
    "dns_error",
    "http_protocol_error",
    "http_request_denied",
    "http_request_error",
    "http_response_incomplete",
    "http_response_timeout",
    "proxy_internal_error",
    "proxy_loop_detected",
    "tls_certificate_error",
}


def leaves(branch: type[SidecarError] = SidecarError) -> list[type[SidecarError]]:
    below = branch.__subclasses__()
    return [leaf for one in below for leaf in leaves(one)] if below else [branch]


LEAVES = leaves()


@pytest.mark.parametrize("leaf", LEAVES, ids=lambda leaf: leaf.__name__)
def test_a_leaf_says_all_that_is_asked_of_it(leaf):
    assert isinstance(leaf.status, HTTPStatus)
    assert leaf.status >= 400
    assert re.fullmatch(r"[a-z][a-z_]+", leaf.code)
    assert leaf.title.endswith(".")
    assert leaf.error in PROXY_ERRORS
    assert isinstance(leaf.repeat, Repeat)


def test_codes_are_unique():
    codes = [leaf.code for leaf in LEAVES]
    assert len(set(codes)) == len(codes)


def test_every_error_of_the_module_is_in_the_tree():
    defined = {
        one
        for one in (*vars(errors).values(), *vars(refused).values())
        if isinstance(one, type) and issubclass(one, Exception)
    }
    assert set(LEAVES) <= defined
    assert all(issubclass(one, SidecarError) for one in defined)


def test_every_leaf_is_met_somewhere():
    product = Path(errors.__file__).parent
    code = "".join(path.read_text() for path in product.rglob("*.py"))
    names = re.findall(r"(?<!class )\b[A-Z]\w+", code)
    assert {leaf.__name__ for leaf in LEAVES} <= set(names)


def test_only_what_the_upstream_did_may_be_repeated():
    repeated = [leaf for leaf in LEAVES if leaf.repeat is not Repeat.NEVER]
    assert repeated
    assert all(issubclass(leaf, UpstreamFailed) for leaf in repeated)


def test_detail_is_for_the_log_and_the_text_says_something_without_it():
    assert str(ClientGone()) == ClientGone.title
    assert ClientGone().detail == ""
    assert str(ClientGone("why")) == ClientGone("why").detail == "why"
    assert ClientGone(retry_after=1.5).retry_after == 1.5
