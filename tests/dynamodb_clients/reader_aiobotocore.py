"""Writes a route with aiobotocore, and prints which reads of the second replica see it; many clients read at once."""

import asyncio
import json
import os
import urllib.request

from aiobotocore.session import get_session

TABLE = {"TableName": "routes"}
KEY = {"route": {"S": "acme/job-1"}}
CLIENTS = 50


async def sees(client):
    """Return whether a get, and how often a batch and a scan, show the route."""
    item = await client.get_item(**TABLE, Key=KEY)
    batch = await client.batch_get_item(RequestItems={"routes": {"Keys": [KEY]}})
    pages = [page async for page in client.get_paginator("scan").paginate(**TABLE)]
    return ["Item" in item, len(batch["Responses"]["routes"]), sum(len(page["Items"]) for page in pages)]


async def story():
    """Play it."""
    session = get_session()
    keys = {"aws_access_key_id": "LABREPLICA1", "aws_secret_access_key": "any"}
    async with session.create_client("dynamodb", **keys) as client:
        await client.create_table(
            **TABLE,
            KeySchema=[{"AttributeName": "route", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "route", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        await sees(client)
        await client.put_item(**TABLE, Item={**KEY, "token": {"B": b"\x00\xff"}})
        stale = await asyncio.gather(*(sees(client) for _ in range(CLIENTS)))
        strong = await client.get_item(**TABLE, Key=KEY, ConsistentRead=True)
        try:
            names = {"#r": "route"}
            await client.put_item(
                **TABLE, Item=KEY, ConditionExpression="attribute_not_exists(#r)", ExpressionAttributeNames=names
            )
        except client.exceptions.ConditionalCheckFailedException as error:
            refused = type(error).__name__
        heal = urllib.request.Request(
            f"{os.environ['AWS_ENDPOINT_URL_DYNAMODB']}/admin/replicas/1/view",
            data=b'{"kind": "fresh"}',
            headers={"content-type": "application/json"},
            method="PUT",
        )
        (await asyncio.to_thread(urllib.request.urlopen, heal)).close()
        fresh = await sees(client)
    assert all(each == stale[0] for each in stale)
    token = list(strong["Item"]["token"]["B"])
    print(json.dumps({"stale": stale[0], "strong": token, "refused": refused, "fresh": fresh}))


asyncio.run(story())
