"""A limit that several schedulers share, counted in one item of a table."""

import pytest
from moto import mock_aws

from gateway_sim.control_plane.events import LimitGivenBack, LimitTaken
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


def test_a_limit_below_zero_is_refused_with_its_name():
    """Nothing is written for it."""
    with pytest.raises(QuotaRefused, match="the limit backfills is -1; it must be 0 or more"):
        ConcurrencyLimit(None, "limits", "backfills", -1, emit=print)
