"""Coder: the codecs of a route, at the level that the moment allows."""

from collections.abc import Mapping
from secrets import randbelow
from typing import Protocol

from sidecar.coding.codec import Codec, Encoder
from sidecar.coding.levels import Levels, codecs, eased, streaming
from sidecar.policy.pressure import Level, Pressure
from sidecar.proxy.remembered import UNREMEMBERED
from sidecar.units import Bytes

# What a stream holds is some hundred KiB.
MOST_STREAMS = 256


class Streams:
    """How many contents of one worker are being compressed as they come."""

    __slots__ = ("most", "open")

    def __init__(self, most: int = MOST_STREAMS) -> None:
        self.most = most
        self.open = 0


class Forms(Protocol):
    """Coded forms, made anew or remembered (`proxy.remembered`)."""

    def coded(self, codec: Codec, content: bytes, digest: bytes, /) -> bytes: ...


class Coder:
    """`padding` is the most random bytes that a content is padded with, so that its
    length tells less of what is in it (BREACH).
    """

    def __init__(
        self,
        levels: Levels,
        pressure: Pressure,
        streams: Streams,
        padding: Bytes,
        forms: Forms = UNREMEMBERED,
    ) -> None:
        self._whole = codecs(levels), codecs(eased(levels))
        self._streaming = codecs(streaming(levels)), codecs(eased(levels))
        self._pressure = pressure
        self._streams = streams
        self._padding = padding
        self._forms = forms
        self.inline = min(codec.inline for codec in self._whole[0].values())
        """What is no longer takes no coding any time, at the least eased level."""

    @property
    def has_time(self) -> bool:
        return self._pressure.level < Level.COMPRESSION

    def takes_time(self, coding: bytes, size: Bytes) -> bool:
        """Whether `compress` would hold up the event loop."""
        return size > self.inline and size > self._now(self._whole)[coding].inline

    def compress(
        self, coding: bytes, content: bytes, digest: bytes | None, *, padded: bool
    ) -> bytes:
        """`digest`, of the content: what its form is remembered by; None: it is not.

        It is remembered without the padding, which is another one each time.
        """
        codec = self._now(self._whole)[coding]
        if digest is None:
            coded = codec.compress(content)
        else:
            coded = self._forms.coded(codec, content, digest)
        more = self._bytes_more(padded=padded)
        return codec.padded(coded, more) if more else coded

    def encoder(self, coding: bytes, *, padded: bool) -> Encoder | None:
        """None where there are too many; else `ended` is called once it is over."""
        if self._streams.open >= self._streams.most:
            return None
        self._streams.open += 1
        codec = self._now(self._streaming)[coding]
        return codec.encoder(self._bytes_more(padded=padded))

    def ended(self) -> None:
        self._streams.open -= 1

    def _now(
        self, of: tuple[Mapping[bytes, Codec], Mapping[bytes, Codec]]
    ) -> Mapping[bytes, Codec]:
        return of[self._pressure.level >= Level.LEVELS]

    def _bytes_more(self, *, padded: bool) -> Bytes:
        return randbelow(self._padding + 1) if padded else 0
