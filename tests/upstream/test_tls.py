"""TLS to an upstream, with a certificate authority of our own."""

import datetime as dt
import ipaddress
import ssl

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from sidecar.errors import ConnectTimedOut, ResponseIncomplete, TlsFailed
from sidecar.upstream.endpoint import Address
from sidecar.upstream.tls import Tls, context
from tests.upstream.exchange import ask, body, get, send, soon, taken, until
from tests.upstream.origin import Origin, cut, hold, replies

OK = b"HTTP/1.1 200 OK\r\n"
HELLO = OK + b"Content-Length: 5\r\n\r\nhello"


class Authority:
    """Signs certificates, and writes them with their keys to a folder."""

    def __init__(self, folder) -> None:
        self.folder = folder
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "authority")])
        own = self._signed(self.name, self.key, [], ca=True)
        self.path = str(folder / "ca.pem")
        (folder / "ca.pem").write_bytes(own.public_bytes(serialization.Encoding.PEM))

    def certificate(self, file, *names) -> tuple[str, str]:
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, file)])
        signed = self._signed(subject, key, names)
        cert_path, key_path = self.folder / f"{file}.pem", self.folder / f"{file}.key"
        cert_path.write_bytes(signed.public_bytes(serialization.Encoding.PEM))
        key_path.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
        return str(cert_path), str(key_path)

    def _signed(self, subject, key, names, *, ca=False):
        now = dt.datetime.now(dt.UTC)
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self.name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - dt.timedelta(days=1))
            .not_valid_after(now + dt.timedelta(days=1))
            .add_extension(x509.BasicConstraints(ca, None), critical=True)
        )
        if names:
            entries = [
                x509.IPAddress(ipaddress.ip_address(name)) if name[0].isdigit() else x509.DNSName(name)
                for name in names
            ]  # fmt: skip
            builder = builder.add_extension(
                x509.SubjectAlternativeName(entries), critical=False
            )
        return builder.sign(self.key, hashes.SHA256())


@pytest.fixture(scope="module")
def authority(tmp_path_factory) -> Authority:
    return Authority(tmp_path_factory.mktemp("tls"))


@pytest.fixture(scope="module")
def served(authority) -> ssl.SSLContext:
    """What an origin with a certificate for 127.0.0.1 and app.test shows."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain(*authority.certificate("app", "127.0.0.1", "app.test"))
    return made


async def test_a_trusted_upstream_serves(authority, served, upstream):
    async with Origin(replies(HELLO), context=served) as origin:
        backend = upstream(origin.address, tls=Tls(ca=authority.path))
        assert await get(backend) == (200, b"hello")
        assert await get(backend) == (200, b"hello")
        assert origin.accepted == 1


@pytest.mark.parametrize(
    ("rule", "host", "tls", "trusted"),
    [
        ("the name of the URL", "app.test", {}, True),
        ("another name", "other.test", {}, False),
        ("the name that was set", "other.test", {"server_name": "app.test"}, True),
        ("another name was set", "app.test", {"server_name": "other.test"}, False),
        ("an unknown authority", "app.test", {"ca": None}, False),
        ("not verified", "other.test", {"ca": None, "verify": False}, True),
    ],
)
async def test_names(rule, host, tls, trusted, authority, served, upstream):
    async with Origin(replies(HELLO), context=served) as origin:

        async def lookup(host, port):
            return ["127.0.0.1"]

        backend = upstream(
            Address(host, origin.port, tls=True),
            lookup=lookup,
            tls=Tls(**{"ca": authority.path, **tls}),
        )
        if trusted:
            assert await get(backend) == (200, b"hello")
        else:
            with pytest.raises(TlsFailed):
                await get(backend)
            assert set(backend.counts().values()) == {0}


async def test_an_upstream_without_tls(authority, upstream):
    async def script(peer):
        await peer.reader.read(1)
        peer.write(b"HTTP/1.1 400 TLS is not spoken here\r\n\r\n")
        await peer.gone()

    async with Origin(script) as origin:
        address = Address("127.0.0.1", origin.port, tls=True)
        with pytest.raises(TlsFailed):
            await get(upstream(address, tls=Tls(ca=authority.path)))


async def test_a_handshake_that_never_ends(authority, upstream):
    async with Origin(hold) as origin:
        address = Address("127.0.0.1", origin.port, tls=True)
        backend = upstream(address, tls=Tls(ca=authority.path))
        with pytest.raises(ConnectTimedOut):
            await backend.acquire(connect=0.05, due=soon())
        await until(lambda: not origin.open)


async def test_our_own_certificate_is_shown(authority, upstream):
    wants = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    wants.load_cert_chain(*authority.certificate("app", "127.0.0.1"))
    wants.load_verify_locations(authority.path)
    wants.verify_mode = ssl.CERT_REQUIRED

    async def script(peer):
        peer_certificate = peer.writer.get_extra_info("peercert")
        origin.diary.append(peer_certificate["subject"][0][0][1])
        await replies(HELLO)(peer)

    async with Origin(script, context=wants) as origin:
        cert, key = authority.certificate("sidecar", "sidecar.test")
        tls = Tls(ca=authority.path, cert=cert, key=key)
        assert await get(upstream(origin.address, tls=tls)) == (200, b"hello")
        assert origin.diary == ["sidecar"]


async def test_a_body_until_close_ends_with_a_goodbye(authority, served, upstream):
    async with Origin(cut(OK + b"\r\nhello"), context=served) as origin:
        backend = upstream(origin.address, tls=Tls(ca=authority.path))
        assert await get(backend) == (200, b"hello")


async def test_without_a_goodbye_it_was_cut(authority, served, upstream):
    async def script(peer):
        await peer.request()
        await peer.send(OK + b"\r\nhello")
        await peer.reader.readexactly(1)
        # A FIN of the socket under TLS, without close_notify.
        peer.writer.transport.abort()

    async with Origin(script, context=served) as origin:
        connection = await taken(upstream(origin.address, tls=Tls(ca=authority.path)))
        send(connection)
        await connection.response(soon())
        assert await connection.read(5) == b"hello"
        connection.write(b"x")
        with pytest.raises(ResponseIncomplete):
            await connection.read(5)
        connection.release()


async def test_a_client_that_does_not_read_holds_it_back(authority, served, upstream):
    size = 32 * 1024 * 1024

    async def script(peer):
        await peer.request()
        peer.write(OK + b"Content-Length: %d\r\n\r\n" % size)
        for _ in range(size // 65536):
            await peer.send(b"x" * 65536)
            origin.diary.append(65536)
        await peer.gone()

    async with Origin(script, context=served) as origin:
        connection = await taken(upstream(origin.address, tls=Tls(ca=authority.path)))
        send(connection)
        await connection.response(soon())
        await until(lambda: connection._paused)
        assert connection._response is not None
        assert connection._response.buffered <= 64 * 1024
        assert len(origin.diary) < size // 65536
        assert len(await body(connection)) == size
        connection.release()


async def test_a_connection_dies_with_its_upstream(authority, served, upstream):
    async with Origin(replies(HELLO), context=served) as origin:
        backend = upstream(origin.address, tls=Tls(ca=authority.path))
        connection = await taken(backend)
        await ask(connection)
        connection.release()
        await origin.stop()
        await until(lambda: not backend.counts()["idle"])


def test_files_are_read_when_it_is_made(tmp_path):
    with pytest.raises(OSError, match=r".+"):
        context(Tls(ca=str(tmp_path / "none.pem")))
    made = context(Tls())
    assert made.verify_mode is ssl.CERT_REQUIRED
    assert made.check_hostname
    assert made.minimum_version >= ssl.TLSVersion.TLSv1_2


@pytest.mark.parametrize("behind", [b"", b"!"], ids=["alone", "more"])
async def test_a_body_that_is_gathered(behind, authority, served, upstream):
    content = bytes(range(256)) * 4096
    head = OK + b"Content-Length: %d\r\n\r\n" % len(content)

    async def script(peer):
        await peer.request()
        peer.write(head + content + behind)
        await peer.gone()

    async with Origin(script, context=served) as origin:
        backend = upstream(origin.address, tls=Tls(ca=authority.path))
        connection = await taken(backend)
        send(connection)
        await connection.response(soon())
        connection.gather()
        assert await connection.read(30.0) == content
        if behind:
            response = connection._response
            await until(lambda: response is not None and response.surplus)
        connection.release()
        assert backend.counts()["idle"] == (0 if behind else 1)
