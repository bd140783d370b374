"""On a public cluster's pods the placements come out in the order that ATC'23 found them in."""

import random
from collections.abc import Callable
from pathlib import Path

import pytest

from gateway_sim.control_plane.scheduling.packing import Placement
from gateway_sim.control_plane.scheduling.shares import Node, Pod
from gateway_sim.scenarios.orchestration.workloads.openb import NODES, PODS, figures, read_nodes, read_pods, unallocated
from gateway_sim.scenarios.run.runner import run
from gateway_sim.scenarios.run.spec import RunSpec
from gateway_sim.scenarios.sim.errors import SettingsRefused

PLACEMENTS: tuple[Placement, ...] = ("spread", "random", "best-fit", "least-fragmenting")


NODES_HEAD, PODS_HEAD = "sn,cpu_milli,memory_mib,gpu,model", "name,cpu_milli,memory_mib,num_gpu,gpu_milli"


def written(folder: Path, nodes: list[str], pods: list[str]) -> str:
    """Write a trace of these rows, and return its folder."""
    (folder / NODES).write_text("\n".join([NODES_HEAD, *nodes]), encoding="utf-8")
    (folder / PODS).write_text("\n".join([PODS_HEAD, *pods]), encoding="utf-8")
    return str(folder)


def test_every_pod_is_read_and_every_node_with_a_gpu():
    """One pod shares a GPU, one wants none."""
    assert read_pods([PODS_HEAD, "a,1,2,1,460", "b,1,1,0,0", "c,1,1,8,1000"]) == [
        Pod(1, 460, 1, 2), Pod(0, 0, 1, 1), Pod(8, 1000, 1, 1),
    ]  # fmt: skip
    assert read_nodes([NODES_HEAD, "n,64000,262144,2,P100", "m,64000,262144,0,"]) == [Node((1000, 1000), 64000, 262144)]


def test_a_cluster_without_nodes_of_eight_is_placed_on_and_what_cannot_be_placed_is_counted(tmp_path: Path):
    """Nodes of four: pods of eight fit on none, and the reference, of nodes of eight, does not stand beside."""
    pods = [*["w,1,1,1,1000"] * 40, *["f,1,1,4,1000"] * 10, *["e,1,1,8,1000"] * 5, *["s,1,1,1,500"] * 8, "c,9,9,0,0"]
    folder = written(tmp_path, ["n,64000,262144,4,P100"] * 10 + ["m,64000,262144,2,P100"], pods)
    damage = run(RunSpec("gpu-fragmentation", settings={"traces": folder, "jobs": "20"})).damage
    assert damage is not None
    found = {name: figure for name, figure in damage.figures.items() if name.startswith("openb")}
    counts = {
        name: found.pop(f"openb_pods{name}") for name in ("", "_that_share_a_gpu", "_without_a_gpu", "_too_large")
    }
    assert counts == {"": 64, "_that_share_a_gpu": 8, "_without_a_gpu": 1, "_too_large": 5}
    assert len(found) == 8
    assert not [name for name in found if name.endswith("_card")]
    assert found["openb_unallocated_best_fit"] < found["openb_unallocated_spread"]


def test_a_trace_without_a_column_is_refused_by_its_name(tmp_path: Path):
    """As an export of another program has it."""
    folder = Path(written(tmp_path, ["n,1,1,4,P100"], ["w,1,1,1,1000"]))
    (folder / NODES).write_text("sn,cpu_milli,memory_mib\nn,1,1\n")
    with pytest.raises(SettingsRefused, match="its files have no column 'gpu'"):
        run(RunSpec("gpu-fragmentation", settings={"traces": str(folder)}))


@pytest.mark.parametrize(
    ("nodes", "pods", "sentence"),
    [
        (["n,1,1,0,"], ["w,1,1,1,1000"], rf"no node in {NODES} has a GPU"),
        (["n,1,1,4,P100"], ["e,1,1,8,1000", "s,1,1,1,500"], rf"no pod in {PODS} takes whole GPUs that a node has"),
        (["n,1,1,4,P100"], ["s,1,1,2,500"], rf"a pod in {PODS} takes parts of several GPUs"),
        (["n,1,1,4,P100"], ["s,1,1,,500"], "a number in its files cannot be read"),
        (["n,1,1"], ["s,1,1,1,500"], "a number in its files cannot be read"),
    ],
)
def test_a_trace_with_nothing_to_place_is_refused(tmp_path: Path, nodes: list[str], pods: list[str], sentence: str):
    """Before anything runs."""
    with pytest.raises(SettingsRefused, match=sentence):
        run(RunSpec("gpu-fragmentation", settings={"traces": written(tmp_path, nodes, pods)}))


def test_spreading_leaves_no_node_free():
    """Eight ones and an eight: packed, all of 16 GPUs are used; spread, the eight may find no node."""
    nodes, pods = {"a": 8, "b": 8}, [1] * 8 + [8]
    packed, spread = (
        [unallocated(nodes, pods, placement, random.Random(seed)) for seed in range(20)]
        for placement in ("best-fit", "spread")
    )
    assert set(packed) == {0.0}
    assert set(spread) == {0.0, 0.5}


def test_the_public_pods_are_placed_as_the_literature_says(traces: Callable[[str], Path]):
    """64 nodes of eight: spreading leaves most, chance less, and both best fits next to nothing (whole GPUs only)."""
    folder = traces(NODES).parent
    assert traces(PODS).parent == folder
    found = figures(folder)
    mean = {placement: found[f"openb_unallocated_{placement.replace('-', '_')}"] for placement in PLACEMENTS}
    assert 0.25 < mean["spread"] < 0.4
    assert 0.1 < mean["random"] < 0.25
    assert mean["best-fit"] < 0.01
    assert mean["least-fragmenting"] < 0.01


def test_with_shares_the_least_fragmenting_placement_leaves_less_than_the_best_fit(traces: Callable[[str], Path]):
    """All pods, also those that share a GPU or take none: the published order, and half of the best fit's."""
    found = figures(traces(NODES).parent)
    assert (found["openb_pods"], found["openb_pods_that_share_a_gpu"]) == (9061, 3078)
    mean = [found[f"openb_all_pods_unallocated_{placement.replace('-', '_')}"] for placement in PLACEMENTS]
    assert mean == sorted(mean, reverse=True)
    assert mean[3] < 0.7 * mean[2] < 0.7 * 0.5 * mean[1]


@pytest.mark.parametrize("placement", PLACEMENTS)
def test_what_was_asked_for_is_never_more_than_there_is(placement: Placement):
    """At half the demand at least half of the GPUs are free."""
    nodes = {"a": 4, "b": 4}
    assert unallocated(nodes, [1] * 20, placement, random.Random(1), demand=0.5) == 0.5


def test_the_scenario_places_the_public_pods_too(traces: Callable[[str], Path]):
    """Beside its own jobs, and beside the measured shares."""
    folder = str(traces(NODES).parent)
    damage = run(RunSpec("gpu-fragmentation", settings={"traces": folder, "jobs": "20"})).damage
    assert damage is not None
    for placement, share in (("spread", 0.286), ("best_fit", 0.005)):
        assert damage.figures[f"openb_unallocated_{placement}"] == pytest.approx(share, abs=0.05)
        assert damage.figures[f"openb_unallocated_{placement}_card"] == share


def test_a_trace_that_is_not_there_is_named():
    """With the setting and the file."""
    with pytest.raises(SettingsRefused, match=r"traces is 'nowhere'; there is no openb_node_list_gpu_node\.csv in it"):
        run(RunSpec("gpu-fragmentation", settings={"traces": "nowhere"}))
