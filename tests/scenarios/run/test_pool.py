"""The processes that play worlds: replaced when they die, and ended with their caller."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from gateway_sim.scenarios.run import pool
from gateway_sim.scenarios.run.pool import REPLACED, on_processes
from gateway_sim.scenarios.run.workers import RETRIES, WorkerDied
from tests.scenarios.engines.live.test_live import alive, children, within


def dies_once(item: tuple[int, Path]) -> tuple[int, int]:
    """Return a number and the process; the first process that is given 5 is killed as the kernel kills for memory."""
    number, marks = item
    with (marks / "played").open("a") as played:
        played.write(f"{number}\n")
    if number == 5 and not (marks / "died").exists():
        (marks / "died").touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return number, os.getpid()


def dies_always(number: int) -> int:
    """Return a number, and kill the process that is given 5."""
    if number == 5:
        os.kill(os.getpid(), signal.SIGKILL)
    return number


def test_a_process_that_is_killed_is_replaced_and_no_result_is_lost_or_counted_twice(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    """What it had begun is played again, in the same order, and it is said."""
    items = [(number, tmp_path) for number in range(12)]
    found = list(on_processes(dies_once, items, jobs=2, chunk=2, named=str))
    assert (tmp_path / "died").exists()
    assert [number for number, _ in found] == list(range(12))
    assert len({process for _, process in found}) > 1
    assert caplog.messages == [REPLACED]
    played = (tmp_path / "played").read_text().split()
    assert played.count("5") == 2
    assert all(played.count(str(number)) <= 2 for number in range(12))


@pytest.mark.slow
def test_an_item_that_kills_every_process_is_named_after_the_results_before_it():
    """Also where another one was in the same piece of work, and another piece was played beside it."""
    running = on_processes(dies_always, range(12), jobs=2, chunk=4, named="the world of seed {}".format)
    found = [next(running) for _ in range(5)]
    assert found == [0, 1, 2, 3, 4]
    told = f"{RETRIES + 2} workers died one after the other, .* while they played: the world of seed 5"
    with pytest.raises(WorkerDied, match=told):
        next(running)


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


@pytest.mark.slow
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
