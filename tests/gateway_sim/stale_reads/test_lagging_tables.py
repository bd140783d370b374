"""The tables of a client as each replica sees them."""

import pytest

from gateway_sim.lag import Fixed
from gateway_sim.replicas import Fresh, Lagging
from gateway_sim.stale_reads.lagging_tables import LaggingTables

ROUTE = {"account": {"S": "acme"}, "job": {"S": "job-1"}, "pod": {"S": "pod:1"}}


@pytest.fixture
def tables(dynamodb, hand):
    """Return the tables of two replicas: a fresh one, and one that lags by 4 s."""
    views = [Fresh(), Lagging(Fixed(4.0))]
    made = LaggingTables(dynamodb, lambda replica: views[replica], hand, 7, 0.0)
    yield made
    made.forget_all()


def test_each_replica_has_a_table_of_what_it_sees(tables, dynamodb, hand):
    """Whole, or of the keys that a read asks for."""
    tables.meet("routes", ROUTE)
    dynamodb.put_item(TableName="routes", Item=ROUTE)
    tables.meet("routes", ROUTE)

    def seen():
        return [dynamodb.scan(TableName=tables.whole_shadow_of("routes", replica))["Count"] for replica in (0, 1)]

    assert seen() == [1, 0]
    hand.now_s = 4.0
    assert seen() == [1, 1]
    assert tables.shadow_of("routes", 1, [ROUTE]) == "routes_replica_1"


def test_the_copies_are_hidden_and_go(tables, dynamodb):
    """One table's, or all."""
    copy = tables.whole_shadow_of("routes", 0)
    assert (tables.hides(copy), tables.hides("routes")) == (True, False)
    tables.forget("routes")
    assert dynamodb.list_tables()["TableNames"] == ["routes"]
    assert not tables.hides(copy)


@pytest.mark.parametrize("kind", ["N", "S"])
def test_a_copy_has_the_types_that_moto_forgets_in_update_table(tables, dynamodb, kind):
    """They are those of the items; an empty table can hold any."""
    dynamodb.create_table(
        TableName="counted",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": kind}],
        BillingMode="PAY_PER_REQUEST",
    )
    by_zone = {
        "IndexName": "by-zone",
        "KeySchema": [{"AttributeName": "zone", "KeyType": "HASH"}],
        "Projection": {"ProjectionType": "ALL"},
    }
    dynamodb.update_table(
        TableName="counted",
        AttributeDefinitions=[{"AttributeName": "zone", "AttributeType": "S"}],
        GlobalSecondaryIndexUpdates=[{"Create": by_zone}],
    )
    assert dynamodb.scan(TableName=tables.whole_shadow_of("counted", 0))["Count"] == 0
    dynamodb.put_item(TableName="counted", Item={"id": {kind: "1"}})
    assert dynamodb.scan(TableName=tables.whole_shadow_of("counted", 0))["Count"] == 1
