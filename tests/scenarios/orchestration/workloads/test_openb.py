"""On a public cluster's pods the placements come out in the order that ATC'23 found them in."""

import random
from collections.abc import Callable
from pathlib import Path

import pytest

from gateway_sim.control_plane.scheduling.packing import Placement
from gateway_sim.scenarios.orchestration.workloads.openb import NODES, PODS, read_nodes, read_pods, shares, unallocated
from gateway_sim.scenarios.run.runner import run
from gateway_sim.scenarios.run.spec import RunSpec
from gateway_sim.scenarios.sim.errors import SettingsRefused

PLACEMENTS: tuple[Placement, ...] = ("spread", "random", "best-fit", "least-fragmenting")


def test_only_pods_of_whole_gpus_are_read():
    """One shares a GPU, one wants none."""
    lines = ["name,cpu_milli,memory_mib,num_gpu,gpu_milli", "a,1,1,1,460", "b,1,1,0,0", "c,1,1,8,1000"]
    assert read_pods(lines) == [8]
    assert read_nodes(["sn,cpu_milli,memory_mib,gpu,model", "n,64000,262144,2,P100"]) == [2]


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
    mean = shares(folder)
    assert 0.25 < mean["spread"] < 0.4
    assert 0.1 < mean["random"] < 0.25
    assert mean["best-fit"] < 0.01
    assert mean["least-fragmenting"] < 0.01


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
