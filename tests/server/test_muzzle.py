"""The transport that may not speak."""

import asyncio

from sidecar.server.muzzle import Muzzle
from tests.server.wire import Wire, transport


class Guarded:
    def __init__(self):
        self.diary = []

    def muzzled(self):
        self.diary.append("muzzled")

    def inner_closed(self):
        self.diary.append("closed")

    def hold(self):
        self.diary.append("hold")

    def let_go(self):
        self.diary.append("let go")


def test_it_never_speaks():
    wire, guard = Wire(), Guarded()
    muzzle = Muzzle(guard, transport(wire))
    assert isinstance(muzzle, asyncio.Transport)
    muzzle.write(b"HTTP/1.0 400 <script>")
    muzzle.writelines([b"a", b"b"])
    muzzle.write_eof()
    muzzle.close()
    assert wire.diary == []
    assert guard.diary == ["muzzled", "muzzled", "closed"]


def test_the_rest_is_the_transports():
    wire, guard = Wire(("192.0.2.1", 4711)), Guarded()
    muzzle = Muzzle(guard, transport(wire))
    muzzle.pause_reading()
    muzzle.resume_reading()
    assert not muzzle.is_closing()
    muzzle.abort()
    assert muzzle.is_closing()
    assert guard.diary == ["hold", "let go"]
    assert wire.diary == ["abort"]
    assert muzzle.get_extra_info("peername") == ("192.0.2.1", 4711)
    assert muzzle.get_extra_info("cipher", "none") == "none"


def test_there_is_never_anything_to_wait_for():
    muzzle = Muzzle(Guarded(), transport(Wire()))
    muzzle.set_write_buffer_limits(1, 1)
    assert muzzle.get_write_buffer_size() == 0
    assert not muzzle.can_write_eof()
