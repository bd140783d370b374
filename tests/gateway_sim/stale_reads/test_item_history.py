"""What each item of a table was, and since when."""

import math
import random
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway_sim.lag import Fixed
from gateway_sim.replicas import Fresh, Lagging, Lags, Partitioned
from gateway_sim.stale_reads.item_history import ALWAYS_S, ItemChange, ItemHistory

ROUTE = {"account": {"S": "acme"}, "job": {"S": "job-1"}, "pod": {"S": "pod:1"}}
MOVED = {**ROUTE, "pod": {"S": "pod:2"}}


def test_what_a_table_held_at_first_was_always_there():
    """Every replica sees it, however late it is."""
    history = ItemHistory(["job", "account"], [ROUTE])
    assert history.of(history.key_of(ROUTE)) == [ItemChange(0, ALWAYS_S, ROUTE)]
    assert history.of(("S acme", "S other")) == ()


def test_only_a_difference_is_a_change_and_a_deletion_is_one():
    """Changes of an item are numbered from its first."""
    history = ItemHistory(["account", "job"], [])
    key = history.key_of(ROUTE)
    for now_s, item in enumerate([None, ROUTE, ROUTE, MOVED, None, None, ROUTE]):
        history.met(key, item, float(now_s))
    assert history.of(key) == [
        ItemChange(0, 1.0, ROUTE), ItemChange(1, 3.0, MOVED), ItemChange(2, 4.0, None), ItemChange(3, 6.0, ROUTE),
    ]  # fmt: skip
    assert history.keys() == [key]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"N": "1"}, {"N": "1.0"}),
        ({"N": "100"}, 100),
        ({"N": "1E2"}, Decimal("100")),
        ({"S": "1"}, "1"),
        ({"B": b"a"}, bytearray(b"a")),
    ],
)
def test_a_key_is_one_key_however_it_is_written(one, other):
    """As a client writes it, or a resource; a number by its value."""
    history = ItemHistory(["id"], [])
    assert history.key_of({"id": one}) == history.key_of({"id": other})


def test_a_number_a_string_and_bytes_that_look_alike_are_three_keys():
    """DynamoDB tells them apart by their type."""
    history = ItemHistory(["id"], [])
    assert len({history.key_of({"id": value}) for value in ({"N": "1"}, {"S": "1"}, {"B": b"1"})}) == 3


VIEWS = st.one_of(
    st.just(Fresh()), st.integers(0, 9).map(lambda lag_s: Lagging(Fixed(lag_s))), st.integers(-1, 20).map(Partitioned)
)


def shown(history, key, view, now_s):
    """Return the newest state that the view shows; None for no item."""
    lags = Lags(random.Random(0))
    changes = reversed(history.of(key))
    return next((c.item for c in changes if c.at_s == ALWAYS_S or view.sees(c, now_s, lags)), None)


def settling(views, now_s):
    """Return what says whether a view may still show a state that was replaced."""
    lags = Lags(random.Random(0))
    return lambda old, new: any(
        view.settles_at_s(new, lags) > now_s and (old.at_s == ALWAYS_S or view.settles_at_s(old, lags) < math.inf)
        for view in views
    )


@given(
    st.sampled_from([[], [ROUTE]]),
    st.lists(st.tuples(st.integers(0, 4), st.sampled_from([None, ROUTE, MOVED])), max_size=12),
    st.lists(VIEWS, min_size=1, max_size=3),
    st.integers(0, 6),
)
def test_what_is_dropped_changes_no_answer_through_any_view_or_to_a_read_of_the_last_seconds(
    first, steps, views, keep_s
):
    """Of lagging replicas, fresh ones, and those that are cut off, at any second."""
    whole, pruned = ItemHistory(["account", "job"], first), ItemHistory(["account", "job"], first, keep_s)
    key, now_s = whole.key_of(ROUTE), 0.0
    for wait_s, item in [*steps, (50, ROUTE)]:
        now_s += wait_s
        for history in (whole, pruned):
            history.met(key, item, now_s)
        for due in pruned.due(now_s):
            pruned.prune(due, now_s, settling(views, now_s))
        late = [Lagging(Fixed(keep_s)), Partitioned(now_s - keep_s)]
        assert [shown(pruned, key, view, now_s) for view in [*views, *late]] == [
            shown(whole, key, view, now_s) for view in [*views, *late]
        ]


def test_a_replaced_state_goes_when_its_seconds_are_over_and_a_deleted_item_goes_completely():
    """The newest state stays for ever, and the numbers of changes go on."""
    history, settled = ItemHistory(["account", "job"], [], keep_s=10.0), settling([], 0.0)
    key = history.key_of(ROUTE)
    for now_s, item in [(0.0, ROUTE), (1.0, MOVED), (2.0, None)]:
        history.met(key, item, now_s)
    assert (list(history.due(2.5)), list(history.due(2.6))) == ([], [key])
    for now_s, kept in [(10.5, [ROUTE, MOVED, None]), (11.5, [MOVED, None]), (12.5, [])]:
        history.prune(key, now_s, settled)
        assert [change.item for change in history.of(key)] == kept
    assert (history.keys(), history.states()) == ([], 0)
    history.met(key, ROUTE, 20.0)
    history.met(key, MOVED, 21.0)
    history.prune(key, 40.0, settled)
    assert history.of(key) == [ItemChange(1, ALWAYS_S, MOVED)]
    history.met(key, ROUTE, 41.0)
    assert history.of(key)[-1] == ItemChange(2, 41.0, ROUTE)


def test_an_item_is_due_a_few_times_in_its_seconds_and_few_items_are_due_at_once():
    """So that no call waits for all the others' items."""
    history = ItemHistory(["id"], [], keep_s=10.0)
    for number in range(40):
        history.met(history.key_of({"id": number}), {"id": number}, 0.0)
    found = []
    for _ in range(4):
        due = list(history.due(11.0))
        for key in due:
            history.prune(key, 11.0, settling([], 11.0))
        found.append(len(due))
    assert found == [16, 16, 8, 0]
