"""A chain of runs: each task waits for the same task of the run before, and a cleared run keeps what it has done."""

import pytest

from gateway_sim.control_plane.scheduling.chains import Chain, NotFailed


@pytest.fixture
def chain() -> Chain:
    """Return the chain of two runs of two tasks; the first has begun."""
    chain = Chain(2)
    chain.ask("day-1")
    chain.ask("day-2")
    chain.begin("day-1")
    return chain


def test_a_task_waits_for_the_same_task_of_the_run_before(chain):
    """The first run waits for none."""
    assert chain.past_is_done("day-1")
    assert not chain.past_is_done("day-2")
    chain.finish_task("day-1")
    assert chain.past_is_done("day-2")
    chain.finish_task("day-2")
    assert not chain.past_is_done("day-2")
    chain.finish_task("day-1")
    assert chain.past_is_done("day-2")


def test_a_run_whose_past_is_not_done_gets_a_place_only_where_none_looks_back(chain):
    """An active run is not in the queue."""
    assert list(chain.waiting(looks_back=True)) == []
    assert list(chain.waiting(looks_back=False)) == ["day-2"]
    chain.finish_task("day-1")
    assert list(chain.waiting(looks_back=True)) == ["day-2"]


def test_the_oldest_run_is_first_even_if_it_was_cleared_last(chain):
    """As the order of the days asks."""
    chain.finish_task("day-1")
    chain.fail("day-1")
    chain.begin("day-2")
    chain.give_way("day-2")
    assert list(chain.waiting(looks_back=False)) == ["day-2"]
    chain.clear("day-1")
    assert list(chain.waiting(looks_back=False)) == ["day-1", "day-2"]


def test_a_cleared_run_goes_on_with_the_task_that_failed(chain):
    """What it has done is not done again."""
    chain.finish_task("day-1")
    chain.fail("day-1")
    chain.clear("day-1")
    assert chain.next_task("day-1") == 1
    chain.finish_task("day-1")
    assert chain.states["day-1"] == "done"


def test_only_a_failed_run_is_cleared(chain):
    """With a sentence that says what it is."""
    with pytest.raises(NotFailed, match="day-1 is active; only a failed run is cleared"):
        chain.clear("day-1")
