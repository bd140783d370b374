"""A StaleReadClient that is used for long keeps no more than its replicas can show, and its answers stay the same."""

import random
from collections.abc import Callable
from typing import Any

import pytest

from gateway_sim.lag import Fixed
from gateway_sim.stale_reads import Fresh, Lagging, Partitioned, StaleReadClient, StaleReadRefused

VIEWS = (Fresh(), Lagging(Fixed(4.0)), Partitioned(6.0))
JOBS = 3


def key(number: int) -> dict[str, Any]:
    """Return the key of a job's route."""
    return {"account": {"S": "acme"}, "job": {"S": f"job-{number}"}}


def route(number: int, pod: int) -> dict[str, Any]:
    """Return a job's route."""
    return {**key(number), "pod": {"S": f"pod:{pod}"}}


def write(reader: Any, rng: random.Random, pod: int) -> None:
    """Write something in one of the ways."""
    number = rng.randrange(JOBS)
    statement = f"DELETE FROM routes WHERE account = 'acme' AND job = 'job-{number}'"
    put = {"PutRequest": {"Item": route((number + 1) % JOBS, pod)}}
    ways: list[Callable[[], Any]] = [
        lambda: reader.put_item(TableName="routes", Item=route(number, pod)),
        lambda: reader.delete_item(TableName="routes", Key=key(number)),
        lambda: reader.batch_write_item(RequestItems={"routes": [put, {"DeleteRequest": {"Key": key(number)}}]}),
        lambda: reader.execute_statement(Statement=statement),
    ]
    # a deletion by statement refuses an item that is not there
    there = "Item" in reader.get_item(TableName="routes", Key=key(number), ConsistentRead=True)
    rng.choice(ways if there else ways[:3])()


def seen(reader: Any) -> Any:
    """Return what a replica shows by key, in a batch, by scan and by index."""
    scanned = reader.scan(TableName="routes")["Items"]
    found = reader.query(
        TableName="routes", IndexName="by-pod", KeyConditionExpression="pod = :p",
        ExpressionAttributeValues={":p": {"S": "pod:1"}},
    )  # fmt: skip
    batch = reader.batch_get_item(RequestItems={"routes": {"Keys": [key(number) for number in range(JOBS)]}})
    return (
        [reader.get_item(TableName="routes", Key=key(number)).get("Item") for number in range(JOBS)],
        sorted(map(str, scanned)), sorted(map(str, found["Items"])), sorted(map(str, batch["Responses"]["routes"])),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("only_writer", "miss_ttl_s"),
    [(True, 3.0), *(pytest.param(*words, marks=pytest.mark.slow) for words in ((True, 0.0), (False, 0.0)))],
)
def test_the_answers_are_those_of_a_client_that_keeps_every_state_and_reads_the_table_before_each_call(
    dynamodb: Any, hand: Any, only_writer: bool, miss_ttl_s: float
) -> None:
    """Of a fresh replica, of one that lags, and of one that was cut off; with a cache of misses and without."""

    def played(**settings: Any) -> list[Any]:
        rng, told = random.Random(7), []
        dynamodb.put_item(TableName="routes", Item=route(0, 0))
        for number in range(1, JOBS):
            dynamodb.delete_item(TableName="routes", Key=key(number))
        with StaleReadClient(dynamodb, VIEWS, now=hand, miss_ttl_s=miss_ttl_s, **settings) as stale:
            readers = [stale.connect(replica) for replica in range(len(VIEWS))]
            for turn in range(10):
                hand.now_s = turn * 1.5
                write(readers[turn % 3], rng, turn % 3)
                told += [seen(reader) for reader in readers]
        return told

    assert played(only_writer=only_writer, keep_s=1.0) == played()


def test_states_and_lags_are_kept_only_for_as_long_as_a_replica_can_show_them(stale_of: Any, hand: Any) -> None:
    """However many writes there were; of a deleted item nothing is left, in the copies neither."""
    stale = stale_of(Fresh(), Lagging(Fixed(4.0)), only_writer=True, keep_s=10.0, miss_ttl_s=5.0)
    writer, reader = stale.connect(0), stale.connect(1)
    kept = []
    for turn in range(60):
        hand.now_s = float(turn)
        writer.put_item(TableName="routes", Item=route(turn, turn))
        writer.put_item(TableName="routes", Item=route(-1, turn))
        writer.delete_item(TableName="routes", Key=key(turn - 5))
        for number in (turn - 5, -1, 10_000 + turn):
            reader.get_item(TableName="routes", Key=key(number))
        kept.append(stale.states())
    assert kept[12] > 30
    assert max(kept) < 50
    shadow = stale._tables._shadows["routes", 1]
    assert max(len(shadow._lags), len(shadow._laid), len(shadow._missed_s)) < 40
    assert max(len(lags._drawn) for lags in shadow._lags.values()) < 40
    assert stale.client.scan(TableName=shadow.name)["Count"] == len(shadow._laid)


def test_a_replica_that_is_cut_off_keeps_what_it_shows(stale_of: Any, hand: Any) -> None:
    """And nothing of what it does not see; once it is healed, the old state goes as well."""
    stale = stale_of(Fresh(), Partitioned(0.5), only_writer=True, keep_s=10.0)
    writer, reader = stale.connect(0), stale.connect(1)
    for turn in range(60):
        hand.now_s = float(turn)
        writer.put_item(TableName="routes", Item=route(0, turn))
        assert reader.get_item(TableName="routes", Key=key(0))["Item"] == route(0, 0)
        assert stale.states() <= 16
    stale.views[1] = Fresh()
    hand.now_s = 120.0
    writer.put_item(TableName="routes", Item=route(0, 60))
    stale.views[1] = Partitioned(0.5)
    # it showed the state of 0 s; the oldest that was kept is now the answer
    assert reader.get_item(TableName="routes", Key=key(0))["Item"] == route(0, 59)


def test_a_table_of_the_only_writer_may_be_changed_through_it(stale_of: Any, hand: Any) -> None:
    """An index is found, and a table that is made anew has no past."""
    reader = stale_of(Lagging(Fixed(4.0)), only_writer=True).connect()
    reader.put_item(TableName="routes", Item={**route(0, 1), "zone": {"S": "a"}})
    assert reader.scan(TableName="routes")["Count"] == 0
    by_zone = {
        "IndexName": "by-zone",
        "KeySchema": [{"AttributeName": "zone", "KeyType": "HASH"}],
        "Projection": {"ProjectionType": "ALL"},
    }
    reader.update_table(
        TableName="routes",
        AttributeDefinitions=[{"AttributeName": "zone", "AttributeType": "S"}],
        GlobalSecondaryIndexUpdates=[{"Create": by_zone}],
    )
    hand.now_s = 4.0
    assert reader.scan(TableName="routes", IndexName="by-zone")["Count"] == 1
    reader.delete_table(TableName="routes")
    reader.create_table(
        TableName="routes",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    assert reader.scan(TableName="routes")["Count"] == 0
    reader.put_item(TableName="routes", Item={"id": {"S": "1"}})
    assert "Item" not in reader.get_item(TableName="routes", Key={"id": {"S": "1"}})


def test_the_only_writer_sends_two_requests_for_a_write_and_one_for_a_fresh_read(stale_of: Any, dynamodb: Any) -> None:
    """The write and what it left; a stale read sends one more where the copy changes."""
    stale = stale_of(Fresh(), Lagging(Fixed(0.0)), only_writer=True)
    fresh, late = stale.connect(0), stale.connect(1)
    sent: list[str] = []
    stale._tables._client.meta.events.register("before-send.dynamodb", lambda event_name, **_: sent.append(event_name))

    def of(call: Callable[[], Any]) -> list[str]:
        sent.clear()
        call()
        return [name.rpartition(".")[2] for name in sent]

    late.put_item(TableName="routes", Item=route(0, 0))
    late.get_item(TableName="routes", Key=key(0))
    assert of(lambda: fresh.put_item(TableName="routes", Item=route(0, 1))) == ["PutItem", "GetItem"]
    assert of(lambda: fresh.get_item(TableName="routes", Key=key(0))) == ["GetItem"]
    assert of(lambda: fresh.scan(TableName="routes")) == ["Scan"]
    assert of(lambda: late.get_item(TableName="routes", Key=key(0))) == ["PutItem", "GetItem"]
    assert of(lambda: late.get_item(TableName="routes", Key=key(0))) == ["GetItem"]


def test_a_negative_number_of_seconds_is_refused(dynamodb: Any, hand: Any) -> None:
    """By its name."""
    with pytest.raises(StaleReadRefused, match="keep_s is -1; it must be 0 or more"):
        StaleReadClient(dynamodb, [Fresh()], now=hand, keep_s=-1.0)
