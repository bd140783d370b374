"""A scheduler of the user's own is one more placement of a fleet."""

import json
import re
import shlex
from pathlib import Path

import pytest

from gateway_sim.control_plane.scheduling.placers import Start
from gateway_sim.scenarios.apps.cli import main
from gateway_sim.scenarios.orchestration.fleets.inputs import read_jobs, read_nodes
from gateway_sim.scenarios.orchestration.fleets.queues import read_queues
from gateway_sim.scenarios.orchestration.fleets.replay import fleet_of, outcomes
from gateway_sim.scenarios.orchestration.fleets.settings import FleetSettings
from gateway_sim.scenarios.orchestration.parts import PartFailed
from gateway_sim.scenarios.orchestration.ports.scheduler import BestFit, own
from gateway_sim.scenarios.report.fleet import fleet_table

HERE = "tests.scenarios.orchestration.fleets.test_own_scheduler"
EXAMPLES = Path(__file__).parents[4] / "examples" / "fleet"
FILES = ["--nodes", str(EXAMPLES / "nodes.csv"), "--jobs", str(EXAMPLES / "jobs.csv")]


def fleet(queues=None, nodes=EXAMPLES / "nodes.csv", jobs=EXAMPLES / "jobs.csv", **settings):
    """Return the fleet of the examples, or of other files."""
    rooms = read_nodes(nodes)
    return fleet_of(rooms, read_jobs(jobs, rooms), queues, FleetSettings(**settings), 0)


def played(of, make, placement=()):
    """Return the outcomes of a fleet under placements, then under a scheduler."""
    return [outcome for outcome, _ in outcomes(of, placement, {"own": make})]


@pytest.mark.parametrize(
    ("queues", "settings"),
    [
        (False, {}),
        (True, {}),
        (True, {"order": "strict"}),
        (False, {"preempts": True, "resumes": False}),
    ],
)
def test_our_best_fit_through_the_port_is_our_best_fit(queues, settings):
    """Event by event: quotas, reclaiming, order and preemption are the cluster's under a part too."""
    of = fleet(read_queues(EXAMPLES / "queues.yaml") if queues else None, **settings)
    ours, through = played(of, own, ["best-fit"])
    assert through.placement == "scheduler=own"
    assert through.digest == ours.digest
    assert bool(ours.preemptions) == (queues or "preempts" in settings)


def test_so_it_is_with_gangs_processors_memory_and_parts_of_gpus(tmp_path):
    """A trace without times, and one with: 60 jobs of eight shapes."""
    (tmp_path / "nodes.csv").write_text(
        "gpus,cpu_milli,memory_mib,count\n8,64000,256000,2\n4,96000,128000,2\n0,9000,900,1\n"
    )
    shapes = ["1,1000,1000,9000,1", "1,300,2000,1000,1", "2,1000,9000,8000,2", "0,0,4000,500,1", "1,600,500,500,3"]
    rows = [f"{n * 50},{900 + n * 37 % 2000},{shapes[n % 5]}\n" for n in range(60)]
    (tmp_path / "timed.csv").write_text(
        "submit_s,duration_s,num_gpu,gpu_milli,cpu_milli,memory_mib,pods\n" + "".join(rows)
    )
    untimed = "".join(row.split(",", 2)[2] for row in rows)
    (tmp_path / "untimed.csv").write_text("num_gpu,gpu_milli,cpu_milli,memory_mib,pods\n" + untimed)
    for jobs in ("timed.csv", "untimed.csv"):
        ours, through = played(fleet(nodes=tmp_path / "nodes.csv", jobs=tmp_path / jobs), own, ["best-fit"])
        assert (through.digest, through.started) == (ours.digest, ours.started)
        assert through.started > 10


class WrongAtAnEnd(BestFit):
    """Starts a job on no node that there is, once a job has ended."""

    def __init__(self, sandbox, *, cluster, nodes):
        super().__init__(nodes)
        self.free = 0

    def place(self, free, waiting, now_s):
        """Start what fits."""
        gpus = sum(node.gpus for node in free)
        if gpus > self.free > 0 and waiting:
            return [Start(waiting[0].name, ["node-9"])]
        self.free = gpus
        return super().place(free, waiting, now_s)


def test_a_wrong_answer_ends_the_replay_and_names_the_part_and_the_job():
    """Also where no task waits for it: a job's end asked the scheduler."""
    told = "--part scheduler=own: fleet ended with PlacementRefused: it starts .* on node-9, which does not exist"
    with pytest.raises(PartFailed, match=f"{told}.*gateway-sim contract scheduler --part own"):
        played(fleet(), WrongAtAnEnd)


class Idle:
    """Starts nothing."""

    def __init__(self, sandbox, *, cluster, nodes):
        assert (cluster, sum(node.gpus for node in nodes)) in {("fleet", 32), ("probe", 12)}

    def place(self, free, waiting, now_s):
        """Start nothing."""
        return []


def test_a_scheduler_that_starts_nothing_has_placed_nothing():
    """The replay ends with the last submission; the scheduler is told its cluster and the empty nodes."""
    (outcome,) = played(fleet(), Idle)
    assert (outcome.started, outcome.never) == (0, {"waited still when nothing ran any more": 200})
    # no job had a wait of 0
    assert (outcome.mean_wait_s, outcome.p50_wait_s, outcome.p99_wait_s) == (None, None, None)
    (row,) = fleet_table(fleet(), [outcome]).rows
    assert row[1:4] == ["-", "-", "-"]


def said_by(words, capsys):
    """Call the command line and return its exit status, stdout and stderr."""
    with pytest.raises(SystemExit) as ended:
        main(["fleet", *FILES, *words])
    return ended.value.code, *capsys.readouterr()


def test_the_command_shows_schedulers_beside_the_placements(tmp_path, capsys):
    """After them, in the order of the words; the page names them in its replay."""
    parts = [f"scheduler={HERE}:Idle", "scheduler=gateway_sim.scenarios.orchestration.ports.scheduler:own"]
    words = ["--placement", "best-fit", "--part", parts[1], "--part", parts[0], "--part", parts[1]]
    page = tmp_path / "fleet.md"
    status, out, _ = said_by([*words, "--json", "--markdown", str(page)], capsys)
    told = json.loads(out)["placements"]
    assert status == 0
    assert [one["placement"] for one in told] == ["best-fit", parts[1], parts[0]]
    assert told[0]["digest"] == told[1]["digest"]
    assert f"--placement best-fit --part {parts[1]} --part {parts[0]} --seed 0" in page.read_text()


def test_the_rows_of_the_page_are_those_of_its_commands(tmp_path, monkeypatch, capsys):
    """Each scheduler that docs/fleet.md shows, to the digit and the digest."""
    docs = EXAMPLES.parents[1] / "docs"
    (block,) = re.findall(r"```python\n# acme_scheduler.py\n(.*?)```", (docs / "parts.md").read_text(), re.DOTALL)
    (tmp_path / "acme_scheduler.py").write_text(block)
    monkeypatch.chdir(tmp_path)
    # a worker of the suite has a width, at which rows are cut
    monkeypatch.delenv("COLUMNS", raising=False)
    page = (docs / "fleet.md").read_text()
    shown = [row.split() for row in page.splitlines() if row.startswith("scheduler=")]
    commands = dict.fromkeys(re.findall(r"gateway-sim fleet .* (--part scheduler=.*)", page))
    said = "".join(said_by(["--placement", "best-fit", *shlex.split(words)], capsys)[1] for words in commands)
    again = [row.split() for row in said.splitlines()]
    assert len(commands) == 2
    assert [row for row in shown if row in again] == shown
    assert len(shown) == 2


def test_what_was_played_before_a_wrong_answer_is_shown(tmp_path, capsys):
    """The table of those, no file, exit status 1."""
    page = tmp_path / "fleet.html"
    parts = [f"scheduler={HERE}:Idle", f"scheduler={HERE}:WrongAtAnEnd"]
    words = ["--placement", "best-fit", "--part", parts[0], "--part", parts[1], "--json", "--html", str(page)]
    status, out, err = said_by(words, capsys)
    assert status == 1
    assert "stopped after 2 of 3 placements" in err
    assert "fleet ended with PlacementRefused: it starts" in " ".join(err.split())
    assert not page.exists()
    document = json.loads(out)
    assert document["stopped"]
    assert [one["placement"] for one in document["placements"]] == ["best-fit", parts[0]]


@pytest.mark.parametrize(
    ("part", "status", "said"),
    [
        ("registry=mlflow", 2, "--part registry=mlflow: fleet does not put a registry under test; it takes scheduler"),
        ("sheduler=x:y", 2, "no port is called 'sheduler'; did you mean scheduler?"),
        ("scheduler=acme.nowhere:make", 2, "ModuleNotFoundError: No module named 'acme'"),
        ("scheduler", 2, "--part scheduler: write name=value"),
        (f"scheduler={HERE}:WrongAtAnEnd", 1, "fleet ended with PlacementRefused: it starts"),
    ],
)
def test_a_part_that_is_off_is_refused_before_any_work_and_a_wrong_answer_after_it(part, status, said, capsys):
    """Exit 2, with what to do; exit 1 where the scheduler was wrong."""
    ended, _, err = said_by(["--part", part], capsys)
    assert ended == status
    assert said in " ".join(err.split())
    assert "Traceback" not in err
