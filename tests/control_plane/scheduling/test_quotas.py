"""Shares of a cluster, and what may be borrowed."""

import pytest

from gateway_sim.control_plane.scheduling.quotas import Quota, QuotaRefused, admits, borrowed, check, could_ever, owed

SHARES = (Quota("daily", 8), Quota("backfill", 16, borrows=8))


def test_a_namespace_may_use_its_own_and_what_it_may_borrow():
    """Up to 24 of 16; a namespace without a quota may use nothing; without any quotas all may."""
    assert admits(SHARES, {"backfill": 20}, "backfill", 4)
    assert not admits(SHARES, {"backfill": 20}, "backfill", 5)
    assert not admits(SHARES, {}, "stranger", 1)
    assert admits((), {}, "stranger", 99)


def test_only_what_is_within_the_own_share_is_owed():
    """What may be borrowed is owed by no other namespace, however much of it is free."""
    assert owed(SHARES, {"daily": 4}, "daily", 4)
    assert not owed(SHARES, {"daily": 4}, "daily", 5)
    assert owed(SHARES, {"backfill": 12}, "backfill", 4)
    assert not owed(SHARES, {"backfill": 12}, "backfill", 5)
    assert not owed(SHARES, {}, "stranger", 1)
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


def test_what_could_ever_run_is_what_the_quotas_admit_when_nothing_runs():
    """Of each namespace its own; one without a quota never."""
    assert [could_ever(SHARES, "backfill", gpus) for gpus in (24, 25)] == [True, False]
    assert [could_ever(SHARES, "daily", gpus) for gpus in (8, 9)] == [True, False]
    assert not could_ever(SHARES, "stranger", 1)
    assert could_ever((), "stranger", 99)


def test_a_cohort_shares_what_its_members_lend_and_each_keeps_the_rest():
    """Of a's four two are lent; b borrows up to six, and a's own two are a's whatever b uses."""
    a, b = Quota("a", 4, cohort="c", lends=2), Quota("b", 4, borrows=6, cohort="c")
    other = Quota("other", 9)
    quotas = (a, b, other)
    assert [admits(quotas, {}, "b", gpus) for gpus in (6, 7)] == [True, False]
    assert [admits(quotas, {"b": 6}, "a", gpus) for gpus in (2, 3)] == [True, False]
    assert [admits(quotas, {"a": 1, "b": 6}, "a", gpus) for gpus in (1, 2)] == [True, False]
    assert [admits(quotas, {"a": 3}, "b", gpus) for gpus in (5, 6)] == [True, False]
