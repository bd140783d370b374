"""On a public cluster's pods the placements come out in the order that ATC'23 found them in."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest

from control_plane.packing import Placement
from scenarios.site.openb import read_nodes, read_pods, unallocated

PLACEMENTS: tuple[Placement, ...] = ("spread", "random", "best-fit", "least-fragmenting")


def test_only_pods_of_whole_gpus_are_read():
    """One shares a GPU, one wants none."""
    lines = ["name,cpu_milli,memory_mib,num_gpu,gpu_milli", "a,1,1,1,460", "b,1,1,0,0", "c,1,1,8,1000"]
    assert read_pods(lines) == [8]
    assert read_nodes(["sn,cpu_milli,memory_mib,gpu,model", "n,64000,262144,2,P100"]) == [2]


def test_spreading_leaves_a_node_free_for_nobody():
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
    with traces("openb_node_list_gpu_node.csv").open(encoding="utf-8") as lines:
        eights = [gpus for gpus in read_nodes(lines) if gpus == 8][:64]
    with traces("openb_pod_list_multigpu50.csv").open(encoding="utf-8") as lines:
        pods = read_pods(lines)
    nodes = {f"node-{n}": gpus for n, gpus in enumerate(eights)}
    mean = {
        placement: sum(unallocated(nodes, pods, placement, random.Random(seed)) for seed in range(5)) / 5
        for placement in PLACEMENTS
    }
    assert 0.25 < mean["spread"] < 0.4
    assert 0.1 < mean["random"] < 0.25
    assert mean["best-fit"] < 0.01
    assert mean["least-fragmenting"] < 0.01
    assert len(nodes) == 64


@pytest.mark.parametrize("placement", PLACEMENTS)
def test_what_was_asked_for_is_never_more_than_there_is(placement: Placement):
    """At half the demand at least half of the GPUs are free."""
    nodes = {"a": 4, "b": 4}
    assert unallocated(nodes, [1] * 20, placement, random.Random(1), demand=0.5) == 0.5
