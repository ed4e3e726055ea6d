"""Crowd: many clients at once, each on a connection of its own; what became of them.

For counts, not for bytes: `harness.client` reads those.
"""

import asyncio
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

GONE = 0
"""The status of who was cut off, or gave up."""


@dataclass(frozen=True, slots=True)
class Fate:
    status: int
    took: float
    began: float = 0.0


def request(target: bytes = b"/", *fields: bytes) -> bytes:
    lines = (b"GET " + target + b" HTTP/1.1", b"Host: t", *fields)
    return b"\r\n".join(lines) + b"\r\n\r\n"


async def ask(port: int, data: bytes, patience: float) -> Fate:
    """One client: connect, ask, read the head of the answer, leave."""
    began = time.monotonic()
    writer = None
    status = GONE
    try:
        async with asyncio.timeout(patience):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(data)
            line = await reader.readline()
            status = int(line.split()[1]) if line else GONE
    except (OSError, TimeoutError):
        pass
    finally:
        if writer is not None:
            writer.close()
    return Fate(status, time.monotonic() - began, began)


async def rush(
    ports: Sequence[int], requests: Iterable[bytes], patience: float = 60.0
) -> list[Fate]:
    """All of them at once, over the ports in turn."""
    return await asyncio.gather(
        *(ask(ports[n % len(ports)], one, patience) for n, one in enumerate(requests))
    )


async def stream(
    port: int, rate: float, seconds: float, data: bytes, patience: float
) -> list[Fate]:
    """So many a second, whatever becomes of those before: an open loop."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    tasks = []
    for n in range(int(rate * seconds)):
        await asyncio.sleep(max(0.0, began + n / rate - loop.time()))
        tasks.append(loop.create_task(ask(port, data, patience)))
    return list(await asyncio.gather(*tasks))


def statuses(fates: Iterable[Fate]) -> dict[int, int]:
    found: dict[int, int] = {}
    for fate in fates:
        found[fate.status] = found.get(fate.status, 0) + 1
    return found
