"""SS6: a sidecar that is its own upstream notices, and does not ask on and on."""

from tests.conftest import Start
from tests.harness.client import Client, get
from tests.harness.origin import Origin
from tests.harness.ports import reserved_port
from tests.harness.sidecar import Sidecar, await_condition


def logged(stdout: str, target: str) -> int:
    return sum(target in line for line in stdout.splitlines())


def test_own_address_as_upstream(own_sidecar: Start) -> None:
    port = reserved_port()
    address = f"127.0.0.1:{port}"
    upstreams = {"default": {"url": f"http://{address}"}}
    sidecar = own_sidecar({"listen": address, "upstreams": upstreams})
    assert get(sidecar.port, b"/round").status == 508
    await_condition(lambda: logged(sidecar.stdout, "/round") >= 2)
    assert get(sidecar.port, b"/another").status == 508
    await_condition(lambda: logged(sidecar.stdout, "/another") >= 2)
    assert logged(sidecar.stdout, "/round") <= 3


def test_loop_through_another(own_sidecar: Start) -> None:
    port = reserved_port()
    first = own_sidecar({"upstreams": {"default": {"url": f"http://127.0.0.1:{port}"}}})
    second = own_sidecar(
        {
            "listen": f"127.0.0.1:{port}",
            "upstreams": {"default": {"url": first.url}},
        }
    )
    assert get(first.port, b"/round").status == 508
    assert get(second.port, b"/round").status == 508
    await_condition(lambda: logged(first.stdout, "/round") >= 3)
    assert logged(first.stdout, "/round") + logged(second.stdout, "/round") <= 9


def test_two_sidecars_in_a_row_are_no_loop(shared_sidecar: Start) -> None:
    inner = shared_sidecar()
    outer = shared_sidecar({"upstreams": {"default": {"url": inner.url}}})
    assert get(outer.port, b"/through").status == 200
    forged = get(outer.port, b"/through", b"Via: 1.1 somebody, 1.0 sidecar-like")
    assert forged.status == 200


def test_what_may_go_so_far_goes_no_further(sidecar: Sidecar, origin: Origin) -> None:
    """RFC 9110 §7.6.2."""
    request = b"OPTIONS / HTTP/1.1\r\nHost: t\r\nMax-Forwards: %d\r\n\r\n"
    for hops in (2, 1, 0):
        with Client(sidecar.port, methods=(b"OPTIONS",)) as client:
            assert client.ask(request % hops).status == 200
    arrived = [one.request.one(b"max-forwards") for one in origin.take()]
    assert arrived == [b"1", b"0"]
