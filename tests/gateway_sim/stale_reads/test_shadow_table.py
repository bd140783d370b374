"""One replica's sight of a table, laid out in a table of its own."""

import pytest

from gateway_sim.lag import Fixed, SimpleDbStep
from gateway_sim.replicas import Fresh, Lagging
from gateway_sim.stale_reads.item_history import ItemHistory
from gateway_sim.stale_reads.shadow_table import ShadowTable, schema_of

OLD = {"account": {"S": "acme"}, "job": {"S": "job-1"}, "pod": {"S": "pod:1"}}
NEW = {**OLD, "pod": {"S": "pod:2"}}


@pytest.fixture
def history():
    """Give the history of an item that was there before, and was changed at 10 s."""
    made = ItemHistory(["account", "job"], [OLD])
    made.met(made.key_of(OLD), NEW, 10.0)
    return made


def pod(client, table):
    """Return the pod that the replica's table names; None for no item."""
    key = {name: OLD[name] for name in ("account", "job")}
    item = client.get_item(TableName=table.name, Key=key).get("Item")
    return item and item["pod"]["S"]


def test_the_table_holds_what_the_view_shows_at_that_second(dynamodb, history):
    """The old item, which every replica sees, until the change is old enough; and nothing once it was deleted."""
    table, key = ShadowTable(dynamodb, "routes", 0, history, 7, 0.0), history.key_of(OLD)
    history.met(key, None, 20.0)
    seen = []
    for now_s in (0.0, 13.9, 14.0, 24.0):
        table.lay_out(schema_of(dynamodb, "routes"), [key], Lagging(Fixed(4.0)), now_s, cached=False)
        seen.append(pod(dynamodb, table))
    assert seen == ["pod:1", "pod:1", "pod:2", None]


def test_an_item_from_before_the_first_read_is_seen_under_any_law(dynamodb, history):
    """Also where each read draws for itself, and draws a stale one."""
    table, never_fresh = ShadowTable(dynamodb, "routes", 0, history, 7, 0.0), SimpleDbStep(0.0, 0.0)
    table.lay_out(schema_of(dynamodb, "routes"), [history.key_of(OLD)], Lagging(never_fresh), 60.0, cached=False)
    assert pod(dynamodb, table) == "pod:1"


def test_a_miss_is_remembered_by_cached_reads_alone(dynamodb):
    """For as long as the cache keeps it, or until the item is written through this replica."""
    history = ItemHistory(["account", "job"], [])
    table, key = ShadowTable(dynamodb, "routes", 0, history, 7, 5.0), history.key_of(OLD)
    schema = schema_of(dynamodb, "routes")
    table.lay_out(schema, [key], Fresh(), 1.0, cached=True)
    history.met(key, NEW, 2.0)

    def seen(now_s, *, cached):
        table.lay_out(schema, [key], Fresh(), now_s, cached=cached)
        return pod(dynamodb, table)

    assert [seen(3.0, cached=True), seen(3.0, cached=False), seen(5.9, cached=True)] == [None, "pod:2", None]
    assert [seen(now_s, cached=True) for now_s in (6.0, 6.5)] == ["pod:2", "pod:2"]
    history.met(key, None, 7.0)
    assert seen(7.0, cached=True) is None
    history.met(key, NEW, 8.0)
    table.forget_miss(key)
    assert seen(8.0, cached=True) == "pod:2"


def test_a_name_that_is_taken_is_left_alone_and_dropping_leaves_nothing(dynamodb, history):
    """Another client of stale reads, or one that was killed, may have a table of that name."""
    tables = [ShadowTable(dynamodb, "routes", 0, history, 7, 0.0) for _ in range(2)]
    for table in tables:
        table.lay_out(schema_of(dynamodb, "routes"), [history.key_of(OLD)], Fresh(), 0.0, cached=False)
    assert [table.name for table in tables] == ["routes_replica_0", "routes_replica_0_2"]
    for table in tables:
        table.drop()
        table.drop()
    assert dynamodb.list_tables()["TableNames"] == ["routes"]


def test_a_table_with_another_index_gets_another_copy_with_the_same_lags(dynamodb, history):
    """An index may be added at any time; what a replica has not seen yet, it does not see through the index."""
    table, key = ShadowTable(dynamodb, "routes", 0, history, 7, 0.0), history.key_of(OLD)
    schema = schema_of(dynamodb, "routes")
    before = {part: told for part, told in schema.items() if part != "GlobalSecondaryIndexes"}
    table.lay_out(before, [key], Lagging(Fixed(4.0)), 12.0, cached=False)
    assert "GlobalSecondaryIndexes" not in schema_of(dynamodb, table.name)
    table.lay_out(schema, [key], Lagging(Fixed(4.0)), 12.0, cached=False)
    assert schema_of(dynamodb, table.name) == schema
    assert pod(dynamodb, table) == "pod:1"


def test_a_copy_that_is_gone_already_can_be_dropped(dynamodb, history):
    """As after a reset of moto."""
    table = ShadowTable(dynamodb, "routes", 0, history, 7, 0.0)
    table.lay_out(schema_of(dynamodb, "routes"), [], Fresh(), 0.0, cached=False)
    dynamodb.delete_table(TableName=table.name)
    table.drop()
    assert dynamodb.list_tables()["TableNames"] == ["routes"]
