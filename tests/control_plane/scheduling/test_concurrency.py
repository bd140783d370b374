"""A limit that several schedulers share, counted in one item of a table."""

import pytest
from moto import mock_aws

from gateway_sim.control_plane.events import LimitGivenBack, LimitLeaseEnded, LimitTaken
from gateway_sim.control_plane.scheduling.concurrency import ConcurrencyLimit
from gateway_sim.control_plane.scheduling.quotas import QuotaRefused
from gateway_sim.route_table import dynamodb_client


@pytest.fixture
def told():
    """Give the list of what all schedulers emit."""
    return []


@pytest.fixture
def limits(told):
    """Give two schedulers that share a limit of two holders."""
    with mock_aws():
        client = dynamodb_client(None)
        client.create_table(
            TableName="limits",
            KeySchema=[{"AttributeName": "name", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "name", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        yield [ConcurrencyLimit(client, "limits", "backfills", 2, emit=told.append) for _ in range(2)]


def test_a_conditional_write_lets_no_more_in_than_the_limit(limits, told):
    """Whichever scheduler asks; a place that is given back can be taken by the other."""
    one, other = limits
    assert [one.take(), other.take(), one.take(), other.take()] == [True, True, False, False]
    one.give_back()
    assert (other.take(), one.read()) == (True, 2)
    assert told == [
        LimitTaken("backfills", 1, 2), LimitTaken("backfills", 2, 2), LimitGivenBack("backfills", 1),
        LimitTaken("backfills", 2, 2),
    ]  # fmt: skip


def test_a_read_followed_by_an_unconditional_take_exceeds_the_limit(limits):
    """Two schedulers read that one place is left, and both take it: the failure that the condition prevents."""
    one, other = limits
    one.take()
    assert (one.read(), other.read()) == (1, 1)
    one.take_unasked()
    other.take_unasked()
    assert one.read() == 3


@pytest.fixture
def leased(limits, told):
    """Give two schedulers that share a limit of two holders with leases of a minute."""
    client = dynamodb_client(None)
    return [ConcurrencyLimit(client, "limits", "leased", 2, emit=told.append, lease_s=60.0) for _ in range(2)]


def test_a_place_is_given_back_once(limits):
    """A second time frees nothing: the limit would otherwise admit more holders than it allows."""
    one, other = limits
    one.take()
    assert [one.give_back(), other.give_back(), one.read()] == [True, False, 0]


def test_a_holder_of_a_lease_needs_a_name_and_a_lease(leased):
    """Two holders without a name would share one lease, and a place that was not asked for would have none."""
    one, _ = leased
    with pytest.raises(ValueError, match="the limit leased has leases; a holder needs a name, new for each attempt"):
        one.take()
    with pytest.raises(ValueError, match="the limit leased has leases; take a place by `take`"):
        one.take_unasked()
    assert one.read() == 0


def test_without_a_lease_the_place_of_a_dead_holder_is_gone(limits):
    """Two holders died without giving back; no holder gets in, at any time."""
    one, other = limits
    assert one.take("run-1", 0.0)
    assert one.take("run-2", 0.0)
    assert other.reap(1e9) == []
    assert not other.take("run-3", 1e9)
    assert other.read() == 2


def test_the_place_of_a_dead_holder_comes_back_when_its_lease_ends(leased, told):
    """And that of a holder that renews does not."""
    one, other = leased
    assert one.take("run-1", 0.0)
    assert one.take("run-2", 0.0)
    assert not other.take("run-3", 59.0)
    assert one.renew("run-2", 50.0)
    told.clear()
    assert other.take("run-3", 60.0)
    assert told == [LimitLeaseEnded("leased", "run-1", 1), LimitTaken("leased", 2, 2)]
    assert not other.take("run-4", 100.0)


def test_a_holder_that_lost_its_place_learns_it_and_takes_no_other_place_away(leased):
    """Neither its renewal nor its giving back changes what its successor holds."""
    one, other = leased
    one.take("run-1", 0.0)
    assert other.reap(60.0) == ["run-1"]
    other.take("run-2", 60.0)
    assert not one.renew("run-1", 61.0)
    assert not one.give_back("run-1")
    assert other.read() == 1
    assert other.give_back("run-2")
    assert other.read() == 0


def test_a_lease_that_is_renewed_while_it_is_reaped_stays(leased, monkeypatch):
    """The reaper read the item before the renewal: its write is conditional on what it read."""
    one, other = leased
    one.take("run-1", 0.0)
    read = other._item()
    monkeypatch.setattr(other, "_item", lambda: read)
    assert one.renew("run-1", 60.0)
    assert other.reap(60.0) == []
    assert one.read() == 1


def test_two_reapers_free_a_place_once(leased, monkeypatch):
    """Both read the same item."""
    one, other = leased
    one.take("run-1", 0.0)
    one.take("run-2", 30.0)
    read = other._item()
    monkeypatch.setattr(other, "_item", lambda: read)
    assert one.reap(60.0) == ["run-1"]
    assert other.reap(60.0) == []
    assert one.read() == 1


def test_a_holder_has_one_place(leased):
    """Asking twice takes no second one, which nothing would give back."""
    one, other = leased
    assert one.take("run-1", 0.0)
    assert not other.take("run-1", 1.0)
    assert one.read() == 1


def test_a_lease_of_no_time_is_refused():
    """Every holder would lose its place at once."""
    with pytest.raises(QuotaRefused, match="the lease of the limit backfills is 0 s; it must be above 0"):
        ConcurrencyLimit(None, "limits", "backfills", 1, emit=print, lease_s=0.0)


def test_a_limit_below_zero_is_refused_with_its_name():
    """Nothing is written for it."""
    with pytest.raises(QuotaRefused, match="the limit backfills is -1; it must be 0 or more"):
        ConcurrencyLimit(None, "limits", "backfills", -1, emit=print)


def test_a_lease_that_is_taken_without_a_time_begins_at_zero(told):
    """And ends when it has lasted, not earlier."""
    with mock_aws():
        client = dynamodb_client(None)
        client.create_table(
            TableName="limits",
            KeySchema=[{"AttributeName": "name", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "name", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        limit = ConcurrencyLimit(client, "limits", "backfills", 1, emit=told.append, lease_s=10.0)
        assert limit.take("a")
        assert limit.reap(9.9) == []
        assert limit.reap(10.0) == ["a"]
