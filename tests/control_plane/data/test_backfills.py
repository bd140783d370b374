"""A backfill's day belongs to one run at a time, and is done once that run has reported it."""

import pytest
from moto import mock_aws

from gateway_sim.control_plane.data.backfills import Backfill
from gateway_sim.control_plane.data.locks import LeasedLock
from gateway_sim.route_table import dynamodb_client

DAYS = ["day-1", "day-2"]


@pytest.fixture
def backfills():
    """Give two objects of one backfill, as two schedulers have them."""
    with mock_aws():
        client = dynamodb_client(None)
        for table in ("backfills", "locks"):
            client.create_table(
                TableName=table,
                KeySchema=[{"AttributeName": "name", "KeyType": "HASH"}],
                AttributeDefinitions=[{"AttributeName": "name", "AttributeType": "S"}],
                BillingMode="PAY_PER_REQUEST",
            )
        locks = [LeasedLock(client, "locks", "march", lease_s=60.0) for _ in range(2)]
        yield [Backfill(client, "backfills", "march", DAYS, lock) for lock in locks]
        for table in ("backfills", "locks"):
            client.delete_table(TableName=table)


def test_a_claimed_day_is_not_open_to_another_scheduler(backfills):
    """The next one is."""
    first, second = backfills
    assert first.next_open(0.0) == second.next_open(0.0) == "day-1"
    assert first.claim("day-1", "run-1", 0.0)
    assert not second.claim("day-1", "run-2", 0.0)
    assert second.next_open(0.0) == "day-2"


class Slow:
    """A lock that gives the answer of an acquisition which its client did not use at once."""

    def __init__(self, token):
        self.token, self.released = token, []

    def holder(self, key, now_s):
        """Find no holder."""

    def acquire(self, key, holder, now_s):
        """Return the old token."""
        return self.token

    def release(self, key, holder):
        """Note the release."""
        self.released.append((key, holder))
        return True


def test_a_claim_with_an_old_token_is_refused_and_leaves_the_day_to_its_successor(backfills):
    """A run that slept between the lock and the day's item finds the item newer."""
    first, second = backfills
    assert first.claim("day-1", "run-1", 0.0)
    assert second.claim("day-1", "run-2", 60.0)
    first._lock = slow = Slow(1)
    assert not first.claim("day-1", "run-3", 61.0)
    assert slow.released == [("day-1", "run-3")]
    assert second.finish("day-1", "run-2")


def test_a_day_that_is_done_is_refused_whatever_the_token(backfills):
    """The report ends the day for good."""
    first, second = backfills
    first.claim("day-1", "run-1", 0.0)
    assert first.finish("day-1", "run-1")
    first._lock = Slow(9)
    assert not first.claim("day-1", "run-3", 61.0)
    assert second.left() == ["day-2"]


def test_the_day_of_a_dead_run_is_open_after_its_lease(backfills):
    """Unless it is renewed; a run that was replaced can no longer report."""
    first, second = backfills
    first.claim("day-1", "run-1", 0.0)
    assert first.renew("day-1", "run-1", 50.0)
    assert second.next_open(60.0) == "day-2"
    assert second.next_open(110.0) == "day-1"
    assert second.claim("day-1", "run-2", 110.0)
    assert not first.renew("day-1", "run-1", 111.0)
    assert not first.finish("day-1", "run-1")
    assert second.finish("day-1", "run-2")


def test_a_reported_day_is_done_for_every_scheduler_and_for_good(backfills):
    """Also when the run that reported it is long over."""
    first, second = backfills
    assert first.left() == DAYS
    first.claim("day-1", "run-1", 0.0)
    assert second.left() == DAYS
    assert first.finish("day-1", "run-1")
    assert second.left() == ["day-2"]
    assert second.next_open(10_000.0) == "day-2"
    assert not second.claim("day-1", "run-2", 10_000.0)


def test_a_late_renewal_does_not_open_a_reported_day_again(backfills):
    """The renewal may have been on its way; a report that is sent again is no error."""
    first, second = backfills
    first.claim("day-1", "run-1", 0.0)
    assert first.finish("day-1", "run-1")
    assert not first.renew("day-1", "run-1", 6.0)
    assert first.finish("day-1", "run-1")
    assert second.left() == ["day-2"]
