"""Pods and nodes of the public openb trace, placed one after another until they request all GPUs.

Source: github.com/hkust-adsl/kubernetes-scheduler-simulator (Apache-2.0), data/csv; the trace is not part of this
project.
"""

import csv
import random
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from gateway_sim.control_plane.scheduling.packing import Layout, Placement, pick

NODES, PODS = "openb_node_list_gpu_node.csv", "openb_pod_list_multigpu50.csv"
MEASURED: dict[Placement, float] = {"spread": 0.286, "random": 0.165, "best-fit": 0.005, "least-fragmenting": 0.005}
"""The shares of docs/reference/stories.md §3 e, measured on 64 nodes of eight GPUs with another order of the pods."""

WHOLE = 1000
"""Thousandths of a GPU; pods that share a GPU are left out."""


def read_nodes(lines: Iterable[str]) -> list[int]:
    """Return the GPUs of each node (columns sn, gpu)."""
    return [int(row["gpu"]) for row in csv.DictReader(lines)]


def read_pods(lines: Iterable[str]) -> list[int]:
    """Return the GPUs of each pod that requests whole ones (columns num_gpu, gpu_milli)."""
    rows = [(int(row["num_gpu"]), int(row["gpu_milli"])) for row in csv.DictReader(lines)]
    return [gpus for gpus, milli in rows if gpus > 0 and milli == WHOLE]


def shares(folder: Path, *, seeds: int = 5) -> dict[Placement, float]:
    """Return for each placement the mean share of GPUs that it leaves free on the trace's first 64 nodes of eight.

    The folder holds `NODES` and `PODS`; the pods come in `seeds` random orders.
    """
    with (folder / NODES).open(encoding="utf-8") as lines:
        eights = [gpus for gpus in read_nodes(lines) if gpus == 8][:64]
    with (folder / PODS).open(encoding="utf-8") as lines:
        pods = read_pods(lines)
    nodes = {f"node-{n}": gpus for n, gpus in enumerate(eights)}
    return {
        placement: sum(unallocated(nodes, pods, placement, random.Random(seed)) for seed in range(seeds)) / seeds
        for placement in MEASURED
    }


def unallocated(
    nodes: Mapping[str, int], pods: Sequence[int], placement: Placement, rng: random.Random, *, demand: float = 1.0
) -> float:
    """Return the share of GPUs that is free once pods in random order have requested `demand` times all of them.

    A pod that fits nowhere is dropped. "least-fragmenting" expects the sizes of future pods to be as in `pods`.
    """
    all_gpus = sum(nodes.values())
    counts = Counter(pods)
    mix = {gpus: counts[gpus] / len(pods) for gpus in sorted(counts)}
    idle, asked = dict(nodes), 0
    for gpus in rng.sample(list(pods), len(pods)):
        if asked + gpus > demand * all_gpus:
            continue
        asked += gpus
        node = pick(placement, Layout(nodes, idle, ()), gpus, draw=rng.random(), mix=mix)
        if node is not None:
            idle[node] -= gpus
        if asked == all_gpus:
            break
    return sum(idle.values()) / all_gpus
