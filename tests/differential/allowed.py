"""Allowed: how the two doors may differ, each with its reason and an example.

A row says which requests it is about; of a case that holds one, what comes before
that request is compared, and the rest is not. Its example differs without it; where
that is no longer so, tests/differential/test_allowed.py says to strike it out.
"""

import re
from dataclasses import dataclass, replace

from tests.differential.case import Case
from tests.differential.talk import Talk

GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Row:
    name: str
    reason: str
    about: re.Pattern[bytes]
    example: Case

    def place(self, case: Case) -> int | None:
        """The first request that this is about."""
        for place, raw in enumerate(case.requests):
            if self.about.search(raw):
                return place
        return None


def before(place: int, talks: tuple[Talk, Talk]) -> tuple[Talk, Talk]:
    """What both doors did until the request at `place`."""
    asked = min(len(talk.asked) for talk in talks)
    one, two = (
        replace(
            talk,
            replies=talk.replies[:place],
            in_time=min(talk.in_time, place),
            rest=b"",
            ended_in_time="",
            ended="",
            asked=talk.asked[:asked],
        )
        for talk in talks
    )
    return one, two


_SINGLE = rb"content-(?:location|range)|etag|max-forwards|server|user-agent"

ROWS: tuple[Row, ...] = (
    Row(
        "repeated single field",
        "aiohttp refuses a second line of any field that is single by its grammar. "
        "The gate refuses those on which somebody decides, and passes the others on, "
        "as the upstream would have got them without us.",
        re.compile(rb"(?is)\r\n(%b):.*\r\n\1:" % _SINGLE),
        Case((GET[:-2] + b"Max-Forwards: 1\r\nMax-Forwards: 2\r\n\r\n",)),
    ),
)
