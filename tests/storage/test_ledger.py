"""Numbers and values that processes share: exact, bounded, and never an error."""

import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sidecar.storage.ledger import LONGEST, MOST_VALUES, Ledger
from sidecar.storage.ledger_file import SIZE, Reason
from sidecar.units import Instant
from tests.storage.counting import NUMBER, TOTAL

ROOT = Path(__file__).parents[2]
NOW, LATER = Instant(100.0), Instant(200.0)


@pytest.fixture
def ledger(tmp_path):
    one = Ledger(tmp_path / "ledger")
    yield one
    one.close()


def faults(ledger):
    return {reason: count for reason, count in ledger.faults.items() if count}


def test_a_number_starts_at_nothing(ledger):
    assert ledger.number(b"a") == 0.0
    assert ledger.add(b"a") == 1.0
    assert ledger.add(b"a", 2.5) == 3.5
    assert ledger.number(b"a") == 3.5


@pytest.mark.parametrize(
    ("rule", "key"),
    [
        ("empty", b""),
        ("short", b"a"),
        ("the longest that is kept", b"k" * 32),
        ("longer", b"k" * 33),
        ("longer than LMDB takes", b"k" * 10_000),
        ("any bytes", bytes(range(256))),
    ],
)
def test_any_key(rule, key, ledger):
    ledger.add(key)
    ledger.add(b"k" * 5000)
    assert ledger.number(key) == 1.0
    ledger.put(key, b"value", NOW)
    assert ledger.value(key, NOW) == b"value"
    assert not faults(ledger)


def test_long_keys_that_differ_at_the_end_differ(ledger):
    ledger.add(b"k" * 1000 + b"a")
    assert ledger.number(b"k" * 1000 + b"b") == 0.0


def test_several_numbers_change_together(ledger):
    ledger.add(b"a", 5)
    ledger.change((b"a", b"b"), lambda found: [found[0] - 1, found[1] + 1])
    assert (ledger.number(b"a"), ledger.number(b"b")) == (4.0, 1.0)


def test_numbers_may_be_changed_in_place(ledger):
    def work(found):
        found[0] += 1
        return found

    ledger.change((b"a",), work)
    ledger.change((b"a",), work)
    assert ledger.number(b"a") == 2.0


def test_what_fails_in_between_changes_nothing(ledger):
    ledger.add(b"a", 5)
    with pytest.raises(ZeroDivisionError):
        ledger.change((b"a",), lambda _: [1 / 0])
    with pytest.raises(ValueError, match="argument"):
        ledger.change((b"a", b"b"), lambda _: [7.0])
    assert ledger.number(b"a") == 5.0
    assert ledger.number(b"b") == 0.0


def test_a_value_until_it_expires(ledger):
    ledger.put(b"a", b"one", NOW, until=LATER)
    assert ledger.value(b"a", NOW) == b"one"
    assert ledger.value(b"a", LATER) is None
    assert ledger.value(b"b", NOW) is None


def test_a_value_is_swapped_for_what_it_was(ledger):
    seen = []

    def work(found):
        seen.append(found)
        return (found or b"") + b"x"

    assert ledger.swap(b"a", work, NOW, LATER) == b"x"
    assert ledger.swap(b"a", work, NOW, LATER) == b"xx"
    assert ledger.swap(b"a", work, LATER) == b"x"
    assert seen == [None, b"x", None]


def test_a_value_is_taken_away(ledger):
    ledger.put(b"a", b"one", NOW)
    assert ledger.swap(b"a", lambda _: None, NOW) is None
    assert ledger.value(b"a", NOW) is None


def test_epochs_only_grow(ledger):
    assert ledger.epoch(b"products") == 0
    assert ledger.advance(b"products") == 1
    assert ledger.advance(b"products") == 2
    assert ledger.epoch(b"products") == 2
    assert ledger.epoch(b"others") == 0


KEYS = st.sampled_from([b"a", b"b", b"c" * 100])
STEPS = st.lists(
    st.tuples(st.just("add"), KEYS, st.integers(-5, 5))
    | st.tuples(st.just("put"), KEYS, st.binary(max_size=20))
    | st.tuples(st.just("drop"), KEYS, st.none()),
    max_size=30,
)


@settings(max_examples=25, deadline=None)
@given(STEPS)
def test_it_is_like_two_dictionaries(tmp_path_factory, steps):
    ledger = Ledger(tmp_path_factory.mktemp("ledger"))
    numbers: dict = {}
    values: dict = {}
    for kind, key, operand in steps:
        if kind == "add":
            numbers[key] = numbers.get(key, 0) + operand
            assert ledger.add(key, operand) == numbers[key]
        elif kind == "put":
            values[key] = operand
            ledger.put(key, operand, NOW)
        else:
            values.pop(key, None)
            ledger.swap(key, lambda _: None, NOW)
        assert ledger.number(key) == numbers.get(key, 0)
        assert ledger.value(key, NOW) == values.get(key)
    ledger.close()
    assert not faults(ledger)


def test_a_flood_of_keys_forgets_the_idle_and_keeps_the_busy(tmp_path):
    ledger = Ledger(tmp_path / "ledger", most=100)
    ledger.add(b"idle")
    for number in range(1000):
        ledger.add(b"busy")
        ledger.add(b"flood %d" % number)
    assert ledger.number(b"busy") == 1000.0
    assert ledger.number(b"idle") == 0.0
    assert ledger.number(b"flood 999") == 1.0
    assert 850 <= ledger.forgotten <= 1000
    assert not faults(ledger)
    ledger.close()


def test_the_most_numbers_there_may_be_have_room(tmp_path):
    ledger = Ledger(tmp_path / "ledger")
    keys = [b"%040d" % number for number in range(100_000)]
    for start in range(0, len(keys), 10):
        ledger.change(keys[start : start + 10], lambda found: [1.0] * len(found))
    assert not faults(ledger)
    assert ledger.forgotten > 0
    assert ledger.number(keys[-1]) == 1.0
    ledger.close()


def test_values_are_bounded_and_what_expired_makes_room(ledger):
    for number in range(MOST_VALUES):
        ledger.put(b"%d" % number, b"x", NOW, until=LATER)
    ledger.put(b"one more", b"x", NOW, until=LATER)
    assert ledger.value(b"one more", NOW) is None
    assert faults(ledger) == {Reason.FULL: 1}
    ledger.put(b"7", b"y", NOW, until=LATER)
    assert ledger.value(b"7", NOW) == b"y"
    ledger.put(b"one more", b"x", LATER)
    assert ledger.value(b"one more", LATER) == b"x"


def test_a_value_too_long_is_not_kept(ledger):
    assert ledger.swap(b"a", lambda _: b"x" * (LONGEST + 1), NOW)
    assert ledger.value(b"a", NOW) is None
    assert faults(ledger) == {Reason.FULL: 1}


@pytest.mark.parametrize(
    ("rule", "content"),
    [
        ("empty", b""),
        ("zeros", bytes(SIZE)),
        ("not LMDB at all", b"SQLite format 3\0" * 4096),
        ("noise", random.Random(7).randbytes(1 << 16)),
        ("cut short", None),
    ],
)
def test_a_file_that_cannot_be_used_is_replaced(rule, content, tmp_path):
    folder = tmp_path / "ledger"
    first = Ledger(folder)
    first.add(b"a")
    first.close()
    data = folder / "1" / "data.mdb"
    data.write_bytes(data.read_bytes()[:4096] if content is None else content)
    ledger = Ledger(folder)
    assert ledger.add(b"a") in {1.0, 2.0}
    ledger.tick()
    ledger.tick()
    ledger.add(b"b")
    assert ledger.add(b"b") == 2.0
    ledger.close()


def test_while_there_is_no_file_everything_is_empty_and_counted(ledger):
    ledger.add(b"a", 5)
    ledger.put(b"a", b"x", NOW)
    ledger.close()
    assert ledger.add(b"a") == 1.0
    assert ledger.number(b"a") == 0.0
    assert ledger.value(b"a", NOW) is None
    assert (
        ledger.swap(b"a", lambda found: b"new" if found is None else b"", NOW) == b"new"
    )
    assert ledger.advance(b"e") == 1
    assert faults(ledger) == {Reason.CLOSED: 5}


def test_work_is_called_once_whatever_happens(ledger):
    calls = []

    def work(found):
        calls.append(found)
        return found

    ledger.change((b"a", b"b"), work)
    ledger.close()
    ledger.change((b"a", b"b"), work)
    assert calls == [[0.0, 0.0], [0.0, 0.0]]


def test_a_folder_that_cannot_be_made_is_counted(tmp_path):
    (tmp_path / "file").write_text("")
    ledger = Ledger(tmp_path / "file")
    assert ledger.add(b"a") == 1.0
    ledger.tick()
    assert ledger.faults[Reason.OTHER] == 2
    ledger.close()


def start(folder, name, goal, seen):
    return subprocess.Popen(
        [sys.executable, "-m", "tests.storage.counting", folder, name, str(goal), seen],
        cwd=ROOT,
    )


@pytest.mark.timeout(900)
def test_counted_by_processes_that_are_killed_is_exact(tmp_path):
    """What was acknowledged is there; what was not, is there whole or not at all."""
    goal, names = 250_000, ["one", "two", "three", "four"]
    folder = tmp_path / "ledger"
    Ledger(folder).close()
    seen = {name: tmp_path / name for name in names}
    for file in seen.values():
        file.write_bytes(NUMBER.pack(0.0))
    running = {name: start(folder, name, goal, seen[name]) for name in names}
    chance, kills, last = random.Random(20), 0, ""
    ledger: Ledger | None = None
    try:
        while running:
            time.sleep(0.05)  # how often somebody is killed, at most
            for name in [name for name in running if running[name].poll() is not None]:
                assert running.pop(name).returncode == 0
            far = {name: NUMBER.unpack(seen[name].read_bytes())[0] for name in running}
            victims = [name for name in far if name != last and 0 < far[name] < goal]
            if not victims or kills >= 40:
                continue
            last = chance.choice(victims)
            running[last].send_signal(signal.SIGKILL)
            running[last].wait()
            kills += 1
            acknowledged = NUMBER.unpack(seen[last].read_bytes())[0]
            ledger = Ledger(folder)
            counted = ledger.number(last.encode())
            ledger.close()
            assert counted in {acknowledged, acknowledged + 1}
            running[last] = start(folder, last, goal, seen[last])
    finally:
        for process in running.values():
            process.kill()
            process.wait()
    ledger = Ledger(folder)
    assert [ledger.number(name.encode()) for name in names] == [goal] * 4
    assert ledger.number(TOTAL) == 4 * goal
    assert kills >= 8
    assert not faults(ledger)
    ledger.close()
    assert [path.name for path in folder.iterdir()] == ["1"]
