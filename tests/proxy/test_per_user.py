"""How many of one user may be there, and what other workers are told of them."""

import pytest

from sidecar.proxy.per_user import PerUser, alone


class Others:
    """Another worker; writes down what it is told."""

    def __init__(self, there=0):
        self.there, self.diary = there, []

    def move(self, user, by):
        self.diary.append(by)

    def count(self, user):
        return self.there


@pytest.mark.parametrize(
    ("there", "enforced", "fits", "told"),
    [
        (0, True, [True, True, False], [1, 1, 1, -1]),
        (1, True, [True, False, False], [1, 1, -1, 1, -1]),
        (2, True, [False] * 3, [1, -1] * 3),
        (2, False, [False] * 3, [1] * 3),
    ],
)
def test_those_of_other_workers_count(there, enforced, fits, told):
    others = Others(there)
    users = PerUser(2, enforced=enforced, elsewhere=others)
    assert [users.enter(b"a") for _ in range(3)] == fits
    assert others.diary == told
    for _ in range(sum(told)):
        users.leave(b"a")
    assert sum(others.diary) == len(users) == 0


def test_a_worker_that_is_alone():
    users = PerUser(1, elsewhere=alone(b"route"))
    assert [users.enter(b"a"), users.enter(b"a"), users.enter(b"b")] == [
        True,
        False,
        True,
    ]
    assert len(users) == 2
