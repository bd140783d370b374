"""A model of PynamoDB reads late; its library calls botocore below the client's methods."""

import pytest
from pynamodb.attributes import BinaryAttribute, UnicodeAttribute
from pynamodb.connection import Connection, TableConnection
from pynamodb.connection.table import MetaTable
from pynamodb.exceptions import PutError
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex
from pynamodb.models import Model
from pynamodb.transactions import TransactGet, TransactWrite

from gateway_sim.lag import Fixed
from gateway_sim.stale_reads import Lagging

SEEN = ((3.9, 0), (4.0, 1))
"""How many routes a reader sees at which second, 4 s after they were written."""


@pytest.fixture
def stale(stale_of):
    """Give a table with one replica, which lags by 4 s."""
    return stale_of(Lagging(Fixed(4.0)))


@pytest.fixture
def route_model(stale):
    """Return a wrapped model of the table; each test has a class of its own, as a model keeps its connection."""

    class ByPod(GlobalSecondaryIndex):
        class Meta:
            index_name = "by-pod"
            projection = AllProjection()

        pod = UnicodeAttribute(hash_key=True)

    class Route(Model):
        class Meta:
            table_name = "routes"
            region = "us-east-1"

        account = UnicodeAttribute(hash_key=True)
        job = UnicodeAttribute(range_key=True)
        pod = UnicodeAttribute(default="pod:1")
        token = BinaryAttribute(legacy_encoding=False, default=b"\x00\xff")
        by_pod = ByPod()

    return stale.wrap(Route)


def test_a_model_reads_late(route_model, hand):
    """By key, by query, by index, by scan and in a batch; a consistent read is not late."""
    route_model("acme", "job-1").save()
    for hand.now_s, seen in SEEN:
        late = list(route_model.query("acme")), list(route_model.scan()), list(route_model.by_pod.query("pod:1"))
        assert [len(found) for found in late] == [seen] * 3
        assert len(list(route_model.batch_get([("acme", "job-1")]))) == seen
        assert route_model.get("acme", "job-1", consistent_read=True).token == b"\x00\xff"
        if not seen:
            with pytest.raises(route_model.DoesNotExist):
                route_model.get("acme", "job-1")
    assert route_model.get("acme", "job-1").pod == "pod:1"


def test_what_a_model_writes_is_late(route_model, hand):
    """An update, a batch and a deletion."""
    route = route_model("acme", "job-1")
    with route_model.batch_write() as batch:
        batch.save(route)
    hand.now_s = 10.0
    route.update(actions=[route_model.pod.set("pod:2")])
    assert [found.pod for found in route_model.query("acme")] == ["pod:1"]
    hand.now_s = 20.0
    route.delete()
    assert [found.pod for found in route_model.query("acme")] == ["pod:2"]
    hand.now_s = 24.0
    assert list(route_model.query("acme")) == []


def test_a_refused_write_is_pynamodbs_own_error(route_model):
    """With DynamoDB's reason."""
    route_model("acme", "job-1").save()
    with pytest.raises(PutError, match="conditional request failed") as refused:
        route_model("acme", "job-1").save(condition=route_model.account.does_not_exist())
    assert refused.value.cause_response_code == "ConditionalCheckFailedException"


def test_a_transaction_has_a_connection_of_its_own_and_reads_what_is_there(stale, route_model):
    """Its writes are as late as others."""
    connection = stale.wrap(Connection(region="us-east-1"))
    with TransactWrite(connection=connection) as transaction:
        transaction.save(route_model("acme", "job-1"))
    assert list(route_model.query("acme")) == []
    with TransactGet(connection=connection) as transaction:
        found = transaction.get(route_model, "acme", "job-1")
    assert found.get().pod == "pod:1"


def test_the_connection_of_a_table_can_be_wrapped(stale, hand):
    """As the lower level of PynamoDB has it."""
    meta_table = MetaTable(stale.client.describe_table(TableName="routes")["Table"])
    table = stale.wrap(TableConnection("routes", region="us-east-1", meta_table=meta_table))
    table.put_item("acme", "job-1", attributes={"pod": {"S": "pod:1"}})
    for hand.now_s, seen in SEEN:
        assert ("Item" in table.get_item("acme", "job-1")) == seen
