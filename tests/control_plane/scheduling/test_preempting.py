"""Which running job gives way to a waiting one, in Kueue's words."""

import pytest

from gateway_sim.control_plane.scheduling.preempting import gives_way, may_preempt
from gateway_sim.control_plane.scheduling.quotas import Quota
from gateway_sim.control_plane.scheduling.work import Work


def work(namespace: str, priority: int = 0) -> Work:
    """Return a job of one GPU."""
    return Work("job", 1, 3600.0, namespace, priority)


def test_without_quotas_the_lower_priority_gives_way():
    """And an equal one does not."""
    assert gives_way((), {}, work("a"), work("b", 1), 1)
    assert not gives_way((), {}, work("a", 1), work("b", 1), 1)
    assert may_preempt((), {}, work("a"), 1, lower_runs=True)
    assert not may_preempt((), {}, work("a"), 1, lower_runs=False)


@pytest.mark.parametrize(
    ("reclaims", "priority", "gives"),
    [("Any", 0, True), ("Any", 9, True), ("LowerPriority", 0, True), ("LowerPriority", 9, False), ("Never", 0, False)],
)
def test_a_borrower_gives_way_as_the_owner_reclaims(reclaims, priority, gives):
    """The borrower uses five of its four; the owner wants one of its own four."""
    quotas = (Quota("owner", 4, cohort="c", reclaims=reclaims), Quota("borrower", 4, 4, cohort="c"))
    used = {"borrower": 5}
    assert gives_way(quotas, used, work("borrower", priority), work("owner", 5), 1) is gives
    assert not gives_way(quotas, {"borrower": 4}, work("borrower", priority), work("owner", 5), 1)
    assert may_preempt(quotas, used, work("owner", 5), 1, lower_runs=False) is (reclaims != "Never")
    assert not may_preempt(quotas, {"borrower": 4}, work("owner", 5), 1, lower_runs=False)


def test_another_cohort_gives_nothing_back():
    """It has not borrowed from this one."""
    quotas = (Quota("owner", 4, cohort="c"), Quota("borrower", 4, 4, cohort="d"))
    assert not gives_way(quotas, {"borrower": 5}, work("borrower"), work("owner", 5), 1)


def test_within_a_queue_the_lower_priority_gives_way_only_where_the_quota_says_so():
    """Kueue's withinClusterQueue."""
    for within in ("Never", "LowerPriority"):
        quotas = (Quota("own", 4, within=within),)  # type: ignore[arg-type]
        assert gives_way(quotas, {"own": 4}, work("own"), work("own", 1), 1) is (within == "LowerPriority")
        assert not gives_way(quotas, {"own": 4}, work("own", 1), work("own", 1), 1)
        assert may_preempt(quotas, {"own": 4}, work("own", 1), 1, lower_runs=True) is (within == "LowerPriority")
