"""Many runs over several processes: the same results in the same order."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from gateway_sim.scenarios.run import pool
from gateway_sim.scenarios.run.pool import jobs_worth, sweep
from gateway_sim.scenarios.run.spec import RunSpec
from tests.scenarios.engines.live.test_live import alive, children, within

SPECS = [RunSpec(race, seed=seed) for race in ("fresh-route", "healthy", "mid-training-flap") for seed in range(4)]


def test_the_results_do_not_depend_on_the_number_of_processes():
    """Digests, order, and what the traces hold."""
    alone, together = list(sweep(SPECS, jobs=1)), list(sweep(SPECS, jobs=2))
    assert [result.replay for result in together] == [spec.replay for spec in SPECS]
    assert [result.digest for result in together] == [result.digest for result in alone]
    assert [len(result.trace.entries) for result in together] == [len(result.trace.entries) for result in alone]


def test_whole_runs_have_whole_traces_from_any_number_of_processes():
    """Also what the wire and the pod reported, which the tables of many seeds count."""
    alone, together = list(sweep(SPECS, jobs=1, whole=True)), list(sweep(SPECS, jobs=2, whole=True))
    assert [result.trace.digest() for result in together] == [result.trace.digest() for result in alone]


def test_workers_are_started_where_they_pay(monkeypatch: pytest.MonkeyPatch):
    """A guest's run takes longer than one of this project's client."""
    monkeypatch.setattr(pool, "default_jobs", lambda: 2)
    ours = [RunSpec("fresh-route", seed=seed) for seed in range(20)]
    guests = [RunSpec("fresh-route", driver="sdk", seed=seed) for seed in range(20)]
    assert [jobs_worth(ours), jobs_worth(ours * 4), jobs_worth(guests), jobs_worth(guests[:2])] == [1, 2, 2, 1]


@pytest.mark.slow
def test_the_workers_of_a_killed_sweep_end():
    """A caller that is killed cannot end them."""
    line = [sys.executable, "-m", "gateway_sim", "tournament", "--seeds", "9", "--race", "healthy", "--jobs", "2"]
    with subprocess.Popen(line, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as caller:
        # the process that imports, and its two workers
        assert within(60.0, lambda: len(forks(caller.pid)) == 2)
        started = children(caller.pid)
        caller.kill()
    assert within(30.0, lambda: not any(map(alive, started)))


def forks(pid):
    """Return the workers of a sweep: forks of the process that imports."""
    return [worker for child in children(pid) for worker in children(child)]


def test_a_sweep_that_is_left_early_ends():
    """A caller that stops early does not wait for the rest."""
    running = sweep(SPECS, jobs=2)
    assert next(running).replay == SPECS[0].replay
    running.close()


@pytest.mark.slow
def test_ctrl_c_does_not_end_the_process_that_imports():
    """A terminal sends the signal to every process of a command, also while that one still imports."""
    script = (
        "import os, signal\n"
        "from multiprocessing.forkserver import _forkserver\n"
        "from gateway_sim.scenarios.run.pool import worker_pool\n"
        "with worker_pool(1) as pool:\n"
        "    os.kill(_forkserver._forkserver_pid, signal.SIGINT)\n"
        "    print(pool.submit(len, 'abc').result())\n"
    )
    played = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert (played.stdout, played.stderr) == ("3\n", "")


def test_a_script_needs_no_guard_around_a_sweep(tmp_path: Path):
    """A worker that imports the script, as those of multiprocessing do, would start the sweep of the script itself."""
    script = tmp_path / "sweeps.py"
    script.write_text(
        "from gateway_sim import RunSpec\n"
        "from gateway_sim.scenarios.run.pool import sweep\n"
        "specs = [RunSpec('fresh-route', seed=seed) for seed in range(6)]\n"
        "print([result.verdict for result in sweep(specs, jobs=2)])\n"
    )
    played = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, check=False)
    assert (played.stdout, played.stderr) == (f"{['broken'] * 6}\n", "")


def test_workers_import_what_their_parent_does(tmp_path: Path):
    """The working directory of an installed command is not on its path: what lies there is the user's."""
    (tmp_path / "torch.py").write_text("raise RuntimeError('this is not torch')\n")
    (tmp_path / "bin").mkdir()
    script = tmp_path / "bin" / "command.py"
    script.write_text(
        "import os\n"
        "from gateway_sim.scenarios.run.pool import worker_pool\n"
        "if __name__ == '__main__':\n"
        "    before = dict(os.environ)\n"
        "    with worker_pool(1) as pool:\n"
        "        print(pool.submit(len, 'abc').result(), dict(os.environ) == before)\n"
    )
    words = {**os.environ, "PYTHONPATH": str(Path(pool.__file__).parents[3])}
    played = subprocess.run(
        [sys.executable, str(script)], cwd=tmp_path, env=words, capture_output=True, text=True, check=False
    )
    assert (played.stdout, played.stderr) == ("3 True\n", "")
