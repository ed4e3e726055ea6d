import pytest

from benchmarks.loads import CONNECTIONS, Load, command, counted

REPORT = """\
Running 1s test @ http://127.0.0.1:8080/1k.json
  1 threads and 64 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency     1.52ms  200.00us   4.00ms   90.00%
    Req/Sec    42.10k     1.00k   43.00k    90.00%
"""
COUNTED = [
    ("seconds", "  46000 requests in 1.10s, 52.31MB read\n", 46000, 1.1, 52.31 * 2**20, ""),
    ("milliseconds", "  7 requests in 250.00ms, 512.00B read\n", 7, 0.25, 512.0, ""),
    ("minutes", "  9 requests in 1.00m, 1.00GB read\n", 9, 60.0, 2.0**30, ""),
    (
        "faults are kept",
        "  5 requests in 1.00s, 1.00KB read\n  Socket errors: connect 0, read 3, write 0, timeout 0\n  Non-2xx or 3xx responses: 2\n",
        5,
        1.0,
        1024.0,
        "Socket errors: connect 0, read 3, write 0, timeout 0; Non-2xx or 3xx responses: 2",
    ),
]  # fmt: skip


@pytest.mark.parametrize(
    ("rule", "given", "requests", "seconds", "read", "faults"), COUNTED
)
def test_counted(rule, given, requests, seconds, read, faults):
    seen = counted(REPORT + given)
    assert (seen.requests, seen.seconds, seen.faults) == (requests, seconds, faults), (
        rule
    )
    assert seen.read == pytest.approx(read)


@pytest.mark.parametrize(
    ("rule", "status", "refused", "faults"),
    [
        ("all are to be refused", 429, 1000, ""),
        ("but for the first", 429, 999, ""),
        ("too many passed", 429, 900, "Non-2xx or 3xx responses: 900"),
        ("none is to be", 200, 1, "Non-2xx or 3xx responses: 1"),
        ("and none was", 200, 0, ""),
        ("a 304 is none", 304, 0, ""),
    ],
)
def test_refusals_are_no_fault_where_they_are_asked_for(rule, status, refused, faults):
    given = "  1000 requests in 1.00s, 1.00KB read\n"
    if refused:
        given += f"  Non-2xx or 3xx responses: {refused}\n"
    assert counted(given, status).faults == faults


def test_another_output_is_an_error():
    with pytest.raises(ValueError, match="unable to connect"):
        counted("unable to connect to 127.0.0.1:1 Connection refused")


def test_a_command_ends_by_itself_and_stays_on_loopback():
    words = command(Load("/x", 1, "fields.lua", ("unique",)), 81, 7)
    assert words[words.index("-d") + 1] == "7s"
    assert words[words.index("-c") + 1] == str(CONNECTIONS)
    assert words[-3:] == ["http://127.0.0.1:81/x", "--", "unique"]
