"""Explaining: a method, a URL and fields, as the gate would judge them, explained.

What the gate refuses no route ever sees; that is the explanation then.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from sidecar.config.load import Loaded
from sidecar.errors import RequestRefused
from sidecar.explain.asked import Asked
from sidecar.explain.explanation import Explanation, explanation
from sidecar.policy.trust import Networks
from sidecar.semantics.fields import OWS
from sidecar.semantics.message import Field
from sidecar.server import gate
from sidecar.server.assembly import limits
from sidecar.telemetry.redaction import redacted

HERE = "127.0.0.1"


class NotARequest(ValueError):
    """What was given is no URL or field; the text is for the user."""


@dataclass(frozen=True, slots=True)
class Refused:
    """What is answered before any route is looked for."""

    status: int
    code: str
    title: str


@dataclass(frozen=True, slots=True)
class Explained:
    """One of `refused` and `explanation` is there. `url`: with scheme and host."""

    method: str
    url: str
    refused: Refused | None
    explanation: Explanation | None


def explained(
    loaded: Loaded,
    method: str,
    url: str,
    lines: Sequence[str] = (),
    client: str = HERE,
) -> Explained:
    """Explain what becomes of a request with field `lines` (`Name: value`).

    The URL may begin at its path.

    Raises:
        NotARequest
    """
    scheme, host, target = _parted(url)
    fields = [_field(line) for line in lines]
    if not any(name.lower() == b"host" for name, _ in fields):
        fields.insert(0, (b"Host", host))
    judged = gate.inspect(
        _bytes(method), target, "1.1", fields, limits(loaded.config.limits)
    )
    if isinstance(judged, RequestRefused):
        refused = Refused(int(judged.status), judged.code, judged.title)
        return Explained(method, url, refused, None)
    trusted = Networks(map(str, loaded.config.trusted_proxies))
    asked = Asked.by(client, judged, scheme, trusted)
    whole = f"{scheme}://{judged.authority.decode('latin-1')}"
    whole += redacted(judged.target).decode("latin-1")
    return Explained(method, whole, None, explanation(loaded, asked))


def _field(line: str) -> Field:
    name, colon, value = line.partition(":")
    if not colon:
        raise NotARequest(f"a field is written 'Name: value', not {name[:60]!r}")
    return _bytes(name), _bytes(value).strip(OWS)


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def _parted(url: str) -> tuple[str, bytes, bytes]:
    """Scheme, authority and target; as a browser sends them, without the fragment."""
    if url.startswith("/") or url == "*":
        return "http", b"localhost", _bytes(url.partition("#")[0])
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise NotARequest(f"not a URL: {error}") from error
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise NotARequest("a URL begins with http://, https:// or /")
    if "@" in parts.netloc:
        raise NotARequest("a user or password has no place in a URL")
    target = parts.path or "/"
    if parts.query:
        target += f"?{parts.query}"
    return parts.scheme, _bytes(parts.netloc), _bytes(target)
