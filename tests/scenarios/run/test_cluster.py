"""The same runs on a dask cluster of two workers: the same results in the same order, and refusals in a sentence."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from gateway_sim.scenarios.apps.cli import main
from gateway_sim.scenarios.search.explore.search import explore
from gateway_sim.scenarios.search.explore.search_config import SearchConfig
from gateway_sim.scenarios.sim.errors import SettingsRefused

pytest.importorskip("distributed", reason="the extra cluster is not installed: pip install 'gateway-sim[cluster]'")

import dask
from distributed import Client, LocalCluster
from distributed.security import Security
from pyarrow import dataset

from gateway_sim.scenarios.run import cluster, reachable
from gateway_sim.scenarios.run.cluster import NoCluster
from gateway_sim.scenarios.run.spec import RunSpec
from gateway_sim.scenarios.run.sweep import spread, sweep
from gateway_sim.scenarios.run.workers import SweepEnded, WorkerDied, Workers

SEARCH = SearchConfig("fresh-route", client="warmup-verified")

# dask warns when a loaded machine takes a second to make a folder, which says nothing of the search
pytestmark = pytest.mark.filterwarnings("ignore:Creating scratch directories")


@pytest.fixture(scope="module")
def scheduler():
    """The address of a scheduler on the loopback with two workers of one thread each.

    They are forks of this process, which has imported what they need: torch computes on one thread, and none is lost.
    """
    next(explore(SEARCH, [0], Workers()))
    with (
        dask.config.set({"distributed.worker.multiprocessing-method": "fork"}),
        LocalCluster(
            n_workers=2, threads_per_worker=1, host="127.0.0.1", dashboard_address=":0", silence_logs="CRITICAL"
        ) as local,
    ):
        yield local.scheduler_address


def test_two_workers_find_what_one_process_finds(scheduler):
    """Seed by seed, digest by digest, on any worker."""
    alone = list(explore(SEARCH, range(8), Workers()))
    assert list(explore(SEARCH, range(8), Workers(scheduler=scheduler))) == alone


def test_two_workers_play_what_one_process_plays(scheduler):
    """Run by run: verdicts, figures without the wall clock, what the traces hold."""
    specs = [RunSpec("fresh-route", "warmup-verified", seed=seed) for seed in range(8)]
    here, there = list(sweep(specs, Workers())), list(sweep(specs, Workers(scheduler=scheduler)))
    assert [run.digest for run in there] == [run.digest for run in here]
    assert [len(run.trace.entries) for run in there] == [len(run.trace.entries) for run in here]


def dies_once(item: tuple[int, Path]) -> int:
    """Return a number; the first worker that is given 20 is killed as the kernel kills for memory."""
    number, marks = item
    with (marks / str(number)).open("a") as played:
        played.write(f"{os.getpid()}\n")
    time.sleep(0.01)
    if number == 20 and not (marks / "died").exists():
        (marks / "died").touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return number


def dies_always(number: int) -> int:
    """Return a number, and kill the worker that is given 5."""
    if number == 5:
        os.kill(os.getpid(), signal.SIGKILL)
    return number


@pytest.mark.slow
def test_a_worker_that_is_killed_is_replaced_and_no_result_is_lost_or_counted_twice(scheduler, tmp_path):
    """Its task is given to another one."""
    items = [(number, tmp_path) for number in range(60)]
    assert list(spread(dies_once, items, Workers(scheduler=scheduler), chunk=2)) == list(range(60))
    assert (tmp_path / "died").exists()
    assert len((tmp_path / "20").read_text().split()) == 2


@pytest.mark.slow
def test_an_item_that_kills_every_worker_is_named(scheduler):
    """The scheduler gives it up after the workers that its configuration allows."""
    running = spread(dies_always, range(12), Workers(scheduler=scheduler), chunk=1, named="seed {}".format)
    with pytest.raises(WorkerDied, match=r"4 workers died one after the other, .* while they played: seed 5"):
        list(running)


@pytest.mark.slow
def test_a_scheduler_that_goes_away_ends_the_sweep_in_a_sentence():
    """The results until then are the caller's."""
    quiet = {"host": "127.0.0.1", "dashboard_address": ":0", "silence_logs": "CRITICAL"}
    with LocalCluster(n_workers=1, threads_per_worker=1, **quiet) as local:
        running = explore(SEARCH, range(400), Workers(scheduler=local.scheduler_address))
        assert next(running).seed == 0
        local.close()
        with pytest.raises(SweepEnded, match=r"the dask scheduler at tcp://127.0.0.1:.* went away"):
            list(running)


def content(folder: Path) -> dict[str, bytes]:
    """Return the files of a folder."""
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def command(*words: str, **variables: str) -> list[str]:
    """Return the command line of `gateway-sim` from this tree, with these environment variables."""
    told = {"PYTHONPATH": str(Path(cluster.__file__).parents[3]), **variables}
    return ["env", *(f"{name}={value}" for name, value in told.items()), sys.executable, "-m", "gateway_sim", *words]


@pytest.mark.slow
def test_a_tournament_whose_workers_are_killed_leaves_the_bytes_of_one_that_was_played_here(scheduler, tmp_path):
    """Both workers, one after the other, in the middle of it; page and store are the same."""
    words = ("tournament", "--seeds", "6", "--race", "fresh-route", "--race", "healthy", "--client", "plain")
    pages = [tmp_path / "here.html", tmp_path / "there.html"]
    here = command(*words, "--jobs", "1", "--store", str(tmp_path / "here"), "--html", str(pages[0]))
    assert subprocess.run(here, capture_output=True).returncode == 0
    played = len(dataset.dataset(tmp_path / "here").to_table())
    there = command(*words, "--scheduler", scheduler, "--store", str(tmp_path / "there"), "--html", str(pages[1]))
    killed = set()
    with Client(scheduler, set_as_default=False) as client, subprocess.Popen(there, stderr=subprocess.PIPE) as running:
        while running.poll() is None and len(killed) < 2:
            for worker, task in client.processing().items():
                if task and worker not in killed and len(killed) < 2:
                    killed.add(worker)
                    (pid,) = client.run(os.getpid, workers=[worker]).values()
                    os.kill(pid, signal.SIGKILL)
                    time.sleep(1.0)
            time.sleep(0.1)
        _, err = running.communicate()
    assert (len(killed), running.returncode) == (2, 0), err.decode()
    assert content(tmp_path / "there") == content(tmp_path / "here")
    assert pages[1].read_bytes() == pages[0].read_bytes()
    assert len(dataset.dataset(tmp_path / "there").to_table()) == played


@pytest.mark.slow
def test_a_scheduler_with_certificates_is_asked_with_those_of_dasks_configuration(tmp_path):
    """By its variables, as for any client of dask; without them the call is refused in a sentence."""
    pytest.importorskip("cryptography", reason="it makes the certificates")
    made, files = Security.temporary(), {}
    for part in ("ca_file", "client_cert", "client_key"):
        files[part] = tmp_path / f"{part}.pem"
        files[part].write_text(getattr(made, f"tls_{part}"))
    tls = "DASK_DISTRIBUTED__COMM__TLS__"
    named = {
        f"{tls}CA_FILE": str(files["ca_file"]),
        f"{tls}CLIENT__CERT": str(files["client_cert"]),
        f"{tls}CLIENT__KEY": str(files["client_key"]),
    }
    quiet = {"host": "127.0.0.1", "dashboard_address": ":0", "silence_logs": "CRITICAL"}
    with LocalCluster(n_workers=1, threads_per_worker=1, security=made, protocol="tls://", **quiet) as local:
        words = ("run", "fresh-route", "--seeds", "5", "--json", "--scheduler", local.scheduler_address)
        assert local.scheduler_address.startswith("tls://")
        done = subprocess.run(command(*words, **named), capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout)["kept"] == 0
        without = subprocess.run(command(*words), capture_output=True, text=True)
    assert without.returncode == 2
    assert "name the certificates in dask's configuration" in " ".join(without.stderr.split())


def test_a_search_that_is_left_early_leaves_the_cluster_free(scheduler):
    """What was not played yet is taken back, and the next search is not kept waiting."""
    running = explore(SEARCH, range(100), Workers(scheduler=scheduler))
    first = next(running)
    running.close()
    assert next(explore(SEARCH, [0], Workers(scheduler=scheduler))) == first


def test_a_scheduler_that_does_not_answer_is_said_within_ten_seconds():
    """Where nothing listens at once, and otherwise after a patience that leaves time for the imports."""
    assert cluster.PATIENCE_S + reachable.PATIENCE_S <= 10.0
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        address = f"tcp://127.0.0.1:{closed.getsockname()[1]}"
        with pytest.raises(NoCluster, match=f"no dask scheduler answers at {address}: Connection refused"):
            next(explore(SEARCH, range(8), Workers(scheduler=address)))


def test_a_server_that_accepts_and_says_nothing_is_no_scheduler(monkeypatch):
    """Whatever it is, it is asked for a while and then left."""
    monkeypatch.setattr(cluster, "PATIENCE_S", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"tcp://127.0.0.1:{silent.getsockname()[1]}"
        with pytest.raises(NoCluster, match=f"no dask scheduler answers at {address}: asked for 0.3 s"):
            next(explore(SEARCH, range(8), Workers(scheduler=address)))


def test_an_address_where_nothing_listens_is_said_before_anything_is_imported():
    """What plays worlds takes seconds to import."""
    call = "from gateway_sim.scenarios.apps.cli import main; main()"
    words = [sys.executable, "-X", "importtime", "-c", call, "explore", "--scheduler", "tcp://127.0.0.1:1"]
    done = subprocess.run(words, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (1, "")
    imported = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines() if line.startswith("import time:")}
    assert "gateway_sim.scenarios.run.reachable" in imported
    assert not imported & {"torch", "moto", "fastapi", "distributed"}


def test_the_command_says_so_in_one_line_and_exits_1(capsys):
    """Nothing was wrong with its words."""
    with pytest.raises(SystemExit) as ended:
        main(["explore", "--scheduler", "tcp://127.0.0.1:1", "--json"])
    out, err = capsys.readouterr()
    assert (ended.value.code, out) == (1, "")
    assert "gateway-sim: no dask scheduler answers at tcp://127.0.0.1:1: Connection refused" in err


@pytest.mark.parametrize("address", ["nonsense", "tcp://127.0.0.1:port"])
def test_an_address_that_is_none_is_refused(address):
    """Before anything is asked."""
    with pytest.raises(SettingsRefused, match="write tcp://host:port"):
        next(explore(SEARCH, range(8), Workers(scheduler=address)))


def test_a_cluster_without_workers_and_one_of_many_threads_are_refused(monkeypatch):
    """A world has its process for itself."""
    monkeypatch.setattr(cluster, "PATIENCE_S", 0.5)
    quiet = {"host": "127.0.0.1", "dashboard_address": ":0"}
    with (
        LocalCluster(n_workers=0, **quiet) as empty,
        pytest.raises(NoCluster, match="the dask scheduler has no workers at"),
    ):
        next(explore(SEARCH, range(8), Workers(scheduler=empty.scheduler_address)))
    with (
        LocalCluster(n_workers=1, threads_per_worker=3, processes=False, protocol="tcp://", **quiet) as wide,
        pytest.raises(SettingsRefused, match="has 3 threads, and a world needs a process of its own"),
    ):
        next(explore(SEARCH, range(8), Workers(scheduler=wide.scheduler_address)))
