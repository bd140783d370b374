"""`gateway-sim fleet`, counted again from its log by other code."""

import csv
import itertools
import json
import os
import random
from collections import defaultdict
from pathlib import Path

import pytest

from gateway_sim.scenarios.apps.cli import main
from gateway_sim.scenarios.orchestration.fleets import replay
from gateway_sim.scenarios.orchestration.fleets.replay import outcomes

PUBLISHED = ["spread", "random", "best-fit", "least-fragmenting"]
"""The order of the placements in ATC'23, by the GPUs that they leave unallocated: the most first."""


def said_by(words, capsys):
    """Call the command line and return its exit status, stdout and stderr."""
    with pytest.raises(SystemExit) as ended:
        main([str(word) for word in words])
    return ended.value.code, *capsys.readouterr()


def written(folder: Path, name: str, rows) -> Path:
    """Write a CSV file."""
    path = folder / name
    path.write_text("".join(f"{','.join(map(str, row))}\n" for row in rows))
    return path


@pytest.fixture
def openb(tmp_path) -> tuple[Path, Path]:
    """Write a trace in openb's columns, with shapes as frequent as there."""
    rng = random.Random("openb")
    nodes = [(f"n{n}", 96_000, 400_000, gpus, "T4") for n, gpus in enumerate([2] * 10 + [4] * 2 + [8] * 12)]
    shapes = [(1, 1000), (0, 0), (1, 810), (1, 470), (8, 1000), (1, 320), (1, 650), (2, 1000), (4, 1000)]
    weights = [39, 11, 11, 8, 6, 3, 3, 2, 2]
    pods = [(f"p{n}", 4_000, 8_000, *shape) for n, shape in enumerate(rng.choices(shapes, weights, k=250))]
    return (
        written(tmp_path, "nodes.csv", [("sn", "cpu_milli", "memory_mib", "gpu", "model"), *nodes]),
        written(tmp_path, "pods.csv", [("name", "cpu_milli", "memory_mib", "num_gpu", "gpu_milli"), *pods]),
    )


def counted_again(nodes: Path, jobs: Path, log: Path) -> dict[str, dict[str, float]]:
    """Return for each placement what its log adds up to, counted naively: every sum from the list of all jobs."""
    room = {row["sn"]: row for row in csv.DictReader(nodes.read_text().splitlines())}
    pods = {row["name"]: row for row in csv.DictReader(jobs.read_text().splitlines())}

    def gpus(job: str) -> float:
        return int(pods[job]["num_gpu"]) * int(pods[job]["gpu_milli"]) / 1000

    found = {}
    logs = defaultdict(list)
    for row in csv.DictReader(log.read_text().splitlines()):
        logs[row["placement"]].append(row)
    for placement, rows in logs.items():
        at, queued, wait_s, stranded, last_s = {}, {}, {}, 0.0, 0.0
        for row in rows:
            now_s, job = float(row["at_s"]), row["job"]
            free = sum(int(one["gpu"]) for one in room.values()) - sum(gpus(one) for one in at)
            if any(0 < gpus(one) <= free + 1e-9 for one in queued):
                stranded += free * (now_s - last_s)
            last_s = now_s
            if row["event"] == "queued":
                queued[job] = now_s
            elif row["event"] == "placed":
                wait_s[job] = now_s - queued.pop(job)
                at[job] = row["node"]
                for name, one in room.items():
                    there = [pods[other] for other, node in at.items() if node == name]
                    assert sum(int(p["cpu_milli"]) for p in there) <= int(one["cpu_milli"])
                    assert sum(int(p["memory_mib"]) for p in there) <= int(one["memory_mib"])
                    assert sum(int(p["num_gpu"]) * int(p["gpu_milli"]) for p in there) <= int(one["gpu"]) * 1000
            elif row["event"] == "ended":
                del at[job]
        whole = sum(int(one["gpu"]) for one in room.values())
        found[placement] = {
            "unallocated": 1 - sum(gpus(job) for job in at) / whole,
            "stranded_gpu_h": stranded / 3600,
            "mean_wait_s": sum(wait_s.values()) / len(wait_s),
            "started": len(wait_s),
            "asked": sum(gpus(row["job"]) for row in rows if row["event"] == "queued"),
        }
    return found


def test_openb_s_pods_come_out_in_the_published_order_and_are_counted_again(openb, tmp_path, capsys):
    """Spread leaves the most GPUs, FGD the fewest; each share is that of the log."""
    nodes, pods = openb
    log = tmp_path / "log.csv"
    status, out, _ = said_by(["fleet", "--nodes", nodes, "--jobs", pods, "--log", log, "--json"], capsys)
    assert status == 0
    told = {one["placement"]: one for one in json.loads(out)["placements"]}
    again = counted_again(nodes, pods, log)
    for name, one in told.items():
        assert one["unallocated"] == pytest.approx(again[name]["unallocated"], abs=1e-6)
        assert one["started"] == again[name]["started"]
        assert 123 < again[name]["asked"] <= 124
    left = [told[name]["unallocated"] for name in PUBLISHED]
    assert left == sorted(left, reverse=True)
    assert left[0] > left[1] > left[2] >= left[3]


@pytest.mark.slow
def test_so_do_those_of_the_public_trace(tmp_path, capsys):
    """The whole of openb, where GATEWAY_SIM_TRACES names its folder."""
    folder = Path(os.environ.get("GATEWAY_SIM_TRACES", "-"))
    nodes, pods = folder / "openb_node_list_gpu_node.csv", folder / "openb_pod_list_multigpu50.csv"
    if not nodes.is_file():
        pytest.skip("no openb trace; run: GATEWAY_SIM_TRACES=FOLDER pytest -m slow tests/scenarios/apps/cli")
    status, out, _ = said_by(["fleet", "--nodes", nodes, "--jobs", pods, "--json"], capsys)
    told = {one["placement"]: one["unallocated"] for one in json.loads(out)["placements"]}
    left = [told[name] for name in PUBLISHED]
    assert status == 0
    assert left == sorted(left, reverse=True)
    assert left[0] > 5 * left[3]


def test_a_trace_with_times_is_counted_again_from_its_log(openb, tmp_path, capsys):
    """Waits and stranded GPU-hours of 150 pods that come and go."""
    nodes, pods = openb
    rng = random.Random("times")
    rows = [line.split(",") for line in pods.read_text().splitlines()][:151]
    timed = [[*rows[0], "submit_s", "duration_s"]]
    timed += [[*row, n * 40, round(rng.expovariate(1 / 6000))] for n, row in enumerate(rows[1:])]
    jobs, log = written(tmp_path, "timed.csv", timed), tmp_path / "log.csv"
    status, out, _ = said_by(["fleet", "--nodes", nodes, "--jobs", jobs, "--log", log, "--json"], capsys)
    assert status == 0
    again = counted_again(nodes, jobs, log)
    for one in json.loads(out)["placements"]:
        assert one["stranded_gpu_h"] == pytest.approx(again[one["placement"]]["stranded_gpu_h"], abs=2e-3)
        assert one["mean_wait_s"] == pytest.approx(again[one["placement"]]["mean_wait_s"], abs=2e-3)
    assert max(one["stranded_gpu_h"] for one in json.loads(out)["placements"]) > 1


def test_the_same_files_and_seed_give_the_same_digests(openb, tmp_path, capsys):
    """And another seed another order."""
    nodes, pods = openb
    words = ["fleet", "--nodes", nodes, "--jobs", pods, "--placement", "random", "--json"]
    (tmp_path / "own.toml").write_text("seed = 1\n")
    first, second, other, of_file = (
        said_by([*words, *more], capsys)[1]
        for more in ([], ["--seed", 0], ["--seed", 1], ["--config", tmp_path / "own.toml"])
    )
    assert first == second
    assert other == of_file
    assert json.loads(first)["placements"][0]["digest"] != json.loads(other)["placements"][0]["digest"]


def test_the_page_has_the_nodes_of_a_small_fleet_and_the_table_what_was_left_out(tmp_path, capsys):
    """The job of 16 GPUs is named with its line, on every surface."""
    nodes = written(tmp_path, "nodes.csv", [("name", "gpus", "count"), ("n", 8, 2)])
    jobs = written(
        tmp_path, "jobs.csv",
        [("name", "submit_s", "gpus", "duration_s"), ("a", 0, 6, 3600), ("b", 0, 0.5, 3600), ("c", 0, 16, 60)],
    )  # fmt: skip
    page, text = tmp_path / "page.html", tmp_path / "page.md"
    words = ["fleet", "--nodes", nodes, "--jobs", jobs, "--placement", "best-fit", "--html", page, "--markdown", text]
    status, out, _ = said_by(words, capsys)
    assert status == 0
    for surface in (out, page.read_text(), text.read_text()):
        assert "left out: 1 rows, the first in line 4: asks for 16 GPUs, which the empty nodes" in " ".join(
            surface.split()
        )
    assert page.read_text().count("<svg") == 2
    assert "a: 6 GPUs, 0.00 to 1.00 h" in page.read_text()
    assert "b: 0.5 GPUs" in page.read_text()


@pytest.mark.parametrize("after", [0, 1])
def test_ctrl_c_keeps_the_placements_that_were_played(after, openb, tmp_path, monkeypatch, capsys):
    """The table of those, no file, exit status 130."""

    def interrupted(fleet, placements, parts):
        yield from itertools.islice(outcomes(fleet, placements, parts), after)
        raise KeyboardInterrupt

    monkeypatch.setattr(replay, "outcomes", interrupted)
    nodes, jobs = openb
    files = [tmp_path / name for name in ("page.html", "page.md", "log.csv")]
    words = ["fleet", "--nodes", nodes, "--jobs", jobs, "--html", files[0], "--markdown", files[1], "--log", files[2]]
    status, out, err = said_by([*words, "--json"], capsys)
    assert status == 130
    assert f"stopped after {after} of 5 placements" in err
    document = json.loads(out) if after else {"stopped": True, "placements": []}
    assert (document["stopped"], [one["placement"] for one in document["placements"]]) == (True, ["spread"][:after])
    assert not any(file.exists() for file in files)


def test_no_file_of_the_user_is_written_over(openb, tmp_path, capsys):
    """A log or a page in the place of the nodes is refused, also by another path to it, and the file stays."""
    nodes, pods = openb
    before = nodes.read_text()
    for option in ("--log", "--html", "--markdown"):
        other = nodes.parent / ".." / nodes.parent.name / nodes.name
        status, _, err = said_by(["fleet", "--nodes", nodes, "--jobs", pods, option, other], capsys)
        assert (status, nodes.read_text()) == (2, before)
        assert f"{option} {other} is the file of --nodes; name another" in err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--placement", "bestfit"], "no placement is called 'bestfit'; did you mean best-fit?"),
        (["--set", "sla=5"], "no setting is called 'sla'; did you mean sla_s?"),
        (["--part", "acme:Packer"], "--part acme:Packer: write --part scheduler=acme:Packer"),
        (["--set", "order=lifo"], "order is lifo; it must be one of best-effort, strict"),
        (["--config", "CONFIG"], "own.toml, line 2: no setting is called 'restart'; did you mean restart_s?"),
        (["--config", "SWEEP"], "sweep.toml, line 1: fleet plays each placement once; leave sweep out"),
        (["--queues", "QUEUES"], "the quotas of q promise 999 GPUs; the cluster has 124"),
    ],
)
def test_words_and_files_that_are_off_are_refused(openb, tmp_path, words, said, capsys):
    """Exit 2, with what to do."""
    nodes, pods = openb
    (tmp_path / "own.toml").write_text("[settings]\nrestart = 5\n")
    (tmp_path / "queues.yaml").write_text(
        "kind: ClusterQueue\nmetadata: {name: q}\nspec:\n  resourceGroups:\n"
        "  - flavors: [{name: f, resources: [{name: nvidia.com/gpu, nominalQuota: 999}]}]\n"
    )
    (tmp_path / "sweep.toml").write_text("[sweep]\nrestart_s = [5, 10]\n")
    own = {"SWEEP": tmp_path / "sweep.toml", "CONFIG": tmp_path / "own.toml", "QUEUES": tmp_path / "queues.yaml"}
    status, _, err = said_by(["fleet", "--nodes", nodes, "--jobs", pods, *(own.get(w, w) for w in words)], capsys)
    assert status == 2
    assert said in err
