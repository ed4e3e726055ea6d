"""The worse of several endpoints is left out."""

from sidecar.policy.ejection import BASE, IN_A_ROW
from sidecar.units import Instant
from sidecar.upstream.endpoint import Address, Endpoint
from sidecar.upstream.outliers import compare
from sidecar.upstream.pool import Line, Pool
from sidecar.upstream.resolve import Fixed


def endpoints(count):
    found = [
        Endpoint(Address("127.0.0.1", n + 1), Pool(1, Line()), Fixed("127.0.0.1"))
        for n in range(count)
    ]
    compare(found)
    return found


def test_one_of_two():
    one, other = endpoints(2)
    for _ in range(IN_A_ROW):
        one.answered(Instant(10.0), failed=True)
        other.answered(Instant(10.0), failed=False)
    assert one.shunned_until == 10.0 + BASE
    assert other.shunned_until <= 10.0


def test_one_alone_is_not_compared():
    (one,) = endpoints(1)
    for _ in range(100):
        one.answered(Instant(10.0), failed=True)
    assert one.shunned_until <= 10.0
