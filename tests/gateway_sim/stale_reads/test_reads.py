"""What a reader sees through the StaleReadClient, and how late; what a strong reader sees at once."""

import itertools

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway_sim.balancer import PerRequest, RoundRobin
from gateway_sim.lag import Fixed, SimpleDbStep, Uniform
from gateway_sim.stale_reads import Fresh, Lagging, Partitioned, StaleReadClient, StaleReadRefused

ACME = {
    "KeyConditionExpression": "account = :a",
    "ExpressionAttributeValues": {":a": {"S": "acme"}},
}


def key(job="job-1"):
    """Return the key of a job's route."""
    return {"account": {"S": "acme"}, "job": {"S": job}}


def route(job="job-1", pod="pod:1"):
    """Return a job's route."""
    return {**key(job), "pod": {"S": pod}}


def pod(client, job="job-1", **asked):
    """Return the pod that a read names; None for a miss."""
    item = client.get_item(TableName="routes", Key=key(job), **asked).get("Item")
    return item and item["pod"]["S"]


def test_an_eventual_read_is_late_and_a_strong_one_is_not(stale_of, hand):
    """The race itself: the table knows, and a reader does not, for as long as its replica lags."""
    reader = stale_of(Lagging(Fixed(4.0))).connect()
    reader.put_item(TableName="routes", Item=route())
    for hand.now_s, seen in ((0.0, None), (3.9, None), (4.0, "pod:1")):
        assert pod(reader) == seen
        assert pod(reader, ConsistentRead=True) == "pod:1"


def test_a_late_reader_sees_what_was_not_that_nothing_was(stale_of, hand):
    """An update and a delete are late as a first write is: the old item stands meanwhile."""
    reader = stale_of(Lagging(Fixed(4.0))).connect()
    reader.put_item(TableName="routes", Item=route())
    hand.now_s = 10.0
    moved = {":p": {"S": "pod:2"}}
    reader.update_item(TableName="routes", Key=key(), UpdateExpression="SET pod = :p", ExpressionAttributeValues=moved)
    assert pod(reader) == "pod:1"
    hand.now_s = 20.0
    reader.delete_item(TableName="routes", Key=key())
    assert (pod(reader), pod(reader, ConsistentRead=True)) == ("pod:2", None)
    hand.now_s = 24.0
    assert pod(reader) is None


def test_what_a_table_held_before_was_always_there(stale_of, dynamodb):
    """A StaleReadClient makes nothing old disappear, not even under a law that draws for every read."""
    dynamodb.put_item(TableName="routes", Item=route())
    reader = stale_of(Lagging(SimpleDbStep(early_share=0.0, late_share=0.0))).connect()
    assert pod(reader) == "pod:1"


def test_replicas_disagree_and_a_connection_keeps_to_its_own(stale_of):
    """Two connections of one process can see two truths, each for ever the same one."""
    stale = stale_of(Fresh(), Lagging(Fixed(4.0)))
    first, second = stale.connect(), stale.connect()
    first.put_item(TableName="routes", Item=route())
    assert [pod(first), pod(second), pod(first), pod(second)] == ["pod:1", None, "pod:1", None]


def test_per_request_a_fresh_read_may_be_followed_by_a_stale_one(stale_of):
    """Three good reads in a row prove nothing about the fourth."""
    reader = stale_of(Fresh(), Fresh(), Fresh(), Partitioned(-1.0), balancer=PerRequest(RoundRobin())).connect()
    reader.put_item(TableName="routes", Item=route())
    seen = [pod(reader) for _ in range(8)]
    # the write took the first turn
    assert seen == ["pod:1", "pod:1", None, "pod:1"] * 2


def test_a_connection_can_be_given_a_replica(stale_of):
    """A test may want the stale one and no luck; one that is not there is refused by its number."""
    stale = stale_of(Fresh(), Partitioned(-1.0))
    stale.connect().put_item(TableName="routes", Item=route())
    assert pod(stale.connect(replica=1)) is None
    with pytest.raises(StaleReadRefused, match="no replica 2; they are numbered 0 to 1"):
        stale.connect(replica=2)


def test_a_view_can_be_changed_while_it_runs(stale_of):
    """A partition comes and goes."""
    stale = stale_of(Partitioned(-1.0))
    reader = stale.connect()
    reader.put_item(TableName="routes", Item=route())
    assert pod(reader) is None
    stale.views[0] = Fresh()
    assert pod(reader) == "pod:1"


def first_seen_s(reader, hand, job):
    """Return the second in which a job's route is first seen."""
    for hand.now_s in range(31):
        if pod(reader, job):
            return hand.now_s
    raise AssertionError(f"{job} was never seen")


@pytest.mark.parametrize("others", [(), ("job-2", "job-3")])
def test_a_key_lags_by_the_seed_alone(stale_of, hand, others):
    """Each key has a lag of its own, and reading other keys first does not change it."""

    def lags(seed, jobs):
        # all stay open: stale-read clients over one table do not know of each other
        stale = stale_of(Lagging(Uniform(0.0, 30.0)), seed=seed)
        hand.now_s = 0.0
        for job in ("job-1", "job-2", "job-3"):
            stale.client.delete_item(TableName="routes", Key=key(job))
            stale.connect().put_item(TableName="routes", Item=route(job))
        return {job: first_seen_s(stale.connect(), hand, job) for job in jobs}

    asked = [*others, "job-1"]
    found = lags(7, asked)
    assert lags(7, ["job-1"])["job-1"] == found["job-1"]
    assert lags(8, asked) != found
    assert len(set(found.values())) == len(asked)


def test_a_query_and_a_scan_are_as_late_as_a_read(stale_of, hand):
    """Items too young are missing, changed ones as they were, deleted ones still there; filters see what is shown."""
    reader = stale_of(Lagging(Fixed(4.0))).connect()
    for job in ("job-1", "job-2"):
        reader.put_item(TableName="routes", Item=route(job))
    hand.now_s = 10.0
    reader.put_item(TableName="routes", Item=route("job-1", "pod:2"))
    reader.delete_item(TableName="routes", Key=key("job-2"))
    reader.put_item(TableName="routes", Item=route("job-3"))
    filtered = {**ACME, "ExpressionAttributeValues": {":a": {"S": "acme"}, ":p": {"S": "pod:1"}}}
    for asked, seen in (({}, 2), ({"ConsistentRead": True}, 1)):
        found = reader.query(TableName="routes", FilterExpression="pod = :p", **filtered, **asked)
        assert found["Count"] == seen
    assert [item["job"]["S"] for item in reader.scan(TableName="routes")["Items"]] == ["job-1", "job-2"]
    hand.now_s = 14.0
    assert {item["job"]["S"]: item["pod"]["S"] for item in reader.scan(TableName="routes")["Items"]} == {
        "job-1": "pod:2",
        "job-3": "pod:1",
    }


def test_an_index_is_late_and_refuses_a_strong_read(stale_of, hand):
    """A global secondary index has no strong read; a local one has."""
    reader = stale_of(Lagging(Fixed(4.0))).connect()
    reader.put_item(TableName="routes", Item=route())
    by_pod = {
        "TableName": "routes",
        "IndexName": "by-pod",
        "KeyConditionExpression": "pod = :p",
        "ExpressionAttributeValues": {":p": {"S": "pod:1"}},
    }
    assert reader.query(**by_pod)["Count"] == 0
    for ask in (reader.query, reader.scan):
        with pytest.raises(reader.exceptions.ClientError, match="not supported on global secondary indexes"):
            ask(
                **(by_pod if ask == reader.query else {"TableName": "routes", "IndexName": "by-pod"}),
                ConsistentRead=True,
            )
    assert reader.query(TableName="routes", IndexName="by-job-pod", ConsistentRead=True, **ACME)["Count"] == 1
    hand.now_s = 4.0
    assert reader.query(**by_pod)["Count"] == 1


def test_pages_are_read_through_the_lens(stale_of, hand):
    """A paginator would otherwise pass the StaleReadClient by."""
    reader = stale_of(Lagging(Fixed(4.0))).connect()
    for number in range(5):
        reader.put_item(TableName="routes", Item=route(f"job-{number}"))

    def counted():
        pages = reader.get_paginator("query").paginate(TableName="routes", PaginationConfig={"PageSize": 2}, **ACME)
        return [page["Count"] for page in pages]

    assert sum(counted()) == 0
    hand.now_s = 4.0
    assert counted() == [2, 2, 1]


def test_a_miss_is_cached_as_dax_does(stale_of, hand):
    """Who asked too early is told "no" until the miss expires; a strong read is not; one's own write ends it."""
    stale = stale_of(Lagging(Fixed(1.0)), miss_ttl_s=300.0)
    reader = stale.connect()
    assert pod(reader) is None
    stale.client.put_item(TableName="routes", Item=route())
    for hand.now_s, seen in ((10.0, None), (299.0, None), (301.0, "pod:1")):
        assert pod(reader, ConsistentRead=True) == "pod:1"
        assert pod(reader) == seen
    assert pod(reader, "job-2") is None
    reader.put_item(TableName="routes", Item=route("job-2"))
    hand.now_s = 310.0
    assert pod(reader, "job-2") == "pod:1"


def test_without_a_cache_a_miss_is_not_kept(stale_of, hand):
    """Only a StaleReadClient that was told to remembers what was not there."""
    stale = stale_of(Fresh())
    reader = stale.connect()
    assert pod(reader) is None
    stale.client.put_item(TableName="routes", Item=route())
    assert pod(reader) == "pod:1"


@given(st.lists(st.tuples(st.floats(0, 5), st.sampled_from(["put", "delete"])), max_size=4), st.floats(0, 9))
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_an_eventual_read_is_the_truth_of_that_long_ago(dynamodb, hand, writes, lag_s):
    """Whatever was written when: what is seen now is what a strong read said a lag ago, in a get and in a scan."""
    dynamodb.delete_item(TableName="routes", Key=key())
    hand.now_s = 0.0
    truth = [(-1.0, None)]
    with StaleReadClient(dynamodb, [Lagging(Fixed(lag_s))], now=hand) as stale:
        reader = stale.connect()
        reader.scan(TableName="routes")
        for number, (wait_s, what) in enumerate(writes):
            hand.now_s += wait_s
            if what == "put":
                reader.put_item(TableName="routes", Item=route(pod=f"pod:{number}"))
            else:
                reader.delete_item(TableName="routes", Key=key())
            truth.append((hand.now_s, pod(reader, ConsistentRead=True)))
            then = next(seen for at_s, seen in reversed(truth) if at_s < 0 or hand.now_s - at_s >= lag_s)
            assert pod(reader) == then
            assert [item["pod"]["S"] for item in reader.scan(TableName="routes")["Items"]] == ([then] if then else [])


def test_the_step_law_draws_for_every_read(stale_of, hand):
    """Reads of one replica need not be monotonic (docs/reference/findings.md §4)."""
    reader = stale_of(Lagging(SimpleDbStep()), seed=3).connect()
    reader.put_item(TableName="routes", Item=route())
    seen = [pod(reader) is not None for _ in range(30)]
    assert any(after < before for before, after in itertools.pairwise(seen))
