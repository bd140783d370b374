"""Pods that share GPUs, placed until they ask for all: the placements differ in what stays free."""

import random
from itertools import pairwise

from gateway_sim.control_plane.scheduling.packing import Placement
from gateway_sim.control_plane.scheduling.shares import Node, Pod
from gateway_sim.scenarios.orchestration.workloads.gpu_shares import unallocated

PLACEMENTS: tuple[Placement, ...] = ("spread", "random", "best-fit", "least-fragmenting")


def test_pods_of_whole_gpus_are_left_out_by_spreading_first():
    """Eight shares of a half and four whole pods on four nodes of two: spread over the GPUs, no whole one is left."""
    nodes, pods = [Node((1000, 1000))] * 4, [Pod(1, 500)] * 8 + [Pod(2)] * 2
    shares = [sum(unallocated(nodes, pods, one, random.Random(seed)) for seed in range(20)) for one in PLACEMENTS]
    assert shares[3] == shares[2] == 0.0
    assert all(more > less for more, less in pairwise(shares[:3]))


def test_a_pod_that_fits_nowhere_takes_nothing():
    """Two of two on nodes of one and two: the second asks for what is free, and no node has it."""
    assert unallocated([Node((1000, 1000)), Node((1000,))], [Pod(2)], "best-fit", random.Random(0)) == 1 / 3
