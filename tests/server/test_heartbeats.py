"""What a process sees of another's loop."""

from sidecar.server.heartbeats import Silence
from sidecar.units import Instant
from tests.server.fresh import python

SHARED = """
import os
from sidecar.server.heartbeats import Heartbeats
now = [100.0]
beats = Heartbeats(3, clock=lambda: now[0])
if not os.fork():
    now[0] = 107.0
    beats.beat(1)
    os._exit(0)
os.wait()
now[0] = 110.0
print([beats.last(slot) for slot in range(3)], beats.age(1))
"""


def test_a_childs_beats_are_seen_by_its_parent():
    assert python(SHARED).stdout == "[0.0, 107.0, 0.0] 3.0\n"


def looks(silence, *seen):
    return [silence.look(Instant(beat), Instant(now)) for beat, now in seen]


def test_silence_grows_until_the_next_beat():
    silence = Silence(Instant(1.0), Instant(1.0))
    assert looks(silence, (1.0, 2.0), (1.0, 3.0), (3.5, 4.0), (3.5, 5.0)) == [
        1.0,
        2.0,
        0.0,
        1.0,
    ]


def test_time_that_the_judge_slept_through_does_not_count():
    silence = Silence(Instant(1.0), Instant(1.0))
    assert looks(silence, (1.0, 3600.0)) == [Silence.AWAKE]
