"""Which node a job goes to, and who moves so that it fits."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway_sim.control_plane.scheduling.packing import Layout, pick, repacked

NODES = {"a": 8, "b": 8, "c": 8}


def held(**busy: int) -> Layout:
    """Return three nodes of 8 on which one job each holds so many GPUs."""
    return Layout.of(NODES, [(f"job-{node}", gpus, node) for node, gpus in busy.items()])


@pytest.mark.parametrize(
    ("placement", "node"), [("spread", "c"), ("best-fit", "b"), ("random", "b"), ("least-fragmenting", "b")]
)
def test_each_placement_picks_its_node(placement, node):
    """One GPU, on nodes with 0, 1 and 8 free: the emptiest, the fullest that fits, a drawn one, the least useful."""
    assert pick(placement, held(a=8, b=7), 1, draw=0.3, mix={1: 0.5, 8: 0.5}) == node


def test_the_least_fragmenting_place_keeps_free_gpus_together_where_best_fit_does_not():
    """With jobs of 2 to come, an odd GPU goes to the node with three free, not to the one with two."""
    layout = held(a=6, b=5, c=8)
    assert pick("best-fit", layout, 1) == "a"
    assert pick("least-fragmenting", layout, 1, mix={2: 1.0}) == "b"


def test_no_node_is_picked_where_none_has_room():
    """Three free GPUs on three nodes are no room for a pair."""
    for placement in ("spread", "best-fit", "random", "least-fragmenting"):
        assert pick(placement, held(a=7, b=7, c=7), 2) is None


def test_a_sum_that_asks_no_node_gives_one_more_than_it_has():
    """Three free GPUs on three nodes are a pair's, and one node's only one is given twice."""
    assert pick("in-sum", held(a=7, b=7, c=7), 2) == "a"
    assert pick("in-sum", held(a=8, b=8, c=7), 2) is None


def test_one_small_job_moves_so_that_a_pair_fits():
    """The fewest GPUs move: one job of one, next door."""
    ones = [(f"one-{n}", 1, node) for n, node in enumerate("abc" * 7)]
    found = repacked(Layout.of(NODES, ones), "pair", 2)
    assert found is not None
    node, moves = found
    assert len(moves) == 1
    assert moves[0][1] != node


def test_no_job_moves_where_it_would_not_help():
    """Two free GPUs are not three, wherever they are."""
    assert repacked(held(a=7, b=7, c=8), "three", 3) is None


sizes = st.sampled_from([1, 2, 4, 8])


@given(st.lists(sizes, max_size=24), sizes, st.randoms(use_true_random=False))
def test_sizes_that_divide_each_other_always_find_a_place(jobs, wanted, rng):
    """If the GPUs are there in sum, the new layout exists, holds everybody once, and overfills no node."""
    layout, placed = Layout.of(NODES, []), []
    for n, gpus in enumerate(jobs):
        node = pick("random", layout, gpus, draw=rng.random())
        if node is not None:
            placed.append((f"job-{n}", gpus, node))
            layout = Layout.of(NODES, placed)
    found = repacked(layout, "wanted", wanted)
    assert (found is not None) == (layout.free >= wanted)
    if found is not None:
        node, moves = found
        after = [(name, gpus, dict(moves).get(name, at)) for name, gpus, at in placed]
        assert min(Layout.of(NODES, [*after, ("wanted", wanted, node)]).idle.values()) >= 0
