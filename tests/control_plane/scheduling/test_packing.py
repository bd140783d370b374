"""Which node a job goes to, and who moves so that it fits."""

from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway_sim.control_plane.scheduling import packing
from gateway_sim.control_plane.scheduling.packing import Layout, fullest, in_sum, packed_anew, repacked

NODES = {"a": 8, "b": 8, "c": 8}


def held(**busy: int) -> Layout:
    """Return three nodes of 8 on which one job each holds so many GPUs."""
    return Layout.of(NODES, [(f"job-{node}", gpus, node) for node, gpus in busy.items()])


def drawn(layout: Layout, gpus: int, draw: float) -> str | None:
    """Return one of the nodes with room for a job, or None."""
    fitting = [node for node, idle in layout.idle.items() if idle >= gpus]
    return fitting[int(draw * len(fitting))] if fitting else None


def test_the_fullest_node_that_fits_is_the_first_of_those_with_least_left():
    """One GPU, on nodes with 0, 1 and 8 free; and a pair on three nodes with one free each."""
    assert fullest(held(a=8, b=7).idle, 1) == "b"
    assert fullest(held(a=7, b=7).idle, 1) == "a"
    assert fullest(held(a=7, b=7, c=7).idle, 2) is None


def test_a_sum_that_asks_no_node_gives_one_more_than_it_has():
    """Three free GPUs on three nodes are a pair's, and one node's only one is given twice."""
    assert in_sum(held(a=7, b=7, c=7).idle, 2) == "a"
    assert in_sum(held(a=8, b=8, c=7).idle, 2) is None


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
        node = drawn(layout, gpus, rng.random())
        if node is not None:
            placed.append((f"job-{n}", gpus, node))
            layout = Layout.of(NODES, placed)
    found = repacked(layout, "wanted", wanted)
    assert (found is not None) == (layout.free >= wanted)
    if found is not None:
        node, moves = found
        after = [(name, gpus, dict(moves).get(name, at)) for name, gpus, at in placed]
        assert min(Layout.of(NODES, [*after, ("wanted", wanted, node)]).idle.values()) >= 0


def laid_out(nodes, jobs, rng):
    """Place what fits at random and return the layout."""
    layout, placed = Layout.of(nodes, []), []
    for n, gpus in enumerate(jobs):
        node = drawn(layout, gpus, rng.random())
        if node is not None:
            placed.append((f"job-{n}", gpus, node))
            layout = Layout.of(nodes, placed)
    return layout


def fewest_moved(layout, gpus):
    """Try each node for each job and return the fewest GPUs that have to move, or None."""
    best = None
    for places in product(layout.capacity, repeat=len(layout.jobs) + 1):
        left = dict(layout.capacity)
        for size, at in zip([*(size for _, size, _ in layout.jobs), gpus], places, strict=True):
            left[at] -= size
        if min(left.values()) >= 0:
            moved = sum(size for (_, size, at), to in zip(layout.jobs, places[:-1], strict=True) if at != to)
            best = moved if best is None else min(best, moved)
    return best


@given(
    st.lists(st.integers(1, 5), max_size=6),
    st.integers(1, 6),
    st.lists(st.integers(1, 8), min_size=2, max_size=3),
    st.randoms(use_true_random=False),
)
def test_with_any_sizes_the_moves_are_those_of_the_fewest_gpus(jobs, wanted, shapes, rng):
    """Against every layout there is."""
    layout = laid_out({f"node-{n}": gpus for n, gpus in enumerate(shapes)}, jobs, rng)
    found, fewest = repacked(layout, "wanted", wanted), fewest_moved(layout, wanted)
    assert (found is None) == (fewest is None)
    if found is not None:
        sizes = {name: size for name, size, _ in layout.jobs}
        assert sum(sizes[name] for name, _ in found[1]) == fewest
        after = [(name, gpus, dict(found[1]).get(name, at)) for name, gpus, at in layout.jobs]
        assert min(Layout.of(layout.capacity, [*after, ("wanted", wanted, found[0])]).idle.values()) >= 0


def test_one_layout_for_each_node_misses_what_the_exact_search_finds(monkeypatch):
    """5 beside 2 and 2, and 3 beside 3 and 3: the largest first puts 5 beside 3."""
    nodes = {"a": 9, "b": 9}
    layout = Layout.of(nodes, [("x", 5, "a"), ("p", 3, "a"), ("q", 3, "b"), ("r", 2, "b"), ("s", 2, "b")])
    assert repacked(layout, "third", 3) is not None
    monkeypatch.setattr(packing, "EXACT_NODES", 0)
    assert repacked(layout, "third", 3) is None


def test_a_layout_from_scratch_moves_more_than_it_must():
    """And is none where the largest first does not fit."""
    layout = Layout.of(NODES, [("x", 1, "c"), ("y", 2, "b"), ("z", 4, "a")])
    assert repacked(layout, "eight", 8) == ("c", (("x", "a"),))
    assert packed_anew(layout, "eight", 8) == ("a", (("z", "b"), ("x", "b")))
    assert packed_anew(Layout.of({"a": 1}, [("x", 1, "a")]), "one", 1) is None


@settings(max_examples=40)
@given(
    st.lists(st.integers(1, 5), max_size=8),
    st.integers(1, 6),
    st.lists(st.integers(1, 8), min_size=2, max_size=4),
    st.randoms(use_true_random=False),
)
def test_the_search_for_many_nodes_finds_layouts_that_hold(jobs, wanted, shapes, rng):
    """No node is overfilled, no job moves to where it is, and what it finds the exact search finds too."""
    layout = laid_out({f"node-{n}": gpus for n, gpus in enumerate(shapes)}, jobs, rng)
    exact, kept = repacked(layout, "wanted", wanted), packing.EXACT_NODES
    packing.EXACT_NODES = 0
    try:
        found = repacked(layout, "wanted", wanted)
    finally:
        packing.EXACT_NODES = kept
    assert exact is not None or found is None
    if found is not None:
        at = {name: node for name, _, node in layout.jobs}
        assert all(at[name] != to for name, to in found[1])
        assert len(dict(found[1])) == len(found[1])
        after = [(name, gpus, dict(found[1]).get(name, node)) for name, gpus, node in layout.jobs]
        assert min(Layout.of(layout.capacity, [*after, ("wanted", wanted, found[0])]).idle.values()) >= 0


def test_of_many_nodes_the_one_with_the_fewest_moved_gpus_is_taken(monkeypatch):
    """A job of four on a, of three on b, of five on c: the one of three moves."""
    monkeypatch.setattr(packing, "EXACT_NODES", 0)
    layout = Layout.of({"a": 8, "b": 8, "c": 8}, [("x", 4, "a"), ("y", 3, "b"), ("z", 5, "c")])
    assert repacked(layout, "eight", 8) == ("b", (("y", "c"),))


def test_a_layout_from_scratch_is_found_where_no_single_node_can_be_emptied(monkeypatch):
    """The largest first: 8 on a, and the 3 that was there goes to the 4 on b, which stays."""
    monkeypatch.setattr(packing, "EXACT_NODES", 0)
    monkeypatch.setattr(packing, "_moves", lambda *asked: None)
    layout = Layout.of({"a": 9, "b": 8}, [("x", 3, "a"), ("y", 4, "b")])
    assert repacked(layout, "eight", 8) == ("a", (("x", "b"),))
    assert repacked(layout, "nine", 10) is None
