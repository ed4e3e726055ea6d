"""A rendering with everything on, and what it counted."""

import json
from dataclasses import replace
from typing import Any

from sidecar.coding.levels import WORDS
from sidecar.policy.compression import Compression
from sidecar.policy.media_types import MediaTypes
from sidecar.policy.pressure import Pressure
from sidecar.policy.validation import Validation
from sidecar.proxy.coder import Coder, Streams
from sidecar.proxy.lightening import Lightening
from sidecar.proxy.remembered import Remembered
from sidecar.proxy.selecting import Selecting
from sidecar.proxy.tally import Counting
from sidecar.proxy.workshop import Workshop
from tests.coding.contract import UNDO
from tests.proxy.script import exchange, request, response, route

TEXT = b"The same again and again, %d. " * 500
PLAIN = b"text/plain"
JSON = b"application/json"
DOCUMENT = json.dumps([{"id": n, "name": f"n{n}"} for n in range(300)]).encode()


class Counts:
    """What a rendering said that it did."""

    def __init__(self) -> None:
        self.coded_bytes: list[tuple[bytes, int, int]] = []
        self.skips: list[str] = []
        self.confirmed = 0

    def coded(self, coding: bytes, before: int, after: int) -> None:
        self.coded_bytes.append((coding, before, after))

    def skipped(self, reason: str) -> None:
        self.skips.append(reason)

    def not_modified(self) -> None:
        self.confirmed += 1


class Light:
    """The rendering, and a request through it."""

    def __init__(self, **more: Any) -> None:
        self.counts = Counts()
        self.pressure = Pressure()
        self.streams = Streams(most=2)
        self.remembered = Remembered(1 << 20)
        compression = Compression(
            100, (b"zstd", b"br", b"gzip"), MediaTypes(["text/*", "application/json"])
        )
        levels = more.pop("levels", WORDS["balanced"])
        rendering = Lightening(
            compression=compression,
            validation=Validation(),
            selecting=Selecting(b"fields"),
            coder=Coder(levels, self.pressure, self.streams, 16, self.remembered),
            workshop=Workshop(most=1),
            tally=Counting(self.counts, self.pressure),
        )
        self.rendering = replace(rendering, **more)

    def asked(self, target: bytes = b"/", method: bytes = b"GET", **said: bytes):
        values = {name.replace("_", "-").encode(): one for name, one in said.items()}
        one = exchange(
            None,
            request(method, target, values=values),
            route(rendering=self.rendering),
        )
        self.refused = self.rendering.receive(one)
        return one

    def whole(self, one, content: bytes = TEXT, kind: bytes = PLAIN, **fields: Any):
        return self.rendering.whole(one, origin(content, kind, **fields), content)


def origin(
    content: bytes = TEXT, kind: bytes = PLAIN, status: int = 200, **fields: Any
):
    """What the upstream says."""
    length = fields.pop("content_length", len(content))
    bodiless = fields.pop("bodiless", False)
    named = [(n.replace("_", "-").encode(), v) for n, v in fields.items()]
    return response(
        status,
        [(b"content-type", kind), *named],
        content_length=length,
        bodiless=bodiless,
        passing=[],
    )


def undone(head: Any, content: bytes) -> bytes:
    coding = head.values.get(b"content-encoding")
    return content if coding is None else UNDO[coding](content)
