"""What the guard makes of bytes, deadlines and endings: stories, told to a transport."""

import asyncio

import pytest

from sidecar.errors import BadRequest, RequestRefused, RequestTimedOut
from sidecar.policy.deadlines import Deadlines
from sidecar.server.client_state import State
from sidecar.server.client_wire import QUIET, RECEIVE_BUFFER
from sidecar.server.connections import Bounds, Connections
from sidecar.server.guard import Guard
from sidecar.server.lingering import LONGEST, MOST, SILENCE
from sidecar.units import Instant
from tests.proxy.script import request
from tests.server.wire import LIMITS, TIMEOUTS, End, Watch, Wire, entrance, transport

HEAD = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
CHUNKS = b"3\r\nabc\r\n0\r\nX-Trailer: y\r\n\r\n"
BAD = b"BREW / HTTP/1.1\r\n\r\n"


class Inner(asyncio.Protocol):
    """aiohttp's place."""

    def __init__(self, diary: list[str]) -> None:
        self.diary = diary
        self.muzzle: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.muzzle = transport  # type: ignore[assignment]

    def data_received(self, data: bytes) -> None:
        self.diary.append(f"got {len(data)}")

    def connection_lost(self, exc: Exception | None) -> None:
        self.diary.append("lost")


class Told:
    """A guard between a transport and a protocol that both write one diary."""

    def __init__(self, **options):
        self.clock = Watch()
        self.entrance = entrance(clock=self.clock, deadlines=Deadlines(), **options)
        self.wire = Wire()
        self.diary = self.wire.diary
        self.inner = Inner(self.diary)
        self.view = memoryview(bytearray(RECEIVE_BUFFER))
        self.guard = Guard(self.entrance, self.inner, self.refuse, self.view)
        self.guard.connection_made(transport(self.wire))
        self.other = End()

    def refuse(self, guard: Guard, error: RequestRefused) -> None:
        assert guard is self.guard
        self.diary.append(str(int(error.status)))

    def receive(self, data: bytes) -> None:
        for at in range(0, len(data), RECEIVE_BUFFER):
            piece = data[at : at + RECEIVE_BUFFER]
            self.guard.get_buffer(-1)[: len(piece)] = piece
            self.guard.buffer_updated(len(piece))

    def wait(self, seconds: float) -> None:
        self.clock.time += seconds
        self.entrance.deadlines.sweep(Instant(self.clock.time))

    def lose(self) -> None:
        """The transport reports the end that was asked for, or that came."""
        self.wire.closing = True
        self.guard.connection_lost(None)

    def serve(self, head=None) -> None:
        """aiohttp has woken up, and the door takes the head."""
        self.guard.parsed()
        assert self.guard.busy(head or request())

    def late(self, error: RequestRefused | None) -> None:
        assert isinstance(error, RequestTimedOut)
        self.diary.append("body late")

    def upload(self) -> None:
        self.serve(request(content_length=9))
        self.guard.on_body = self.late
        self.guard.expect_body(5.0)

    def block(self, size: int) -> None:
        self.wire.buffered = size
        self.guard.pause_writing()

    def upgrade(self) -> None:
        self.serve(request(upgrade=b"websocket"))
        self.guard.carry(self.other)


def receive(data):
    return lambda told: told.receive(data)


def flood(size):
    return lambda told: told.receive(bytes(size))


def wait(seconds):
    return lambda told: told.wait(seconds)


def do(name, *arguments, **named):
    return lambda told: getattr(told, name)(*arguments, **named)


def guard(name, *arguments, **named):
    return lambda told: getattr(told.guard, name)(*arguments, **named)


def buffered(size):
    return lambda told: setattr(told.wire, "buffered", size)


def read_all(told):
    told.guard.read_all = True


def muzzle(name, *arguments):
    return lambda told: getattr(told.inner.muzzle, name)(*arguments)


GOT = f"got {len(HEAD)}"
SERVED = (receive(HEAD), do("serve"))
ENDED = ("eof", "resume")  # lingering has begun

STORIES = [
    # story, what happens, what the diary says then, in which state
    ("fresh, nothing comes", (wait(9.9),), [], State.FRESH),
    ("fresh, nothing came", (wait(10.1),), ["close"], State.ENDING),
    ("half a head in time", (receive(b"GET"), wait(9.9)), [], State.HEAD),
    (
        "half a head, and no more",
        (receive(b"GET"), wait(10.1)),
        ["408", *ENDED],
        State.ENDING,
    ),
    (
        "dripping does not buy time",
        (receive(b"G"), wait(6), receive(b"E"), wait(6)),
        ["408", *ENDED],
        State.ENDING,
    ),
    (
        "aiohttp makes nothing of a head",
        (receive(HEAD), wait(10.1)),
        [GOT, "408", *ENDED],
        State.ENDING,
    ),
    (
        "aiohttp has made a request of it, which waits to be served",
        (receive(HEAD), guard("parsed"), wait(9999)),
        [GOT],
        State.BUSY,
    ),
    ("served without a deadline", (*SERVED, wait(9999)), [GOT], State.BUSY),
    ("idle in time", (*SERVED, guard("idle"), wait(74)), [GOT], State.IDLE),
    ("idle too long", (*SERVED, guard("idle"), wait(76)), [GOT, "close"], State.ENDING),
    (
        "the next head after an idle while has its own deadline",
        (*SERVED, guard("idle"), wait(70), receive(b"G"), wait(9)),
        [GOT],
        State.HEAD,
    ),
    (
        "a line end too many is not the next head",
        (*SERVED, guard("idle"), receive(b"\r\n"), wait(74)),
        [GOT],
        State.IDLE,
    ),
    (
        "a head that began behind the last has a deadline from then on",
        (*SERVED, receive(b"GET"), guard("idle"), wait(10.1)),
        [GOT, "408", *ENDED],
        State.ENDING,
    ),
    (
        "a head that came whole behind the last",
        (receive(HEAD * 2), do("serve"), guard("idle"), do("serve"), guard("idle")),
        [GOT, GOT],
        State.IDLE,
    ),
    (
        "a malformed one that came whole behind the last",
        (receive(HEAD + b"\r\n\r\n"), do("serve"), guard("idle")),
        [GOT, "400", *ENDED],
        State.ENDING,
    ),
    (
        "a body behind its head is not taken for a head",
        (receive(HEAD + b"x" * 200_000), do("serve", request(content_length=200_000))),
        [GOT, "pause", "resume", "got 200000"],
        State.BUSY,
    ),
    (
        "a chunked body is not handed on, but its end",
        (receive(HEAD), do("serve", request(chunked=True)), receive(CHUNKS)),
        [GOT, "got 5"],
        State.BUSY,
    ),
    (
        "what is pipelined behind a request waits, up to a limit",
        (*SERVED, receive(HEAD * 3000), guard("idle")),
        [GOT, "pause", "resume", GOT],
        State.BUSY,
    ),
    (
        "a body in time",
        (receive(HEAD), do("upload"), wait(4), guard("expect_body", 5.0), wait(4)),
        [GOT],
        State.BUSY,
    ),
    (
        "a body too late is told once",
        (receive(HEAD), do("upload"), wait(5.1), wait(5.1)),
        [GOT, "body late"],
        State.BUSY,
    ),
    (
        "a body that was waited for leaves no deadline behind",
        (receive(HEAD), do("upload"), guard("expect_body", None), wait(999)),
        [GOT],
        State.BUSY,
    ),
    (
        "... and takes none away from lingering",
        (
            receive(HEAD),
            do("upload"),
            guard("linger"),
            guard("expect_body", None),
            wait(SILENCE),
        ),
        [GOT, *ENDED, "close"],
        State.ENDING,
    ),
    (
        "a client that takes nothing",
        (*SERVED, do("block", 9000), wait(30.1)),
        [GOT, "abort"],
        State.BUSY,
    ),
    (
        "a client that takes a little",
        (*SERVED, do("block", 9000), buffered(8000), wait(30.1)),
        [GOT],
        State.BUSY,
    ),
    (
        "... and then nothing",
        (*SERVED, do("block", 9000), buffered(8000), wait(30.1), wait(30.1)),
        [GOT, "abort"],
        State.BUSY,
    ),
    (
        "a client that takes all",
        (*SERVED, do("block", 9000), buffered(0), guard("resume_writing"), wait(999)),
        [GOT],
        State.BUSY,
    ),
    (
        "a head larger than allowed, while it arrives",
        (receive(b"GET / HTTP/1.1\r\nX: " + b"x" * LIMITS.head),),
        ["431", *ENDED],
        State.ENDING,
    ),
    (
        "a target larger than allowed, while it arrives",
        (receive(b"GET /" + b"x" * LIMITS.head),),
        ["414", *ENDED],
        State.ENDING,
    ),
    (
        "what follows an answer is read and forgotten",
        (*SERVED, guard("linger"), flood(MOST - 1)),
        [GOT, *ENDED],
        State.ENDING,
    ),
    (
        "... up to a limit, and then the client has to wait",
        (*SERVED, guard("linger"), flood(MOST)),
        [GOT, *ENDED, "pause"],
        State.ENDING,
    ),
    (
        "... which ends as silence does",
        (*SERVED, guard("linger"), flood(MOST), wait(SILENCE)),
        [GOT, *ENDED, "pause", "close"],
        State.ENDING,
    ),
    (
        "... while something comes",
        (*SERVED, guard("linger"), *(wait(SILENCE - 0.1), receive(b"x")) * 4),
        [GOT, *ENDED],
        State.ENDING,
    ),
    (
        "... but not for ever",
        (*SERVED, guard("linger"), *(wait(LONGEST / 8), receive(b"x")) * 8),
        [GOT, *ENDED, "close"],
        State.ENDING,
    ),
    (
        "... and for a while when nothing comes",
        (*SERVED, guard("linger"), wait(SILENCE - 0.1), wait(0.2)),
        [GOT, *ENDED, "close"],
        State.ENDING,
    ),
    (
        "an end that nobody takes",
        (*SERVED, buffered(5), guard("close"), wait(30.1)),
        [GOT, "close", "abort"],
        State.ENDING,
    ),
    (
        "an end that somebody takes slowly",
        (
            *SERVED,
            buffered(5),
            guard("close"),
            buffered(4),
            wait(30.1),
            buffered(3),
            wait(30.1),
        ),
        [GOT, "close"],
        State.ENDING,
    ),
    (
        "aiohttp refuses what it read",
        (receive(BAD), muzzle("write", b"HTTP/1.0 400")),
        ["got 19", "501", *ENDED],
        State.ENDING,
    ),
    (
        "aiohttp speaks twice",
        (receive(BAD), muzzle("write", b"a"), muzzle("writelines", [b"b"])),
        ["got 19", "501", *ENDED],
        State.ENDING,
    ),
    (
        "aiohttp speaks where only a defect makes it speak",
        (*SERVED, muzzle("write", b"HTTP/1.1 500")),
        [GOT, "abort"],
        State.BUSY,
    ),
    (
        "aiohttp closes when all was read",
        (*SERVED, read_all, muzzle("close")),
        [GOT, "close"],
        State.ENDING,
    ),
    (
        "aiohttp closes while more may come",
        (*SERVED, muzzle("close")),
        [GOT, *ENDED],
        State.ENDING,
    ),
    (
        "aiohttp closes after a refusal that followed a good request",
        (
            *SERVED,
            read_all,
            guard("idle"),
            receive(BAD),
            muzzle("write", b"x"),
            muzzle("close"),
        ),
        [GOT, "got 19", "501", *ENDED],
        State.ENDING,
    ),
    (
        "a drain finds it quiet",
        (wait(QUIET), guard("close_if_idle")),
        ["close"],
        State.ENDING,
    ),
    (
        "a drain finds it idle, and just so",
        (*SERVED, guard("idle"), wait(QUIET / 2), guard("close_if_idle")),
        [GOT],
        State.IDLE,
    ),
    (
        "a drain finds it idle",
        (*SERVED, guard("idle"), wait(QUIET), guard("close_if_idle")),
        [GOT, "close"],
        State.ENDING,
    ),
    (
        "a drain finds it forgetting what still comes",
        (*SERVED, guard("linger"), wait(QUIET), receive(b"x"), guard("close_if_idle")),
        [GOT, *ENDED],
        State.ENDING,
    ),
    (
        "a drain finds a head",
        (receive(b"GET"), wait(QUIET), guard("close_if_idle")),
        [],
        State.HEAD,
    ),
    (
        "a drain finds it busy",
        (*SERVED, wait(QUIET), guard("close_if_idle")),
        [GOT],
        State.BUSY,
    ),
    (
        "idle is said of what has ended meanwhile",
        (*SERVED, guard("close"), guard("idle")),
        [GOT, "close"],
        State.ENDING,
    ),
    ("the client leaves", (*SERVED, do("lose")), [GOT, "lost"], State.CLOSED),
]


@pytest.mark.parametrize(
    ("story", "events", "diary", "state"), STORIES, ids=[row[0] for row in STORIES]
)
def test_stories(story, events, diary, state):
    told = Told()
    for event in events:
        event(told)
    assert (told.diary, told.guard.state) == (diary, state)


@pytest.mark.parametrize(
    "events", [row[1] for row in STORIES], ids=[row[0] for row in STORIES]
)
def test_every_story_leaves_nothing_behind(events):
    told = Told(connections=Connections(Bounds(1, per_address=1)))
    for event in events:
        event(told)
    if told.guard.state is not State.CLOSED:
        told.lose()
    assert len(told.entrance.connections) == 0
    assert len(told.entrance.deadlines) == 0
    # Left once, and not twice: there is room for one more, and no more than one.
    one, two = Told(connections=told.entrance.connections), Wire()
    assert one.guard.state is State.FRESH
    second = Guard(one.entrance, one.inner, one.refuse, one.view)
    second.connection_made(transport(two))
    assert two.diary == ["write", "close"]


def test_nothing_is_answered_after_the_end():
    told = Told()
    told.receive(HEAD)
    told.guard.linger()
    assert not told.guard.busy(request())
    assert told.diary == [GOT, *ENDED]


def test_a_wire_that_cannot_half_close_is_closed():
    told = Told()
    told.receive(HEAD)
    told.serve()
    told.wire.half_closes = False
    told.guard.linger()
    assert told.diary == [GOT, "close"]


def test_the_end_of_the_clients_bytes_ends_the_connection():
    told = Told()
    told.receive(HEAD)
    assert not told.guard.eof_received()


async def test_a_tunnel():
    told = Told()
    told.receive(HEAD)
    told.upgrade()
    told.receive(b"up")
    told.wait(9999)
    told.guard.pause_writing()
    told.guard.resume_writing()
    assert told.guard.eof_received()
    told.guard.refuse(BadRequest())  # nothing can be said in a tunnel
    assert told.other.diary == ["received up", "pause", "resume", "eof"]
    assert told.diary == [GOT]
    told.lose()
    assert told.other.diary[-1] == "lost"
    # aiohttp would cancel the exchange, which ends by itself.
    assert told.diary == [GOT]
    await asyncio.sleep(0)
    assert told.diary == [GOT, "lost"]


def test_what_follows_the_end_of_a_tunnel_is_not_passed_on():
    told = Told()
    told.upgrade()
    told.guard.close()
    told.receive(b"late")
    assert told.other.diary == []


def test_one_that_there_is_no_room_for():
    full = Connections(Bounds(1))
    told = Told(connections=full)
    refused = Told(connections=full)
    assert refused.diary == ["write", "close"]
    assert refused.wire.sent.startswith(b"HTTP/1.1 503 ")
    refused.receive(HEAD)
    refused.lose()
    assert refused.diary == ["write", "close", "lost"]
    assert len(full) == 1
    assert len(refused.entrance.deadlines) == 0
    told.lose()
    assert len(full) == 0


def test_deadlines_are_those_of_the_entrance():
    told = Told()
    assert told.guard.due == told.clock.time + TIMEOUTS.head
    told.receive(HEAD)
    told.serve()
    assert told.guard.due == float("inf")
    told.guard.idle()
    assert told.guard.due == told.clock.time + TIMEOUTS.idle
