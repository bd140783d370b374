"""Many runs: the same results in the same order, whichever processes play them."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from gateway_sim.scenarios.run import sweep as sweeping
from gateway_sim.scenarios.run.spec import RunSpec
from gateway_sim.scenarios.run.sweep import jobs_worth, sweep
from gateway_sim.scenarios.run.workers import Workers

SPECS = [RunSpec(race, seed=seed) for race in ("fresh-route", "healthy", "mid-training-flap") for seed in range(4)]


def test_the_results_do_not_depend_on_the_number_of_processes():
    """Digests, order, and what the traces hold."""
    alone, together = list(sweep(SPECS, Workers())), list(sweep(SPECS, Workers(2)))
    assert [result.replay for result in together] == [spec.replay for spec in SPECS]
    assert [result.digest for result in together] == [result.digest for result in alone]
    assert [len(result.trace.entries) for result in together] == [len(result.trace.entries) for result in alone]


@pytest.mark.slow
def test_whole_runs_have_whole_traces_from_any_number_of_processes():
    """Also what the wire and the pod reported, which the tables of many seeds count."""
    alone, together = list(sweep(SPECS, Workers(), whole=True)), list(sweep(SPECS, Workers(2), whole=True))
    assert [result.trace.digest() for result in together] == [result.trace.digest() for result in alone]


def test_workers_are_started_where_they_pay(monkeypatch: pytest.MonkeyPatch):
    """A guest's run takes longer than one of this project's client."""
    monkeypatch.setattr(sweeping, "default_jobs", lambda: 2)
    ours = [RunSpec("fresh-route", seed=seed) for seed in range(20)]
    guests = [RunSpec("fresh-route", driver="sdk", seed=seed) for seed in range(20)]
    assert [jobs_worth(ours), jobs_worth(ours * 4), jobs_worth(guests), jobs_worth(guests[:2])] == [1, 2, 2, 1]


def test_a_sweep_that_is_left_early_ends():
    """A caller that stops early does not wait for the rest."""
    running = sweep(SPECS, Workers(2))
    assert next(running).replay == SPECS[0].replay
    running.close()


@pytest.mark.slow
def test_a_script_needs_no_guard_around_a_sweep(tmp_path: Path):
    """A worker that imports the script, as those of multiprocessing do, would start the sweep of the script itself."""
    script = tmp_path / "sweeps.py"
    script.write_text(
        "from gateway_sim import RunSpec\n"
        "from gateway_sim.scenarios.run.sweep import sweep\n"
        "from gateway_sim.scenarios.run.workers import Workers\n"
        "specs = [RunSpec('fresh-route', seed=seed) for seed in range(6)]\n"
        "print([result.verdict for result in sweep(specs, Workers(2))])\n"
    )
    words = {**os.environ, "PYTHONPATH": str(Path(sweeping.__file__).parents[3])}
    played = subprocess.run([sys.executable, str(script)], env=words, capture_output=True, text=True, check=False)
    assert (played.stdout, played.stderr) == (f"{['broken'] * 6}\n", "")
