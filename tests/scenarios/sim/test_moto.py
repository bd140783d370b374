"""moto in this process, for worlds and endpoints that run for long."""

from types import SimpleNamespace
from typing import Any

import boto3
from moto.dynamodb.models.dynamo_type import Item

from gateway_sim.route_table import REGION, dynamodb_client
from gateway_sim.scenarios.sim.moto import MOTO, Moto


def test_the_dashboard_forgets_the_items_and_the_tables_keep_them() -> None:
    """Without it, moto holds every item that was ever written."""
    key = {"id": {"S": "1"}}
    with MOTO.held():
        client: Any = dynamodb_client(None)
        client.create_table(
            TableName="watched",
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        for _ in range(10):
            client.put_item(TableName="watched", Item=key)
        tracked: Any = Item
        assert len(tracked.instances_tracked) >= 10
        MOTO.clear_dashboard()
        assert tracked.instances_tracked == []
        assert client.get_item(TableName="watched", Key=key)["Item"] == key
        client.delete_table(TableName="watched")


def test_a_table_is_emptied_for_the_next_world_or_is_not_there() -> None:
    """Which is cheaper than to make it again."""
    key = {"id": {"S": "1"}}
    with MOTO.held():
        client: Any = dynamodb_client(None)
        assert not MOTO.empty_table("of-a-world")
        client.create_table(
            TableName="of-a-world",
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        client.put_item(TableName="of-a-world", Item=key)
        assert MOTO.empty_table("of-a-world")
        assert "Item" not in client.get_item(TableName="of-a-world", Key=key)
        client.delete_table(TableName="of-a-world")


def test_buckets_are_dropped_with_their_objects() -> None:
    """moto keeps an open file for each of them."""
    with MOTO.held():
        client: Any = boto3.client("s3", region_name=REGION)
        client.create_bucket(Bucket="of-a-world")
        client.put_object(Bucket="of-a-world", Key="a", Body=b"1")
        MOTO.drop_buckets()
        assert client.list_buckets()["Buckets"] == []


def test_its_last_holder_ends_it_and_each_clears_the_dashboard() -> None:
    """What is there is gone with it; the next holder begins it anew."""
    done: list[str] = []
    moto = Moto()
    moto._mock = SimpleNamespace(start=lambda: done.append("start"), stop=lambda: done.append("stop"))
    moto.clear_dashboard = lambda: done.append("clear")  # type: ignore[method-assign]
    with moto.held():
        with moto.held():
            done.append("both")
        done.append("one")
    moto.hold()
    assert done == ["start", "both", "clear", "one", "clear", "stop", "start"]
