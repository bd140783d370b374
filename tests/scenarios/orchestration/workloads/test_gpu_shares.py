"""Pods that share GPUs are placed within what a node has, and FGD keeps what later pods can use."""

import random
from itertools import pairwise

import pytest

from gateway_sim.control_plane.scheduling.packing import Placement
from gateway_sim.scenarios.orchestration.workloads.gpu_shares import Cluster, Node, Pod, places, unallocated

PLACEMENTS: tuple[Placement, ...] = ("spread", "random", "best-fit", "least-fragmenting")


def test_the_ways_to_place_a_pod_are_those_that_differ():
    """The fullest GPU first; equal GPUs are one way; whole GPUs must be free."""
    node = Node((200, 600, 600, 1000), 10, 10)
    assert places(node, Pod(1, 500, 4, 2)) == [
        Node((100, 200, 600, 1000), 6, 8), Node((200, 500, 600, 600), 6, 8),
    ]  # fmt: skip
    assert places(node, Pod(1)) == [Node((0, 200, 600, 600), 10, 10)]
    assert places(node, Pod(2)) == []
    assert places(node, Pod(0, 0, 10, 10)) == [Node((200, 600, 600, 1000), 0, 0)]


@pytest.mark.parametrize("pod", [Pod(1, 100, 11, 0), Pod(1, 100, 0, 11), Pod(0, 0, 11, 0)])
def test_a_node_without_processors_or_memory_takes_no_pod(pod: Pod):
    """However many GPUs it has."""
    assert places(Node((1000, 1000), 10, 10), pod) == []


def test_fragments_are_what_the_next_pod_cannot_use():
    """By hand: half of the pods take 500 of a GPU, a quarter two whole ones, a quarter nothing but 20 processors.

    Of 300 + 1000 + 1000 free: the first cannot use the 300, the second not the 300 either, the third not one of all.
    """
    cluster = Cluster([Node((300, 1000, 1000), 10, 0)], [Pod(1, 500), Pod(1, 500), Pod(2), Pod(0, 0, 20)])
    (node,) = cluster.nodes
    assert cluster.fragments(node) == 0.5 * 300 + 0.25 * 300 + 0.25 * 2300
    assert cluster.fragments(Node((300, 400, 1000), 10, 0)) == 0.5 * 700 + 0.25 * 1700 + 0.25 * 1700


def test_a_pod_without_a_gpu_goes_where_no_gpu_is_stranded_by_it():
    """The best fit takes the last processors beside a free GPU; every later pod needs one of them."""
    free, full = Node((1000,), 10, 10), Node((0,), 96, 96)
    for placement, after in (("best-fit", Node((1000,), 0, 10)), ("least-fragmenting", free)):
        cluster = Cluster([free, full], [Pod(1, 1000, 1), Pod(0, 0, 10)])
        assert cluster.place(placement, Pod(0, 0, 10), random.Random(0))
        assert cluster.nodes[0] == after


def test_which_gpu_of_a_node_a_share_gets():
    """The emptiest where pods are spread, else the fullest; FGD leaves no rest of 100 that no pod of 500 can use."""
    ends = {}
    for placement in PLACEMENTS:
        cluster = Cluster([Node((600, 1000))], [Pod(1, 500)])
        assert cluster.place(placement, Pod(1, 500), random.Random(0))
        ends[placement] = cluster.nodes[0].gpus
    assert ends == dict(zip(PLACEMENTS, [(500, 600), (100, 1000), (100, 1000), (500, 600)], strict=True))


@pytest.mark.parametrize("placement", PLACEMENTS)
def test_what_is_placed_is_taken_once(placement: Placement):
    """Counted from outside: what was placed and what is free are what there was, and nothing is below zero."""
    chance = random.Random(3)
    pods = [Pod(*chance.choice([(1, 300), (1, 700), (1, 1000), (2, 1000), (0, 0)]), chance.randint(0, 9), 1)
            for _ in range(60)]  # fmt: skip
    nodes = [Node((1000,) * gpus, 30, 20) for gpus in (1, 2, 4, 8)]
    cluster, placed = Cluster(nodes, pods), []
    for pod in pods:
        before = list(cluster.nodes)
        if cluster.place(placement, pod, chance):
            placed.append(pod)
            assert sum(was != now for was, now in zip(before, cluster.nodes, strict=True)) == 1
        else:
            assert cluster.nodes == before
            assert not [node for node in before if places(node, pod)]
    assert placed != pods
    gpus, cpus, memory = ([sum(node.gpus) if n == 0 else node[n] for node in cluster.nodes] for n in range(3))
    assert sum(gpus) == 15_000 - sum(pod.gpus * pod.milli for pod in placed)
    assert sum(cpus) == 120 - sum(pod.cpu_milli for pod in placed)
    assert sum(memory) == 80 - len(placed)
    assert min(*cpus, *memory, *(free for node in cluster.nodes for free in node.gpus)) >= 0


def test_pods_of_whole_gpus_are_left_out_by_spreading_first():
    """Eight shares of a half and four whole pods on four nodes of two: spread over the GPUs, no whole one is left."""
    nodes, pods = [Node((1000, 1000))] * 4, [Pod(1, 500)] * 8 + [Pod(2)] * 2
    shares = [sum(unallocated(nodes, pods, one, random.Random(seed)) for seed in range(20)) for one in PLACEMENTS]
    assert shares[3] == shares[2] == 0.0
    assert all(more > less for more, less in pairwise(shares[:3]))
