"""Pods and nodes of the public openb trace, placed one after another until they request all GPUs.

Source: github.com/hkust-adsl/kubernetes-scheduler-simulator (Apache-2.0), data/csv; the trace is not part of this
project.
"""

import csv
import random
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from gateway_sim.control_plane.scheduling.packing import Placement
from gateway_sim.control_plane.scheduling.shares import WHOLE, Node, Pod
from gateway_sim.scenarios.orchestration.workloads import gpu_shares
from gateway_sim.scenarios.sim.errors import SettingsRefused

NODES, PODS = "openb_node_list_gpu_node.csv", "openb_pod_list_multigpu50.csv"
MEASURED: dict[Placement, float] = {"spread": 0.286, "random": 0.165, "best-fit": 0.005, "least-fragmenting": 0.005}
"""The shares of docs/reference/stories.md §3 e, measured on 64 nodes of eight GPUs with another order of the pods."""
EIGHTS = {f"node-{n}": 8 for n in range(64)}
SAMPLE = 96
"""The nodes, of all shapes, on which all pods are placed."""


def read_nodes(lines: Iterable[str]) -> list[Node]:
    """Return the nodes that have GPUs (columns gpu, cpu_milli, memory_mib)."""
    rows = [(int(row["gpu"]), int(row["cpu_milli"]), int(row["memory_mib"])) for row in csv.DictReader(lines)]
    return [Node((WHOLE,) * gpus, cpu, memory) for gpus, cpu, memory in rows if gpus > 0]


def read_pods(lines: Iterable[str]) -> list[Pod]:
    """Return every pod (columns num_gpu, gpu_milli, cpu_milli, memory_mib)."""
    names = ("num_gpu", "gpu_milli", "cpu_milli", "memory_mib")
    return [Pod(*(int(row[name]) for name in names)) for row in csv.DictReader(lines)]


def check(traces: str) -> None:
    """Refuse a folder without the trace, or with one that has no node or no pod to place. Raises `SettingsRefused`."""
    for name in (NODES, PODS):
        if not (Path(traces) / name).is_file():
            raise SettingsRefused(f"traces is {traces!r}; there is no {name} in it")
    try:
        nodes, pods = _read(Path(traces))
    except KeyError as missing:
        raise SettingsRefused(f"traces is {traces!r}; its files have no column {missing}") from None
    except (TypeError, ValueError) as wrong:
        raise SettingsRefused(f"traces is {traces!r}; a number in its files cannot be read: {wrong}") from None
    if any(pod.gpus > 1 and pod.milli != WHOLE for pod in pods):
        raise SettingsRefused(f"traces is {traces!r}; a pod in {PODS} takes parts of several GPUs, which is not played")
    if not nodes:
        raise SettingsRefused(f"traces is {traces!r}; no node in {NODES} has a GPU")
    if not any(pod.gpus <= max(len(node.gpus) for node in nodes) for pod in pods if _is_whole(pod)):
        raise SettingsRefused(f"traces is {traces!r}; no pod in {PODS} takes whole GPUs that a node has")


def figures(folder: Path, *, seeds: int = 5) -> dict[str, float]:
    """Return for each placement the mean share of GPUs that it leaves free, over `seeds` random orders of the pods.

    `openb_unallocated_*`: pods of whole GPUs on the trace's first 64 nodes of the most GPUs, beside the reference where
    these have eight. `openb_all_pods_unallocated_*`: all pods, by processor and memory too, on nodes of all shapes. The
    rest counts pods: those that share a GPU and those that take none, which only the second has, and those that need
    more GPUs than the largest node has, which neither has.
    """
    nodes, pods = _read(folder)
    most = max(len(node.gpus) for node in nodes)
    largest = {f"node-{n}": most for n in range(min(64, sum(len(node.gpus) == most for node in nodes)))}
    sample = nodes[:: max(len(nodes) // SAMPLE, 1)][:SAMPLE]
    fitting = [pod for pod in pods if pod.gpus <= most]
    whole = [pod.gpus for pod in fitting if _is_whole(pod)]
    found: dict[str, float] = {
        "openb_pods": len(pods),
        "openb_pods_that_share_a_gpu": sum(pod.gpus > 0 and not _is_whole(pod) for pod in pods),
        "openb_pods_without_a_gpu": sum(not pod.gpus for pod in pods),
        "openb_pods_too_large": len(pods) - len(fitting),
    }
    for placement in MEASURED:
        name = placement.replace("-", "_")
        each = (unallocated(largest, whole, placement, random.Random(seed)) for seed in range(seeds))
        found[f"openb_unallocated_{name}"] = round(sum(each) / seeds, 4)
        if largest == EIGHTS:
            found[f"openb_unallocated_{name}_card"] = MEASURED[placement]
        shared = (gpu_shares.unallocated(sample, fitting, placement, random.Random(seed)) for seed in range(seeds))
        found[f"openb_all_pods_unallocated_{name}"] = round(sum(shared) / seeds, 4)
    return found


def _read(folder: Path) -> tuple[list[Node], list[Pod]]:
    with (folder / NODES).open(encoding="utf-8") as nodes, (folder / PODS).open(encoding="utf-8") as pods:
        return read_nodes(nodes), read_pods(pods)


def _is_whole(pod: Pod) -> bool:
    return pod.gpus > 0 and pod.milli == WHOLE


def unallocated(
    nodes: Mapping[str, int], pods: Sequence[int], placement: Placement, rng: random.Random, *, demand: float = 1.0
) -> float:
    """Return the share of GPUs that is free once pods in random order have requested `demand` times all of them.

    A pod that fits nowhere is dropped. "least-fragmenting" expects the sizes of future pods to be as in `pods`.
    """
    rooms, whole = [Node.of(gpus) for gpus in nodes.values()], [Pod(gpus) for gpus in pods]
    return gpu_shares.unallocated(rooms, whole, placement, rng, demand=demand)
