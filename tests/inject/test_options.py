import pytest

from sidecar.inject.options import Note, Notes, Options, Outcome


@pytest.mark.parametrize(
    ("version", "native", "expected"),
    [((1, 33), True, True), ((1, 28), True, False), ((1, 33), False, False)],
)
def test_native_sidecars_have_a_first_version(version, native, expected):
    assert Options(kubernetes=version, native=native).is_native is expected


def test_its_ports_are_not_those_of_a_mesh():
    """Istio's proxy, which may stand in the same pod, takes these."""
    taken = {*range(15000, 15022), 15053, 15090, 15443}
    assert not {Options().listen, Options().health} & taken


def test_notes():
    notes = Notes()
    notes.say("Pod/a", Outcome.LEFT, "it has no port")
    notes.say("Pod/b", Outcome.INJECTED, "before b:80")
    assert str(notes.found[0]) == "Pod/a: left alone: it has no port"
    assert notes.found[1] == Note("Pod/b", Outcome.INJECTED, "before b:80")
    assert notes.injected == 1
    assert notes.standing
    there = Notes()
    assert not there.standing
    there.say("Pod/c", Outcome.PRESENT, "it has a container named sidecar")
    assert there.standing
    assert not there.injected
    assert notes.left == notes.found[:1]
