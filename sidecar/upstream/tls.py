"""TLS: the context that connections to an upstream share."""

import ssl
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Tls:
    """`ca`, `cert` and `key` are paths of PEM files; without `ca`, the system's.

    `server_name` is verified and sent in place of the URL's host.
    """

    verify: bool = True
    ca: str | None = None
    server_name: str | None = None
    cert: str | None = None
    key: str | None = None


def context(tls: Tls) -> ssl.SSLContext:
    """The client context for `tls`.

    Raises:
        OSError: a file cannot be read, or (ssl.SSLError) does not hold what it should.
    """
    made = ssl.create_default_context(cafile=tls.ca)
    made.minimum_version = ssl.TLSVersion.TLSv1_2
    made.set_alpn_protocols(["http/1.1"])
    if not tls.verify:
        made.check_hostname = False
        made.verify_mode = ssl.CERT_NONE
    if tls.cert is not None:
        made.load_cert_chain(tls.cert, tls.key)
    return made


def said_goodbye(session: ssl.SSLObject) -> bool:
    """Whether the peer ended the session itself, at what looks like its end.

    A FIN alone may come from anybody between it and us. asyncio does not tell the
    two apart, uvloop does.
    """
    try:
        return not session.read(1)
    except ssl.SSLZeroReturnError:
        return True
    except ssl.SSLError:
        return False
