"""Every move is needed: no job moves that could have stayed."""

from gateway_sim.control_plane.events import ClusterOpened, WorkEnded, WorkMoved, WorkPlaced
from gateway_sim.scenarios.orchestration.promises.every_move_is_needed import every_move_is_needed

OPENED = [
    (0.0, ClusterOpened("c", (("a", 2), ("b", 2), ("d", 2)))),
    *((0.0, WorkPlaced("c", work, node, 1)) for work, node in (("x", "a"), ("y", "b"), ("z", "d"))),
]
PAIR = (60.0, WorkPlaced("c", "pair", "a", 2))


def test_one_job_that_makes_room_for_a_pair_keeps_it(history, broken):
    """There is no room without its move."""
    assert broken(every_move_is_needed, history(*OPENED, (60.0, WorkMoved("c", "x", "b", 1)), PAIR)) == []


def test_a_second_move_that_makes_no_room_breaks_it(history, broken):
    """Either of the two could have stayed, and each is named."""
    moves = [(60.0, WorkMoved("c", "x", "b", 1)), (60.0, WorkMoved("c", "z", "b", 1))]
    assert broken(every_move_is_needed, history(*OPENED, *moves, PAIR)) == [
        (60.0, "in c, x moved to make room for pair and could have stayed"),
        (60.0, "in c, z moved to make room for pair and could have stayed"),
    ]


def test_a_placement_without_moves_keeps_it(history, broken):
    """Nothing moved."""
    assert broken(every_move_is_needed, history(*OPENED, (60.0, WorkPlaced("c", "one", "a", 1)))) == []


def test_a_job_that_ends_at_the_moment_of_the_moves_has_left_its_gpus(history, broken):
    """Its end is what lets the scheduler look again: the GPUs that it left are room, and no job need move."""
    trace = history(*OPENED, (60.0, WorkEnded("c", "x")), (60.0, WorkMoved("c", "z", "b", 1)), PAIR)
    assert broken(every_move_is_needed, trace) == [(60.0, "in c, z moved to make room for pair and could have stayed")]


def test_every_decision_of_one_moment_is_judged(history, broken):
    """The second by the layout that the first left."""
    first = [(60.0, WorkMoved("c", "x", "b", 1)), PAIR]
    second = [(60.0, WorkMoved("c", "z", "b", 1)), (60.0, WorkPlaced("c", "one", "d", 1))]
    assert broken(every_move_is_needed, history(*OPENED, *first, *second)) == [
        (60.0, "in c, z moved to make room for one and could have stayed")
    ]
