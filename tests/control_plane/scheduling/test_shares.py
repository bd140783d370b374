"""How a pod can be placed on a node, and what of a node the pods to come cannot use."""

import pytest

from gateway_sim.control_plane.scheduling.shares import Fragments, Node, Pod, after, capacities, ways


def test_the_ways_to_place_a_pod_are_those_that_differ():
    """The fullest GPU first; equal GPUs are one way; whole GPUs must be free."""
    node = Node((200, 600, 600, 1000), 10, 10)
    half = Pod(1, 500, 4, 2)
    assert ways(node, half) == [600, 1000]
    assert after(node, half, 600) == Node((100, 200, 600, 1000), 6, 8)
    assert after(node, half, 1000) == Node((200, 500, 600, 600), 6, 8)
    assert after(node, Pod(1), ways(node, Pod(1))[0]) == Node((0, 200, 600, 600), 10, 10)
    assert ways(node, Pod(2)) == []
    assert after(node, Pod(0, 0, 10, 10), ways(node, Pod(0, 0, 10, 10))[0]) == Node((200, 600, 600, 1000), 0, 0)


@pytest.mark.parametrize("pod", [Pod(1, 100, 11, 0), Pod(1, 100, 0, 11), Pod(0, 0, 11, 0), Pod(3), Pod(1, 1001)])
def test_a_node_without_processors_memory_or_gpus_takes_no_pod(pod: Pod):
    """However much of the rest it has."""
    assert ways(Node((1000, 1000), 10, 10), pod) == []


def test_fragments_are_what_the_next_pod_cannot_use():
    """By hand: half of the pods take 500 of a GPU, a quarter two whole ones, a quarter nothing but 20 processors.

    Of 300 + 1000 + 1000 free: the first cannot use the 300, the second not the 300 either, the third not one of all.
    """
    fragments = Fragments({Pod(1, 500): 2, Pod(2): 1, Pod(0, 0, 20): 1})
    assert fragments(Node((300, 1000, 1000), 10, 0)) == 2 * 300 + 300 + 2300
    assert fragments(Node((300, 400, 1000), 10, 0)) == 2 * 700 + 1700 + 1700
    assert fragments(Node((300, 1000, 1000), 20, 0)) == 2 * 300 + 300 + 0
    assert fragments(Node((0, 0), 0, 0)) == 0
    assert Fragments({Pod(1, 500, 20): 1, Pod(1, 500, 0, 20): 2})(Node((1000,), 20, 0)) == 2 * 1000


def test_the_largest_node_counts_and_where_none_has_any_one():
    """One of each: a resource that no node has is divided by 1."""
    assert capacities([Node((1000, 1000), 5), Node((1000,), 9)]) == (2000, 9, 1)
