"""A library of locks on a table with stale reads: it must read strongly, and this one does."""

from datetime import timedelta

import pytest
from python_dynamodb_lock.python_dynamodb_lock import DynamoDBLockClient, DynamoDBLockError

from gateway_sim.stale_reads import Partitioned


@pytest.fixture
def locks_of(dynamodb, session, stale_of):
    """Return clients of locks, each with a connection to a replica that sees no write; they are closed in the end."""
    DynamoDBLockClient.create_dynamodb_table(dynamodb, table_name="locks")
    stale, made = stale_of(Partitioned(-1.0)), []

    def make(owner):
        resource = stale.wrap(session.resource("dynamodb"))
        made.append(
            DynamoDBLockClient(
                resource,
                table_name="locks",
                owner_name=owner,
                heartbeat_period=timedelta(seconds=0.2),
                safe_period=timedelta(seconds=0.6),
                lease_duration=timedelta(seconds=1),
            )
        )
        return made[-1], resource.Table("locks")

    yield make
    for locks in made:
        locks.close(release_locks=True)


def test_a_lock_excludes_the_other_owner_on_a_replica_that_sees_nothing(locks_of):
    """Its condition and its strong read need no replica; an eventual read of the same item finds no lock."""
    (first, table), (second, _) = locks_of("first"), locks_of("second")
    held = first.acquire_lock("acme/job-1")
    key = {"lock_key": "acme/job-1", "sort_key": "-"}
    assert "Item" not in table.get_item(Key=key)
    assert table.get_item(Key=key, ConsistentRead=True)["Item"]["owner_name"] == "first"
    with pytest.raises(DynamoDBLockError) as refused:
        second.acquire_lock("acme/job-1", retry_period=timedelta(seconds=0.1), retry_timeout=timedelta(seconds=0.3))
    assert refused.value.code == DynamoDBLockError.ACQUIRE_TIMEOUT
    held.release(best_effort=False)
    assert second.acquire_lock("acme/job-1").owner_name == "second"
