"""A backfill's day belongs to one run at a time, and is done once that run has reported it."""

import pytest
from moto import mock_aws

from gateway_sim.control_plane.data.backfills import Backfill
from gateway_sim.route_table import dynamodb_client

DAYS = ["day-1", "day-2"]


@pytest.fixture
def backfills():
    """Give two objects of one backfill, as two schedulers have them."""
    with mock_aws():
        client = dynamodb_client(None)
        client.create_table(
            TableName="backfills",
            KeySchema=[{"AttributeName": "name", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "name", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        yield [Backfill(client, "backfills", "march", DAYS, lease_s=60.0) for _ in range(2)]
        client.delete_table(TableName="backfills")


def test_a_claimed_day_is_not_open_to_another_scheduler(backfills):
    """The next one is."""
    first, second = backfills
    assert first.next_open(0.0) == second.next_open(0.0) == "day-1"
    assert first.claim("day-1", "run-1", 0.0)
    assert not second.claim("day-1", "run-2", 0.0)
    assert second.next_open(0.0) == "day-2"


def test_of_two_that_saw_the_same_open_day_one_gets_it(backfills, monkeypatch):
    """The write is conditional, whatever the reader believed."""
    first, second = backfills
    seen = second._known()
    assert first.claim("day-1", "run-1", 0.0)
    monkeypatch.setattr(second, "_known", lambda: seen)
    assert not second.claim("day-1", "run-2", 0.0)
    monkeypatch.undo()
    seen = second._known()
    assert first.claim("day-1", "run-3", 60.0)
    monkeypatch.setattr(second, "_known", lambda: seen)
    assert not second.claim("day-1", "run-4", 60.0)


def test_the_day_of_a_dead_run_is_open_after_its_lease(backfills):
    """Unless it is renewed; a run that was replaced can no longer report."""
    first, second = backfills
    first.claim("day-1", "run-1", 0.0)
    assert first.renew("day-1", "run-1", 50.0)
    assert second.next_open(60.0) == "day-2"
    assert second.next_open(110.0) == "day-1"
    assert second.claim("day-1", "run-2", 110.0)
    assert not first.renew("day-1", "run-1", 111.0)
    assert not first.finish("day-1", "run-1", 111.0)
    assert second.finish("day-1", "run-2", 111.0)


def test_a_reported_day_is_done_for_every_scheduler_and_for_good(backfills):
    """Also when the run that reported it is long over."""
    first, second = backfills
    assert first.left() == DAYS
    first.claim("day-1", "run-1", 0.0)
    assert second.left() == DAYS
    assert first.finish("day-1", "run-1", 5.0)
    assert second.left() == ["day-2"]
    assert second.next_open(10_000.0) == "day-2"
    assert not second.claim("day-1", "run-2", 10_000.0)


def test_a_late_renewal_does_not_open_a_reported_day_again(backfills):
    """The renewal may have been on its way; a report that is sent again is no error."""
    first, second = backfills
    first.claim("day-1", "run-1", 0.0)
    assert first.finish("day-1", "run-1", 5.0)
    assert not first.renew("day-1", "run-1", 6.0)
    assert first.finish("day-1", "run-1", 7.0)
    assert second.left() == ["day-2"]
