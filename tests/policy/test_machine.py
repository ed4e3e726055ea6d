"""pybreaker's state machine, and what it tells."""

from sidecar.policy.machine import machine


def test_it_does_not_open_by_itself():
    told = []
    made = machine(told.append)
    for _ in range(1000):
        made.call(lambda: None)
    assert (made.current_state, told) == ("closed", [])


def test_who_listens_is_told():
    told = []
    made = machine(told.append)
    made.half_open()
    made.close()
    assert told == ["half_open", "closed"]
