"""The closed forms of a preempted job's makespan, beside simulations."""

import math
import random
import statistics

import pytest

from gateway_sim.scenarios.orchestration.workloads.makespan import (
    Job,
    expected_after_s,
    expected_s,
    expected_torn_s,
    mean_and_error_s,
    young_s,
)


@pytest.mark.parametrize(("mtbf_min", "ratio"), [(300, 1.23), (95, 2.03), (60, 3.25), (45, 5.13)])
def test_the_closed_form_says_two_to_five_times_without_checkpoints(mtbf_min: int, ratio: float) -> None:
    """A factor of "2 to 5" is a mean time between preemptions of 95 to 45 minutes."""
    job = Job(7200.0, 60.0, 30.0, None)
    assert expected_s(job, mtbf_min * 60.0) / 7200 == pytest.approx(ratio, abs=0.01)


@pytest.mark.parametrize("every_s", [None, 30.0, 120.0, 400.0, 1800.0])
def test_the_simulation_agrees_with_the_closed_form(every_s: float | None) -> None:
    """Within three standard errors, with and without checkpoints, on both sides of the best interval."""
    job = Job(7200.0, 60.0, 30.0, every_s)
    mean_s, error_s = mean_and_error_s(job, 2700.0, 4000, random.Random(5))
    assert abs(mean_s - expected_s(job, 2700.0)) < 3 * error_s


@pytest.mark.parametrize("save_s", [30.0, 600.0])
def test_a_torn_save_that_costs_everything_is_reckoned_with(save_s: float) -> None:
    """Four pieces, each preempted in its work or in its save; drawn 20,000 times, within three standard errors.

    From the beginning, and after a first preemption in the work of the third piece, in its save, and in the last piece.
    """
    pieces_s, mtbf_s, chance = [1000.0 + save_s] * 3 + [1000.0], 1500.0, random.Random(5)
    third_s, last_s = 2 * (1000.0 + save_s), 3 * (1000.0 + save_s)
    for first_s, saved in ((None, 0), (third_s + 10.0, 2), (last_s - save_s / 2, 0), (last_s + 10.0, 3)):
        drawn = []
        for _ in range(20_000):
            total_s, pieces = (0.0, 0) if first_s is None else (first_s + 60.0, saved)
            while pieces < 4:
                until_s = chance.expovariate(1 / mtbf_s)
                total_s += min(until_s, pieces_s[pieces]) + (60.0 if until_s < pieces_s[pieces] else 0.0)
                pieces = pieces + 1 if until_s >= pieces_s[pieces] else 0 if until_s >= 1000.0 else pieces
            drawn.append(total_s)
        expected = expected_torn_s(pieces_s, save_s, 60.0, mtbf_s, first_s)
        assert abs(statistics.mean(drawn) - expected) < 3 * statistics.stdev(drawn) / 20_000**0.5


def test_what_is_expected_after_a_preemption_begins_with_what_was_saved() -> None:
    """Two pieces of 100 s and one of 50; at 150 s one is saved. A preemption after the end changes nothing."""
    pieces_s = [100.0, 100.0, 50.0]
    left_s = sum((1000.0 + 60.0) * (math.exp(piece_s / 1000.0) - 1) for piece_s in pieces_s[1:])
    assert expected_after_s(pieces_s, 60.0, 1000.0, 150.0) == pytest.approx(150.0 + 60.0 + left_s)
    assert expected_after_s(pieces_s, 60.0, 1000.0, 250.0) == 250.0


def test_young_finds_the_bottom_of_the_curve() -> None:
    """402 s between saves for 45 minutes between preemptions; half and four times that cost more."""
    tau_s = young_s(30.0, 2700.0)
    assert tau_s == pytest.approx(402.5, abs=0.1)
    costs = [expected_s(Job(7200.0, 60.0, 30.0, tau_s * factor), 2700.0) for factor in (0.25, 1.0, 4.0)]
    assert costs[1] < min(costs[0], costs[2])
