"""Whether jobs fit in some arrangement, against every arrangement there is."""

from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from gateway_sim.scenarios.orchestration.workloads.arrangements import could_hold


def tried(jobs, nodes):
    """Try each node for each job."""
    return any(
        all(sum(gpus for gpus, at in zip(jobs, places, strict=True) if at == n) <= room for n, room in enumerate(nodes))
        for places in product(range(len(nodes)), repeat=len(jobs))
    )


@given(st.lists(st.integers(1, 6), max_size=6), st.lists(st.integers(0, 8), min_size=1, max_size=3))
def test_it_says_what_trying_everything_says(jobs, nodes):
    """For any sizes."""
    assert could_hold(jobs, nodes) == tried(jobs, nodes)


def test_the_largest_job_first_is_not_enough():
    """It puts 5 beside 3, and the last job has no place; 5 beside 2 and 2, and 3 beside 3 and 3, leave none."""
    assert could_hold([5, 3, 3, 3, 2, 2], [9, 9])
    assert not could_hold([5, 5, 5], [9, 6])


def test_above_its_limit_a_no_may_be_wrong_and_a_yes_is_right():
    """One arrangement is tried."""
    nodes = [9, 9, *[1] * 5]
    assert could_hold([5, 3, 3, 3, 2, 2], nodes[:6])
    assert not could_hold([5, 3, 3, 3, 2, 2], nodes)
    assert could_hold([9, 9, 1, 1, 1, 1, 1], nodes)
    assert not could_hold([10], nodes)
