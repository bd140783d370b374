"""A lock's writes are conditional, so a client that read before another wrote changes nothing.

The clauses of `gateway-sim contract lock` are held in tests/scenarios/compare/port_contract/.
"""

import pytest
from moto import mock_aws

from gateway_sim.control_plane.data.locks import LeasedLock
from gateway_sim.route_table import dynamodb_client


@pytest.fixture
def locks():
    """Give two clients of one lock."""
    with mock_aws():
        client = dynamodb_client(None)
        client.create_table(
            TableName="locks",
            KeySchema=[{"AttributeName": "name", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "name", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        yield [LeasedLock(client, "locks", "march", lease_s=60.0) for _ in range(2)]
        client.delete_table(TableName="locks")


def reads_before(lock, monkeypatch):
    """Let the next reads of a lock return what is there now."""
    seen = lock._items.get(lock._key("day-1"))
    monkeypatch.setattr(lock._items, "get", lambda name: seen)


def test_of_two_that_saw_the_same_free_key_one_gets_it(locks, monkeypatch):
    """One that was never held, and one whose lease has ended."""
    first, second = locks
    reads_before(second, monkeypatch)
    assert first.acquire("day-1", "run-1", 0.0) == 1
    assert second.acquire("day-1", "run-2", 0.0) is None
    monkeypatch.undo()
    reads_before(second, monkeypatch)
    assert first.acquire("day-1", "run-3", 60.0) == 2
    assert second.acquire("day-1", "run-4", 60.0) is None
    assert first.holder("day-1", 61.0) == "run-3"


def test_a_key_that_was_renewed_since_it_was_read_is_not_acquired(locks, monkeypatch):
    """A renewal keeps the token, and moves the end of the lease."""
    first, second = locks
    first.acquire("day-1", "run-1", 0.0)
    reads_before(second, monkeypatch)
    assert first.renew("day-1", "run-1", 59.0)
    assert second.acquire("day-1", "run-2", 61.0) is None
    assert first.holder("day-1", 61.0) == "run-1"


def test_a_key_that_has_gone_since_it_was_read_is_neither_renewed_nor_released(locks, monkeypatch):
    """Its successor keeps it."""
    first, second = locks
    first.acquire("day-1", "run-1", 0.0)
    reads_before(first, monkeypatch)
    assert second.acquire("day-1", "run-2", 60.0) == 2
    assert not first.renew("day-1", "run-1", 61.0)
    assert not first.release("day-1", "run-1")
    assert second.holder("day-1", 119.0) == "run-2"
    assert second.holder("day-1", 120.0) is None


def test_a_free_key_is_neither_renewed_nor_released(locks):
    """It has no holder."""
    assert locks[0].holder("day-1", 0.0) is None
    assert not locks[0].renew("day-1", "run-1", 0.0)
    assert not locks[0].release("day-1", "run-1")
