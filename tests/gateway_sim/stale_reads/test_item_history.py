"""What each item of a table was, and since when."""

from decimal import Decimal

import pytest

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
