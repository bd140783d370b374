"""What a view of a route means for a request."""

from __future__ import annotations

import pytest

from gateway_sim.decide import Forward, Miss, Stale, decide
from gateway_sim.route_table import Route

READY = Route("acme", "job-1", 3, "READY", "pod:3")
TOMBSTONE = Route("acme", "job-1", 3, "TOMBSTONE", "")


@pytest.mark.parametrize(
    ("seen", "at_least", "then"),
    [
        (None, 0, Miss()),
        (None, 3, Miss()),
        (READY, 0, Forward("pod:3", 3)),
        (READY, 3, Forward("pod:3", 3)),
        (READY, 4, Stale(READY)),
        (TOMBSTONE, 0, Stale(TOMBSTONE)),
        (TOMBSTONE, 4, Stale(TOMBSTONE)),
    ],
)
def test_the_table(seen, at_least, then):
    """Only a live route, new enough, is forwarded to."""
    assert decide(seen, at_least) == then
