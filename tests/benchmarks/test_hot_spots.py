import pytest

from benchmarks.hot_spots import by_part, own_time, table, with_callees

LIB = "/home/x/lib/python3.11"
STACKS = f"""\
<module> (/x/sidecar/__main__.py:3);Pool.take (/x/sidecar/upstream/pool.py:10) 6
<module> (/x/sidecar/__main__.py:3);Pool.take (/x/sidecar/upstream/pool.py:12);run (asyncio/runners.py:1) 3
<module> (/x/sidecar/__main__.py:3);Door.serve ({LIB}/site-packages/aiohttp/web.py:9) 1
"""
OWN = [
    ("lines of one function are one", "sidecar/upstream/pool.py Pool.take", 6),
    ("a package is named from its home", "aiohttp/web.py Door.serve", 1),
    ("the standard library", "asyncio/runners.py run", 3),
]


@pytest.mark.parametrize(("rule", "name", "expected"), OWN)
def test_own_time(rule, name, expected):
    assert own_time(STACKS)[name] == expected, rule


def test_time_with_callees():
    whole = with_callees(STACKS)
    assert whole["sidecar/__main__.py <module>"] == 10
    assert whole["sidecar/upstream/pool.py Pool.take"] == 9


def test_table():
    lines = table(STACKS, 50.0, 1).splitlines()
    assert lines[2:] == [
        "| `sidecar/upstream/pool.py Pool.take` | 30.0 | 60.0% | 90.0% |",
        "| the rest | 20.0 | 40.0% | |",
    ]


def test_by_part():
    assert by_part(STACKS, 10.0).splitlines()[2:] == [
        "| `sidecar/upstream` | 6.0 | 60.0% |",
        "| `asyncio` | 3.0 | 30.0% |",
        "| `aiohttp` | 1.0 | 10.0% |",
    ]
