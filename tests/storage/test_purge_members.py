import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sidecar.storage.labels import cut
from sidecar.storage.patterns import NOT_PURGED
from sidecar.storage.purge_members import Purges, cut_of, members
from sidecar.storage.store import Purge
from tests.storage.entries import stored
from tests.storage.test_epochs import PURGES, TAGS, URLS, is_meant

ENTRY = stored(tags=(b"t",))


@given(PURGES)
def test_members_say_all_of_a_purge(purge):
    command = cut(purge)
    said = list(members(command))
    found = [one for one in map(cut_of, said) if one is not None]
    assert len(found) == len(said)
    assert all(one.soft == command.soft for one in found)
    assert tuple(d for one in found for d in one.digests) == command.digests
    assert tuple(p for one in found for p in one.patterns) == command.patterns
    assert any(one.everything for one in found) == command.everything


def test_a_pattern_need_not_be_ascii():
    command = cut(Purge(patterns=("/café/*".encode(),), origin=b"http://a"))
    (member,) = members(command)
    assert cut_of(member) == command


@pytest.mark.parametrize(
    "member",
    [
        b"",
        b"h",
        b"F",
        b"B",
        b"hd",
        b"hdshort",
        b"hpwithout",
        b"hp /\xff",
        b"h*x",
        b"xd" + b"0" * 16,
        b"hq*",
    ],
)
def test_what_is_no_member(member):
    assert cut_of(member) is None


@settings(max_examples=60)
@given(
    st.lists(PURGES, max_size=6), st.sampled_from(URLS), st.sets(st.sampled_from(TAGS))
)
def test_agrees_with_a_list_of_purges(purges, url, tags):
    known, entry = Purges(100), stored(url, tags=tuple(tags))
    for number, purge in enumerate(purges, 1):
        for member in members(cut(purge)):
            known.add(member, number)
    for since in range(len(purges) + 1):
        found = known.newest(entry, since)
        for soft, got in ((False, found.hard), (True, found.soft)):
            wanted = [
                number
                for number, purge in enumerate(purges, 1)
                if number > since and purge.soft == soft and is_meant(purge, url, tags)
            ]
            assert got == max(wanted, default=0)


def test_a_purge_that_is_forgotten_is_one_of_everything_older():
    known = Purges(10)
    for number in range(1, 16):
        for member in members(cut(Purge(urls=(b"/%d" % number,)))):
            known.add(member, number)
    assert known.newest(ENTRY, 4).hard == 5
    assert known.newest(ENTRY, 5) == NOT_PURGED
