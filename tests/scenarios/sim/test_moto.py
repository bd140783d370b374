"""moto in this process, for worlds and endpoints that run for long."""

from typing import Any

from moto.dynamodb.models.dynamo_type import Item

from gateway_sim.route_table import dynamodb_client
from gateway_sim.scenarios.sim.moto import MOTO


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
