"""A real table in moto, seen through a StaleReadClient whose clock the test turns by hand."""

from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from gateway_sim.stale_reads import StaleReadClient


class Hand:
    """A clock that moves when told."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        """Return the time."""
        return self.now_s


@pytest.fixture
def hand() -> Hand:
    """Return the test's clock, at 0."""
    return Hand()


@pytest.fixture(scope="session")
def session() -> boto3.Session:
    """Return a session for all tests: a new one reads botocore's descriptions of the service again, for 0.1 s."""
    return boto3.Session(aws_access_key_id="x", aws_secret_access_key="x", region_name="us-east-1")


@pytest.fixture
def dynamodb(session: boto3.Session) -> Iterator[Any]:
    """Return a client of moto with one empty table: keyed by route, indexed by pod and locally by generation."""
    with mock_aws():
        client: Any = session.client("dynamodb")
        client.create_table(
            TableName="routes",
            KeySchema=[
                {"AttributeName": "account", "KeyType": "HASH"},
                {"AttributeName": "job", "KeyType": "RANGE"},
            ],
            AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("account", "job", "pod")],
            GlobalSecondaryIndexes=[
                {
                    "IndexName": "by-pod",
                    "KeySchema": [{"AttributeName": "pod", "KeyType": "HASH"}],
                    "Projection": {"ProjectionType": "ALL"},
                }
            ],
            LocalSecondaryIndexes=[
                {
                    "IndexName": "by-job-pod",
                    "KeySchema": [
                        {"AttributeName": "account", "KeyType": "HASH"},
                        {"AttributeName": "pod", "KeyType": "RANGE"},
                    ],
                    "Projection": {"ProjectionType": "ALL"},
                }
            ],
            BillingMode="PAY_PER_REQUEST",
        )
        yield client


@pytest.fixture
def stale_of(dynamodb: Any, hand: Hand) -> Iterator[Callable[..., StaleReadClient]]:
    """Put stale-read clients before the table; they are closed in the end."""
    made = []

    def make(*views: Any, **settings: Any) -> StaleReadClient:
        made.append(StaleReadClient(dynamodb, views, now=hand, **settings))
        return made[-1]

    yield make
    for stale in made:
        stale.close()
