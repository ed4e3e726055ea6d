"""Signals as bytes to read."""

import os
import select
import signal

from sidecar.server.signals import Signals

NUMBERS = (signal.SIGUSR1, signal.SIGUSR2)


def test_they_arrive_in_order_and_none_ends_us():
    with Signals(NUMBERS) as signals:
        for number in (signal.SIGUSR1, signal.SIGUSR2, signal.SIGUSR1):
            os.kill(os.getpid(), number)
        select.select([signals], [], [], 5)
        assert signals.read() == [signal.SIGUSR1, signal.SIGUSR2, signal.SIGUSR1]
        assert signals.read() == []
    assert signal.getsignal(signal.SIGUSR1) is signal.SIG_DFL


def test_a_flood_is_no_fault():
    with Signals(NUMBERS) as signals:
        for _ in range(20_000):
            os.kill(os.getpid(), signal.SIGUSR1)
        assert set(signals.read()) == {signal.SIGUSR1}
