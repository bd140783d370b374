"""Looking for garbage less often: as long as there is a holder, and no longer."""

import gc
from collections.abc import Iterator

import pytest

from gateway_sim.scenarios.sim.garbage import YOUNG, Garbage


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    """Give the other tests the collector that they had."""
    before = gc.get_threshold()
    yield
    gc.collect()
    gc.freeze()
    gc.set_threshold(*before)


def test_what_is_here_is_not_looked_through_while_it_is_held():
    """RefCounted, the collector waits for many young objects and knows nothing of the old; let go, it is as it was."""
    gc.unfreeze()
    gc.set_threshold(701, 11, 12)
    with Garbage().held():
        assert gc.get_threshold()[0] == YOUNG
        assert gc.get_freeze_count() > 0
    assert gc.get_threshold() == (701, 11, 12)
    assert gc.get_freeze_count() == 0


def test_worlds_side_by_side_hold_it_together():
    """The first that ends leaves it to the others, whatever the order they came in."""
    gc.set_threshold(701, 11, 12)
    garbage = Garbage()
    garbage.hold()
    garbage.hold()
    garbage.release()
    assert gc.get_threshold()[0] == YOUNG
    garbage.release()
    assert gc.get_threshold() == (701, 11, 12)
