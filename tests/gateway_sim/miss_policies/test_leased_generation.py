"""Read the table strongly on a miss, and answer what it says."""

from dataclasses import fields, replace

import pytest

from gateway_sim.miss_policies import AskPrimary, Wait
from gateway_sim.miss_policies.leased_generation import LeasedGeneration
from tests.gateway_sim.miss_policies.misses import LEGS, miss, route


def test_leased_generation_asks_the_table_first():
    """On nothing seen, on an older generation, and where a route led astray."""
    for known in ({}, {"seen": route("READY"), "at_least": 2}, {"seen": route("READY"), "stray": True}):
        assert LeasedGeneration().on_miss(miss(**known)) == AskPrimary()


@pytest.mark.parametrize(
    ("seen", "slug"), [(None, "route-unknown"), (route("TOMBSTONE"), "route-gone")], ids=["absent", "tombstone"]
)
@pytest.mark.parametrize("leg", LEGS)
def test_what_the_table_says_is_gone_is_gone(seen, slug, leg):
    """Present, pending, gone and unknown are four answers."""
    answer = LeasedGeneration().on_miss(miss(leg, seen=seen, asked_primary=True))
    assert (answer.status, answer.slug, answer.headers["x-should-retry"]) == (404, slug, "false")
    assert LeasedGeneration(gone_status=410).on_miss(miss(leg, seen=seen, asked_primary=True)).status == 410


def test_a_pod_on_its_way_is_waited_for_and_then_503():
    """PENDING is held, and no longer than is set."""
    policy = LeasedGeneration(longest_s=3.0)
    assert policy.on_miss(miss(seen=route("PENDING", 2), asked_primary=True)) == Wait(0.5)
    assert policy.on_miss(miss(waited_s=2.9, seen=route("PENDING", 2), asked_primary=True)) == Wait(0.5)
    assert policy.on_miss(miss(waited_s=3.0, seen=route("PENDING", 2), asked_primary=True)).status == 503
    held = miss(waited_s=9.9, seen=route("PENDING", 2), asked_primary=True)
    assert LeasedGeneration().on_miss(held) == Wait(0.5)
    assert LeasedGeneration().on_miss(replace(held, waited_s=10.0)).status == 503


@pytest.mark.parametrize("seen", [None, route("TOMBSTONE"), route("READY")], ids=["nothing", "tombstone", "astray"])
@pytest.mark.parametrize("leg", LEGS)
def test_without_a_strong_read_nothing_is_ever_404(leg, seen):
    """A GSI, a global-table replica, a cache or a partition in the way proves nothing."""
    # docs/reference/findings.md §3
    answer = LeasedGeneration().on_miss(miss(leg, 45.0, seen, unreadable="the index refuses strong reads"))
    assert answer.status == 503
    assert "Retry-After" in answer.headers


def test_the_tombstone_of_an_older_generation_than_asked_for_is_no_end():
    """The next start of the job is on its way."""
    policy = LeasedGeneration()
    assert policy.on_miss(miss(seen=route("TOMBSTONE", 1), at_least=2, asked_primary=True)) == Wait(0.5)
    assert policy.on_miss(miss(seen=route("TOMBSTONE", 2), at_least=2, asked_primary=True)).status == 404


def test_a_new_run_at_a_draining_pod_is_told_to_come_back():
    """At once: a drain may take longer than a request can be held. Its generation is proved by a strong read first."""
    draining = replace(route("READY"), draining=True)
    asked = miss("connect", seen=draining, begins_run=True)
    assert LeasedGeneration().on_miss(asked) == AskPrimary()
    answer = LeasedGeneration().on_miss(replace(asked, asked_primary=True))
    assert (answer.status, answer.headers) == (503, {"Retry-After": "1"})
    # a run that is there, and a new one at a pod that only starts, are held
    assert LeasedGeneration().on_miss(replace(asked, asked_primary=True, begins_run=False, stray=True)) == Wait(0.5)
    assert LeasedGeneration().on_miss(replace(asked, asked_primary=True, seen=route("PENDING"))) == Wait(0.5)


def test_what_is_gone_is_answered_404_or_410_and_nothing_else():
    """Settings are checked against what the field says."""
    among = {field.name: field.metadata.get("among") for field in fields(LeasedGeneration)}
    assert among["gone_status"] == (404, 410)
