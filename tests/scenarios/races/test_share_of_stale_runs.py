"""The share of runs that meet a stale replica is the one that arithmetic gives, for either kind of balancer.

Of N replicas k never learn the route, and the balancer picks at random. A run that needs n independent picks meets none
of the k with probability (1 - k/N)^n. A balancer that picks for each request makes as many picks as there are requests,
one that pins a connection as many as there are connections. Both are counted in a run without stale replicas.
"""

import math

import pytest

from gateway_sim.events import RequestForwarded, RouteMissed
from gateway_sim.scenarios.run.runner import run
from gateway_sim.scenarios.run.spec import RunSpec

SEEDS = 400
WORLD = {"order": "random", "lag_s": "100000", "steps": "1", "batch": "1", "length": "8"}


def played(balance, seed, replicas, stale):
    """Return the trace of a run that ends at the first 404 on its session or a later call."""
    settings = {**WORLD, "replicas": str(replicas), "stale": str(stale)}
    return run(RunSpec("fresh-route", "plain", "not-found", balance=balance, seed=seed, settings=settings)).trace


def picks(balance, seed):
    """Return how often the balancer picks in a run that meets no stale replica."""
    sent = [entry.event for entry in played(balance, seed, 1, 0).of(RequestForwarded)]
    return len(sent) if balance == "per-request" else len({event.connection for event in sent})


@pytest.mark.slow
@pytest.mark.parametrize(
    ("balance", "replicas", "stale"),
    [("per-request", 20, 1), ("per-request", 30, 3), ("per-connection", 4, 1), ("per-connection", 10, 3)],
)
def test_the_share_of_runs_that_meet_a_stale_replica_is_the_closed_form(balance, replicas, stale):
    """Over 400 seeds, within three standard errors."""
    (needed,) = {picks(balance, seed) for seed in range(5)}
    expected = 1 - (1 - stale / replicas) ** needed
    met = sum(played(balance, seed, replicas, stale).reached(RouteMissed) for seed in range(SEEDS)) / SEEDS
    error = math.sqrt(expected * (1 - expected) / SEEDS)
    assert abs(met - expected) <= 3 * error, (needed, met, expected, error)
