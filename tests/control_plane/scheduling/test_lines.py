"""The queue of a scheduler, line by line."""

from gateway_sim.control_plane.scheduling.lines import Lines, line_of
from gateway_sim.control_plane.scheduling.quotas import Quota
from gateway_sim.control_plane.scheduling.work import Work


def work(name: str, gpus: int = 1, **more: object) -> Work:
    """Return a job of an hour."""
    return Work(name, gpus, 3600.0, **more)  # type: ignore[arg-type]


def test_jobs_that_are_alike_wait_in_one_line_in_their_order():
    """A withdrawn one leaves its line, and an empty line is gone."""
    lines = Lines((), strict=False)
    for one in (work("a"), work("b"), work("c", 2)):
        lines.wait(one)
    assert list(lines.untried) == [line_of(work("a")), line_of(work("c", 2))]
    assert lines.withdraw("a") == work("a")
    assert lines.withdraw("a") is None
    assert lines.take(line_of(work("b"))).name == "b"
    assert list(lines.untried) == [line_of(work("c", 2))]


def test_lines_come_by_priority_and_then_by_the_arrival_of_their_first_job():
    """Whatever the order of the lines."""
    lines = Lines((), strict=False)
    for one in (work("late", 2), work("later", 3), work("urgent", 4, priority=1)):
        lines.wait(one)
    assert [lines.first(line).name for line in lines.in_order(lines.untried)] == ["urgent", "late", "later"]


def test_in_strict_order_the_first_of_all_or_of_the_namespace_blocks():
    """A strict quota blocks within its namespace only."""
    one, two, other = work("one", 1, namespace="a"), work("two", 2, namespace="a"), work("other", 1, namespace="b")
    for strict, blocked in ((True, [False, True, True]), (False, [False, True, False])):
        lines = Lines((Quota("a", 4, strict=True), Quota("b", 4)), strict=strict)
        for job in (one, two, other):
            lines.wait(job)
        assert [lines.blocked(line_of(job)) for job in (one, two, other)] == blocked
    lines = Lines((Quota("a", 4, strict=True), Quota("b", 4)), strict=False)
    for job in (other, one):
        lines.wait(job)
    assert not lines.blocked(line_of(one))


def test_a_line_that_is_stuck_or_held_waits_until_it_is_freed_or_released():
    """Held ones by the quota that their cohort frees."""
    lines = Lines((Quota("a", 4, cohort="c"), Quota("b", 4, cohort="c"), Quota("d", 4)), strict=False)
    stuck, held = work("stuck", 1, namespace="d"), work("held", 2, namespace="a")
    for job in (stuck, held):
        lines.wait(job)
    lines.stick(line_of(stuck))
    lines.hold(line_of(held))
    assert not lines.untried
    lines.release("d")
    assert lines.held == [line_of(held)]
    lines.release("b")
    assert list(lines.untried) == [line_of(held)]
    lines.free(lines.stuck)
    assert not lines.stuck
