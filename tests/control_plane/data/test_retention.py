"""A version is needed until its last reference ends."""

import pytest
from moto import mock_aws

from gateway_sim.control_plane.data.retention import Reference, Retention, needed
from gateway_sim.control_plane.events import VersionHeld
from gateway_sim.route_table import dynamodb_client


@pytest.fixture
def client():
    """Give a client of moto's, with a table keyed by name."""
    with mock_aws():
        made = dynamodb_client(None)
        made.create_table(
            TableName="references",
            KeySchema=[{"AttributeName": "name", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "name", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        yield made
        made.delete_table(TableName="references")


def test_a_version_is_needed_as_long_as_one_holder_needs_it():
    """The last second is one too late."""
    references = [Reference(3, "run-1", 10.0), Reference(3, "run-2", 20.0), Reference(1, "run-1", 15.0)]
    assert needed(references, 0.0) == [1, 3]
    assert needed(references, 15.0) == [3]
    assert needed(references, 20.0) == []


def test_references_are_kept_table_by_table(client):
    """A version that is held twice by one holder is held until the second end."""
    told: list[object] = []
    rides, others = (Retention(client, "references", name, emit=told.append) for name in ("rides", "rides-2"))
    rides.hold(3, "run-1", 10.0)
    rides.hold(3, "run-1", 12.5)
    others.hold(7, "run-1", 10.0)
    assert rides.references() == [Reference(3, "run-1", 12.5)]
    assert told[0] == VersionHeld("rides", 3, "run-1", 10.0)


def test_references_over_several_pages_come_back_whole(client):
    """500 references of about 4 KB are 2 MB: DynamoDB answers a scan in pages of at most 1 MB.

    A vacuum that keeps what the first page names would delete versions that are held.
    """
    retention = Retention(client, "references", "rides", emit=lambda event: None)
    for version in range(500):
        retention.hold(version, f"run-{version}-{'x' * 1900}", 10.0)
    page = client.scan(TableName="references", ConsistentRead=True)
    assert "LastEvaluatedKey" in page
    assert len({item["version"]["N"] for item in page["Items"]}) < 500
    assert needed(retention.references(), 0.0) == list(range(500))
