"""The route table on real moto: which write replaces which route, and what a strong read says."""

import asyncio
import contextlib
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway_sim.events import PublishWasRefused, RouteDraining, RoutePublished, RouteWithdrawn, StrongRead
from gateway_sim.route_table import PublishRefused, Route, RouteKey, RouteTable, dynamodb_client, item_of

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


def test_a_route_is_marked_as_draining_and_stays_ready(on_a_table):
    """A reader that knows only READY goes on; the mark is an attribute of its own, which no other route has."""

    async def story(table, told):
        await table.publish(ready(1))
        assert "draining" not in item_of(ready(1))
        assert await table.drain(KEY, 1)
        assert await table.strong_read(KEY) == replace(ready(1), draining=True)
        assert item_of(replace(ready(1), draining=True))["state"] == {"S": "READY"}
        assert RouteDraining("acme", "job-1", 1) in told
        assert [change.route.draining for change in table.history.of(KEY)] == [False, True]
        await table.publish(ready(2, "pod:2"))
        assert await table.strong_read(KEY) == ready(2, "pod:2")

    on_a_table(story)


def test_a_lease_is_renewed_and_nothing_else_is_changed(on_a_table):
    """Its end is an attribute of its own, which no other route has; replicas see each renewal."""
    leased = replace(ready(1), lease_until_s=1010.5)

    async def story(table, told):
        await table.publish(leased)
        assert "lease_until" not in item_of(ready(1))
        assert item_of(leased)["lease_until"] == {"N": "1010.500"}
        assert await table.drain(KEY, 1)
        assert await table.renew(KEY, 1, 1012.5)
        assert await table.strong_read(KEY) == replace(leased, lease_until_s=1012.5, draining=True)
        assert [change.route.lease_until_s for change in table.history.of(KEY)] == [1010.5, 1010.5, 1012.5]

    on_a_table(story)


def test_a_mark_and_a_renewal_at_the_same_time_are_both_kept(on_a_table):
    """Each changes the route that the other has left."""

    async def later(call):
        result = call()
        await asyncio.sleep(0.1)
        return result

    async def story(table, told):
        slow = RouteTable(dynamodb_client(None), emit=told.append, blocking=later)
        await slow.publish(replace(ready(1), lease_until_s=10.0))
        assert await asyncio.gather(slow.renew(KEY, 1, 20.0), slow.drain(KEY, 1)) == [True, True]
        assert await slow.strong_read(KEY) == replace(ready(1), lease_until_s=20.0, draining=True)

    on_a_table(story)


def test_only_a_ready_route_of_the_generation_is_renewed(on_a_table):
    """A renewal that comes late brings no route back."""

    async def story(table, told):
        assert not await table.renew(KEY, 1, 10.0)
        await table.publish(ready(2))
        assert not await table.renew(KEY, 1, 10.0)
        await table.withdraw(KEY, 2)
        assert not await table.renew(KEY, 2, 10.0)
        assert await table.strong_read(KEY) == Route("acme", "job-1", 2, TOMBSTONE, "")

    on_a_table(story)


def test_a_pod_with_several_addresses_names_the_first_where_there_is_one(on_a_table):
    """A reader that knows `address` alone goes on; the list is an attribute of its own."""
    several = replace(ready(1), endpoints=("pod:1", "pod:2"))

    async def story(table, told):
        await table.publish(several)
        assert await table.strong_read(KEY) == several
        assert item_of(several)["address"] == {"S": "pod:1"}
        assert item_of(several)["endpoints"] == {"L": [{"S": "pod:1"}, {"S": "pod:2"}]}
        assert "endpoints" not in item_of(ready(1))

    on_a_table(story)


def test_only_a_ready_route_of_the_generation_is_marked(on_a_table):
    """Neither an unknown job, nor another generation, nor a tombstone."""

    async def story(table, told):
        assert not await table.drain(KEY, 1)
        await table.publish(ready(2))
        assert not await table.drain(KEY, 1)
        await table.withdraw(KEY, 2)
        assert not await table.drain(KEY, 2)
        assert not [event for event in told if isinstance(event, RouteDraining)]

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


def test_every_change_is_recorded_in_order(on_a_table):
    """The history that replicas lag behind."""

    async def story(table, told):
        await table.publish(ready(1))
        await table.withdraw(KEY, 1)
        await table.publish(ready(2))
        recorded = [(c.route.generation, c.route.state) for c in table.history.of(KEY)]
        assert recorded == [(1, "READY"), (1, "TOMBSTONE"), (2, "READY")]

    on_a_table(story)


def test_a_change_carries_the_time_of_its_write(on_a_table):
    """The age of a change is what a lag is measured by; changes are numbered across jobs."""

    async def story(table, told):
        began_s = asyncio.get_running_loop().time()
        await table.publish(ready(1))
        await asyncio.sleep(5.0)
        await table.publish(Route("acme", "job-2", 1, "READY", "pod:2"))
        changes = [table.history.of(RouteKey("acme", job))[0] for job in ("job-1", "job-2")]
        assert [(change.serial, change.at_s - began_s) for change in changes] == [(0, 0.0), (1, 5.0)]

    on_a_table(story)


def test_a_refused_write_is_no_change(on_a_table):
    """The history does not hear of what was not written."""

    async def story(table, told):
        await table.publish(ready(2))
        with contextlib.suppress(PublishRefused):
            await table.publish(ready(1))
        assert await table.withdraw(KEY, 1) is False
        assert await table.withdraw(RouteKey("acme", "never"), 1) is False
        assert table.history.length == 1

    on_a_table(story)


def test_a_withdrawal_sent_again_is_no_error(on_a_table):
    """A caller without an answer may withdraw again; another generation of a gone route is still refused."""

    async def story(table, told):
        await table.publish(ready(2))
        assert await table.withdraw(KEY, 2) is True
        assert await table.withdraw(KEY, 2) is True
        assert await table.withdraw(KEY, 3) is False

    on_a_table(story)


def test_changes_are_recorded_in_the_order_they_were_written(on_a_table):
    """Though the thread of the first write comes back last: replicas would be left at the older route for ever."""

    async def story(table, told):
        waits_s = iter([1.0, 0.0])

        async def slow_thread(call):
            written = call()
            await asyncio.sleep(next(waits_s))
            return written

        threaded = RouteTable(dynamodb_client(None), emit=told.append, blocking=slow_thread)
        await asyncio.gather(threaded.publish(ready(1)), threaded.publish(ready(2)))
        assert (await table.strong_read(KEY)).generation == 2
        assert [change.route.generation for change in threaded.history.of(KEY)] == [1, 2]
        assert [event.generation for event in told if isinstance(event, RoutePublished)] == [1, 2]

    on_a_table(story)


def test_a_strong_read_asks_for_consistency(on_a_table, monkeypatch):
    """moto does not care, DynamoDB does: without ConsistentRead the answer may be a past one."""
    asked = []
    client = dynamodb_client(None)

    def notes(get_item):
        def call(**words):
            asked.append(words)
            return get_item(**words)

        return call

    monkeypatch.setattr(client, "get_item", notes(client.get_item))

    async def story(table, told):
        await table.strong_read(KEY)

    on_a_table(story)
    assert [words["ConsistentRead"] for words in asked] == [True]


def test_a_dropped_table_is_gone_and_can_be_made_anew(on_a_table):
    """A world takes its table with it, and the next begins with an empty one."""

    async def story(table, told):
        await table.publish(ready(1))
        await table.drop()
        with pytest.raises(dynamodb_client(None).exceptions.ResourceNotFoundException):
            await table.strong_read(KEY)
        await table.create()
        assert await table.strong_read(KEY) is None

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


@pytest.mark.parametrize("status", ["ACTIVE", "CREATING"])
def test_a_table_that_is_still_made_is_waited_for(on_a_table, monkeypatch, status):
    """DynamoDB itself takes some seconds; an emulator's table is there at once."""
    client, waited = dynamodb_client(None), []

    class Waiter:
        def wait(self, **table):
            """Note the table."""
            waited.append(table)

    async def story(table, told):
        monkeypatch.setattr(client, "create_table", lambda **asked: {"TableDescription": {"TableStatus": status}})
        monkeypatch.setattr(client, "get_waiter", {"table_exists": Waiter()}.__getitem__)
        await RouteTable(client, table_name="other", emit=told.append).create()

    on_a_table(story)
    assert waited == ([] if status == "ACTIVE" else [{"TableName": "other"}])


def test_a_lease_is_written_in_milliseconds_and_an_unmarked_route_has_no_more_than_it_needs(on_a_table):
    """As the page for other readers lists the attributes."""
    plain = {"route": {"S": "acme/job-1"}, "generation": {"N": "1"}, "address": {"S": "pod:1"}, "state": {"S": "READY"}}
    assert item_of(ready(1)) == plain
    assert item_of(replace(ready(1), draining=True)) == plain | {"draining": {"BOOL": True}}
    assert item_of(replace(ready(1), lease_until_s=1.23456)) == plain | {"lease_until": {"N": "1.235"}}
