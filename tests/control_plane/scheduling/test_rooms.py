"""The node for a pod, among many that change."""

import random

import pytest

from gateway_sim.control_plane.scheduling.packing import Placement
from gateway_sim.control_plane.scheduling.rooms import Rooms
from gateway_sim.control_plane.scheduling.shares import WHOLE, Node, Pod

PLACEMENTS: tuple[Placement, ...] = ("spread", "random", "first-fit", "best-fit", "least-fragmenting")
KINDS = [Pod(1, 500, 10, 1), Pod(1, 300, 5, 1), Pod(1, 1000, 10, 1), Pod(2, 1000, 20, 2), Pod(0, 0, 30, 1)]


def rooms_of(nodes: list[Node], placement: Placement) -> Rooms:
    """Return rooms that expect one pod of each kind."""
    rooms = Rooms({f"n{n}": node for n, node in enumerate(nodes)}, placement)
    rooms.expect(dict.fromkeys(KINDS, 1))
    return rooms


def test_which_gpu_of_a_node_a_share_gets():
    """The emptiest where pods are spread, else the fullest; FGD leaves no rest of 100 that no pod of 500 can use."""
    ends = {}
    for placement in PLACEMENTS:
        rooms = rooms_of([Node((600, 1000))], placement)
        rooms.expect({Pod(1, 500): 1})
        place = rooms.pick(Pod(1, 500))
        assert place is not None
        rooms.take(place[0], Pod(1, 500), place[1])
        ends[placement] = rooms.states[0].gpus
    fullest, emptiest = (100, 1000), (500, 600)
    assert ends == dict(zip(PLACEMENTS, [emptiest, fullest, fullest, fullest, emptiest], strict=True))


@pytest.mark.parametrize(
    ("placement", "node"), [("spread", "empty"), ("first-fit", "half"), ("best-fit", "nearly"), ("random", "empty")]
)
def test_which_node_each_placement_takes(placement: Placement, node: str):
    """Half full, empty, nearly full, full: the last has no room, so the draw of 0.5 takes the second of three."""
    shapes = {"half": (0, 1000, 1000), "empty": (1000,) * 3, "nearly": (0, 0, 1000), "full": (0, 0, 0)}
    rooms = Rooms({name: Node(gpus) for name, gpus in shapes.items()}, placement)
    place = rooms.pick(Pod(1), 0.5)
    assert place is not None
    assert rooms.names[place[0]] == node


def test_the_least_fragmenting_place_keeps_free_gpus_together_where_best_fit_does_not():
    """With pods of two to come, an odd GPU goes to the node with three free, not to the one with two."""
    nodes = {"two": Node((1000,) * 2), "three": Node((1000,) * 3), "none": Node((0,))}
    for placement, name in (("best-fit", "two"), ("least-fragmenting", "three")):
        rooms = Rooms(nodes, placement)
        rooms.expect({Pod(2): 1})
        place = rooms.pick(Pod(1))
        assert place is not None
        assert rooms.names[place[0]] == name
        assert rooms.pick(Pod(4)) is None


def test_a_pod_without_a_gpu_goes_where_no_gpu_is_stranded_by_it():
    """The best fit takes the last processors beside a free GPU; every later pod needs one of them."""
    nodes = [Node((1000,), 10, 10), Node((0,), 96, 96)]
    for placement, number in (("best-fit", 0), ("least-fragmenting", 1)):
        rooms = Rooms({"free": nodes[0], "full": nodes[1]}, placement)
        rooms.expect({Pod(1, 1000, 1): 1, Pod(0, 0, 10): 1})
        place = rooms.pick(Pod(0, 0, 10))
        assert place is not None
        assert place[0] == number


@pytest.mark.parametrize("placement", PLACEMENTS)
def test_what_is_known_of_changed_nodes_is_what_a_fresh_look_finds(placement: Placement):
    """Pods come and go at random: each time the same node and GPU as rooms choose that were built from the states.

    What was placed and what is free are what there was, and nothing is below zero.
    """
    rng = random.Random(placement)
    shapes = [Node((1000,) * rng.choice([1, 2, 4]), 60, 8) for _ in range(12)]
    rooms, placed = rooms_of(shapes, placement), list[tuple[int, Pod, tuple[int, ...]]]()
    for _ in range(400):
        pod, draw = rng.choice(KINDS), rng.random()
        fresh = rooms_of(rooms.states, placement)
        fresh._largest = rooms._largest
        place = rooms.pick(pod, draw)
        assert place == fresh.pick(pod, draw)
        if place is not None and rng.random() < 0.7:
            placed.append((place[0], pod, rooms.take(place[0], pod, place[1])))
        elif placed:
            rooms.give(*placed.pop(rng.randrange(len(placed))))
        assert rooms.free == sum(sum(node.gpus) for node in rooms.states)
        assert min(min(*node.gpus, node.cpu_milli, node.memory_mib) for node in rooms.states if len(node.gpus) > 1) >= 0
    asked = sum(pod.asks for _, pod, _ in placed)
    assert rooms.free == sum(sum(node.gpus) for node in shapes) - asked
    for number in range(len(shapes)):
        there = [(pod, gpus) for at, pod, gpus in placed if at == number]
        assert rooms.without(number, there) == shapes[number]


def test_a_node_fits_a_pod_by_its_gpus_its_processors_and_its_memory():
    """Each is enough on the one node, and a little too small on the others."""
    nodes = [Node((500,), 10, 4), Node((499,), 10, 4), Node((500,), 9, 4), Node((500,), 10, 3), Node((), 10, 4)]
    rooms = rooms_of(nodes, "best-fit")
    assert [rooms.fits(number, Pod(1, 500, 10, 4)) for number in range(5)] == [True, False, False, False, False]
    assert [rooms.fits(number, Pod(0, 0, 10, 4)) for number in range(5)] == [True, True, False, False, True]


def test_what_pods_still_use_is_held_beyond_what_others_got_of_it():
    """Three GPUs are left by one pod; another got two GPUs, of which it prefers those, and one stays held."""
    rooms = Rooms({"a": Node((WHOLE,) * 4, 9000)}, "first-fit")
    leaves, comes = Pod(3, cpu_milli=6000), Pod(2, cpu_milli=1000)
    left = rooms.take(0, leaves, WHOLE)
    rooms.give(0, leaves, left)
    taken = rooms.take(0, comes, WHOLE, [1, 2])
    assert taken == (1, 2)
    held = rooms.hold(0, [(leaves, left)], [(comes, taken)])
    assert (rooms.states[0], rooms.free) == (Node((0, 0, 0, WHOLE), 3000), WHOLE)
    rooms.let_go(0, held)
    assert (rooms.states[0], rooms.free) == (Node((0, 0, WHOLE, WHOLE), 8000), 2 * WHOLE)
