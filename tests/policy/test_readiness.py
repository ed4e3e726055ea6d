"""Who stands in the way of traffic, by rule."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sidecar.policy.readiness import Reason, Rule, UpstreamState, readiness

FIRST, FOLLOW, PROXY = Rule.FIRST_CONTACT, Rule.FOLLOW, Rule.PROXY_ONLY
UP = UpstreamState("app", contacted=True, healthy=True)
DOWN = UpstreamState("app", contacted=True, healthy=False, detail="refused")
NEW = UpstreamState("app", contacted=False, healthy=True)
NEVER = UpstreamState("app", contacted=False, healthy=False)
NO_CONTACT, UNHEALTHY = Reason.NO_CONTACT, Reason.UNHEALTHY


@pytest.mark.parametrize(
    ("story", "rule", "upstreams", "reasons"),
    [
        ("a healthy upstream", FIRST, [UP], []),
        ("not one connection yet", FIRST, [NEVER], [NO_CONTACT]),
        ("believed healthy, never met", FIRST, [NEW], [NO_CONTACT]),
        ("met once, gone since", FIRST, [DOWN], []),
        ("every upstream is to be met", FIRST, [UP, NEVER], [NO_CONTACT]),
        ("no upstream, nothing to wait for", FIRST, [], []),
        ("followed and healthy", FOLLOW, [UP], []),
        ("followed and gone", FOLLOW, [DOWN], [UNHEALTHY]),
        ("followed, not met yet", FOLLOW, [NEW], [NO_CONTACT]),
        ("one of two is gone", FOLLOW, [UP, DOWN], [UNHEALTHY]),
        ("the proxy alone", PROXY, [NEVER, DOWN], []),
    ],
)
def test_upstreams_count_by_rule(story, rule, upstreams, reasons):
    state = readiness(rule, started=True, draining=False, upstreams=upstreams)
    assert [check.reason for check in state.failed] == reasons
    assert state.ready is (not reasons)


@pytest.mark.parametrize("rule", Rule)
@pytest.mark.parametrize(
    ("started", "draining", "reasons"),
    [
        (True, False, []),
        (False, False, [Reason.STARTING]),
        (True, True, [Reason.DRAINING]),
        (False, True, [Reason.STARTING, Reason.DRAINING]),
    ],
)
def test_starting_and_draining_count_by_every_rule(rule, started, draining, reasons):
    state = readiness(rule, started=started, draining=draining, upstreams=[UP])
    assert [check.reason for check in state.failed] == reasons


def test_a_failed_check_says_what_the_upstream_said():
    state = readiness(FOLLOW, started=True, draining=False, upstreams=[DOWN])
    assert state.failed[0].name == "upstream app"
    assert state.failed[0].detail == "refused"


STATES = st.builds(UpstreamState, st.just("app"), st.booleans(), st.booleans())


@given(st.lists(STATES, max_size=4), st.booleans(), st.booleans())
def test_follow_is_strictest_and_proxy_only_mildest(upstreams, started, draining):
    ready = {
        rule: readiness(
            rule, started=started, draining=draining, upstreams=upstreams
        ).ready
        for rule in Rule
    }
    assert ready[FOLLOW] <= ready[FIRST] <= ready[PROXY]
