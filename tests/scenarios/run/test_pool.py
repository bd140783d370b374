"""Many runs over several processes: the same results in the same order."""

from gateway_sim.scenarios.run.pool import sweep
from gateway_sim.scenarios.run.spec import RunSpec

SPECS = [RunSpec(race, seed=seed) for race in ("fresh-route", "healthy", "mid-training-flap") for seed in range(4)]


def test_the_results_do_not_depend_on_the_number_of_processes():
    """Digests, order, and what the traces hold."""
    alone, together = list(sweep(SPECS, jobs=1)), list(sweep(SPECS, jobs=2))
    assert [result.replay for result in together] == [spec.replay for spec in SPECS]
    assert [result.digest for result in together] == [result.digest for result in alone]
    assert [len(result.trace.entries) for result in together] == [len(result.trace.entries) for result in alone]


def test_a_sweep_that_is_left_early_ends():
    """A caller that stops early does not wait for the rest."""
    running = sweep(SPECS, jobs=2)
    assert next(running).replay == SPECS[0].replay
    running.close()
