"""The route table on real moto: who may write what over whom, and what a strong read says."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway_sim.events import PublishWasRefused, RoutePublished, RouteWithdrawn, StrongRead
from gateway_sim.route_table import PublishRefused, Route, RouteKey

KEY = RouteKey("acme", "job-1")


def ready(generation, address="pod:1"):
    """Return a live route of this generation."""
    return Route("acme", "job-1", generation, "READY", address)


TOMBSTONE = "TOMBSTONE"


def test_a_route_is_published_and_read_back(on_a_table):
    """What was written is what a strong read says, and both are told."""

    async def story(table, told):
        await table.publish(ready(1))
        assert await table.strong_read(KEY) == ready(1)
        assert told == [RoutePublished("acme", "job-1", 1, "pod:1"), StrongRead("acme", "job-1")]

    on_a_table(story)


def test_a_job_that_never_was_has_no_route(on_a_table):
    """A strong read of an unknown key is None, not an error."""

    async def story(table, told):
        assert await table.strong_read(RouteKey("acme", "job-2")) is None

    on_a_table(story)


def test_a_newer_generation_replaces_an_older_one(on_a_table):
    """A restarted trainer has a new address under a higher generation."""

    async def story(table, told):
        await table.publish(ready(1))
        await table.publish(ready(2, "pod:2"))
        assert await table.strong_read(KEY) == ready(2, "pod:2")

    on_a_table(story)


def test_a_late_publish_of_an_older_generation_is_refused(on_a_table):
    """A zombie must not take its job's route back; the refusal names both generations."""

    async def story(table, told):
        await table.publish(ready(2))
        with pytest.raises(PublishRefused, match="stands at generation 2; 1 was not published"):
            await table.publish(ready(1, "zombie:1"))
        assert await table.strong_read(KEY) == ready(2)
        assert PublishWasRefused("acme", "job-1", 1, 2) in told
        assert len(table.history.of(KEY)) == 1

    on_a_table(story)


def test_the_same_publish_again_is_no_error(on_a_table):
    """A publisher that heard no answer may send its write again."""

    async def story(table, told):
        await table.publish(ready(1))
        await table.publish(ready(1))
        assert await table.strong_read(KEY) == ready(1)

    on_a_table(story)


def test_another_address_under_the_same_generation_is_refused(on_a_table):
    """A generation has one address: two writers of one generation are a split brain."""

    async def story(table, told):
        await table.publish(ready(1))
        with pytest.raises(PublishRefused):
            await table.publish(ready(1, "pod:other"))

    on_a_table(story)


def test_a_withdrawn_route_is_a_tombstone(on_a_table):
    """Gone is told apart from never there."""

    async def story(table, told):
        await table.publish(ready(1))
        assert await table.withdraw(KEY, 1) is True
        assert await table.strong_read(KEY) == Route("acme", "job-1", 1, TOMBSTONE, "")
        assert RouteWithdrawn("acme", "job-1", 1) in told

    on_a_table(story)


def test_a_late_delete_leaves_the_newer_route(on_a_table):
    """Withdrawing generation 1 after 2 was published writes nothing and says so."""

    async def story(table, told):
        await table.publish(ready(1))
        await table.publish(ready(2))
        assert await table.withdraw(KEY, 1) is False
        assert await table.strong_read(KEY) == ready(2)
        assert not [event for event in told if isinstance(event, RouteWithdrawn)]

    on_a_table(story)


def test_a_tombstone_is_not_published_over_by_its_own_generation(on_a_table):
    """A publish that was under way when its job was deleted must not revive it."""

    async def story(table, told):
        await table.publish(ready(1))
        await table.withdraw(KEY, 1)
        with pytest.raises(PublishRefused):
            await table.publish(ready(1))
        await table.publish(ready(2))
        assert await table.strong_read(KEY) == ready(2)

    on_a_table(story)


def test_every_change_is_recorded_and_told_in_order(on_a_table):
    """The history that replicas lag behind, and the feed of whoever subscribed."""

    async def story(table, told):
        heard = []
        table.subscribe(lambda route, now_s: heard.append((route.generation, route.state)))
        await table.publish(ready(1))
        await table.withdraw(KEY, 1)
        await table.publish(ready(2))
        assert heard == [(1, "READY"), (1, "TOMBSTONE"), (2, "READY")]
        assert [(c.route.generation, c.route.state) for c in table.history.of(KEY)] == heard

    on_a_table(story)


writes = st.lists(st.tuples(st.sampled_from(["publish", "withdraw"]), st.integers(1, 4)), max_size=12)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(writes)
def test_generations_never_go_back(on_a_table, order):
    """Whatever the order of publishes and withdrawals, the table's generation only grows."""

    async def story(table, told):
        seen = 0
        for verb, generation in order:
            if verb == "withdraw":
                await table.withdraw(KEY, generation)
            else:
                with contextlib.suppress(PublishRefused):
                    await table.publish(ready(generation, f"pod:{generation}"))
            route = await table.strong_read(KEY)
            now = route.generation if route else 0
            assert now >= seen
            seen = now

    on_a_table(story)
