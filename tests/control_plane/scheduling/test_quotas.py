"""Shares of a cluster, what may be borrowed, and a limit that several schedulers share."""

from __future__ import annotations

import pytest
from moto import mock_aws

from control_plane.scheduling.concurrency import ConcurrencyLimit
from control_plane.scheduling.quotas import Quota, QuotaRefused, admits, borrowed, check, owed
from gateway_sim.route_table import dynamodb_client

SHARES = (Quota("daily", 8), Quota("backfill", 16, borrows=8))


def test_a_namespace_may_use_its_own_and_what_it_may_borrow():
    """Up to 24 of 16, and nobody without a quota anything; without quotas everybody may."""
    assert admits(SHARES, {"backfill": 20}, "backfill", 4)
    assert not admits(SHARES, {"backfill": 20}, "backfill", 5)
    assert not admits(SHARES, {}, "stranger", 1)
    assert admits((), {}, "stranger", 99)


def test_only_what_is_within_the_own_share_is_owed():
    """Borrowing is a favour."""
    assert owed(SHARES, {"daily": 4}, "daily", 4)
    assert not owed(SHARES, {"daily": 4}, "daily", 5)
    assert borrowed(SHARES, {"backfill": 20}, "backfill") == 4
    assert borrowed(SHARES, {"backfill": 12}, "backfill") == 0


@pytest.mark.parametrize(("nominal", "borrows", "word"), [(-1, 0, "nominal -1"), (1, -2, "borrows -2")])
def test_a_quota_below_zero_is_refused(nominal, borrows, word):
    """With the namespace and the number."""
    with pytest.raises(QuotaRefused, match=f"the quota of daily has {word}; it must be 0 or more"):
        Quota("daily", nominal, borrows)


def test_quotas_that_promise_more_than_there_is_are_refused():
    """The sum is of nominal shares: borrowing promises nothing."""
    check(SHARES, 24)
    with pytest.raises(QuotaRefused, match="the quotas of daily, backfill promise 24 GPUs; the cluster has 23"):
        check(SHARES, 23)


def test_a_limit_is_held_by_one_conditional_write_and_broken_by_a_read_and_an_act():
    """Two schedulers read 1 of 2 and both act; with the condition the second hears no."""
    told: list[object] = []
    with mock_aws():
        client = dynamodb_client(None)
        client.create_table(
            TableName="limits",
            KeySchema=[{"AttributeName": "name", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "name", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        one, other = (ConcurrencyLimit(client, "limits", "backfills", 2, emit=told.append) for _ in range(2))
        assert one.take()
        assert (one.read(), other.read()) == (1, 1)
        one.take_unasked()
        other.take_unasked()
        assert one.read() == 3
        one.give_back()
        assert not other.take()
        one.give_back()
        assert other.take()
        assert not one.take()
        assert one.read() == 2
        assert [event.held for event in told] == [1, 2, 3, 2, 1, 2]  # type: ignore[attr-defined]
        with pytest.raises(QuotaRefused, match="the limit backfills is -1; it must be 0 or more"):
            ConcurrencyLimit(client, "limits", "backfills", -1, emit=told.append)
