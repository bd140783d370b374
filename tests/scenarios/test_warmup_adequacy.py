"""The warm-up's arithmetic: against the model's published figures, and against the laboratory's own parts."""

from __future__ import annotations

import random

import pytest

from scenarios.reports.wilson import wilson
from scenarios.warmup_adequacy import Question, coverage_probes, false_readiness, probes_needed, simulated
from scenarios.world.settings import SettingsRefused


@pytest.mark.parametrize(
    ("replicas", "balance", "published"),
    [
        (3, "per-connection", 0.361),
        (3, "per-request", 0.194),
        (10, "per-connection", 0.571),
        (10, "per-request", 0.431),
    ],
)
def test_three_successes_lie_as_often_as_the_model_was_found_to(replicas, balance, published):
    """Lags up to 8 s, probes 1 s apart: the table of FINDINGS §0, within its own sampling."""
    assert false_readiness(Question(replicas, balance, "uniform", 8.0), 3) == pytest.approx(published, abs=0.01)


@pytest.mark.parametrize("law", ["fixed", "uniform", "exponential"])
@pytest.mark.parametrize("balance", ["per-connection", "per-request"])
@pytest.mark.parametrize("probes", [1, 3, 5])
def test_the_laboratorys_own_replicas_and_balancer_agree(law, balance, probes):
    """Computed and simulated, within four standard deviations."""
    question = Question(4, balance, law, 2.5, 0.7)
    runs = 1500
    share = simulated(question, probes, runs, random.Random(f"{law}{balance}{probes}"))
    low, high = wilson(round(share * runs), runs, z=4.0)
    assert low <= false_readiness(question, probes) <= high


@pytest.mark.parametrize("balance", ["per-connection", "per-request"])
def test_the_number_needed_is_the_first_that_suffices(balance):
    """One fewer lies too often."""
    question = Question(3, balance, "uniform", 8.0)
    needed = probes_needed(question, 1e-3)
    assert needed is not None
    assert false_readiness(question, needed) < 1e-3 <= false_readiness(question, needed - 1)


def test_probes_on_one_connection_must_outlast_the_lag_itself():
    """A pinned prober learns nothing of the others: only time helps it."""
    assert probes_needed(Question(3, "per-connection", "uniform", 8.0), 1e-6) in (8, 9, 10)


def test_one_replica_cannot_lie():
    """Its own success is the whole truth."""
    assert false_readiness(Question(1, "per-request", "uniform", 8.0), 1) == pytest.approx(0.0)


def test_connections_that_meet_all_but_rarely():
    """One replica needs one; three need more than three."""
    assert coverage_probes(1, 1e-6) == 1
    assert coverage_probes(3, 0.5) == 5
    assert 35 <= coverage_probes(3, 1e-6) <= 40


def test_a_law_that_forgets_is_refused():
    """After a fresh read a stale one may follow, so successes prove nothing."""
    with pytest.raises(SettingsRefused, match="no number of probes"):
        false_readiness(Question(3, "per-request", "simpledb-step", 0.0), 3)


@pytest.mark.parametrize(
    ("hits", "runs", "low", "high"), [(0, 0, 0.0, 1.0), (40, 40, 0.912, 1.0), (7, 15, 0.248, 0.699)]
)
def test_wilson_intervals(hits, runs, low, high):
    """The textbook's numbers."""
    assert wilson(hits, runs) == pytest.approx((low, high), abs=0.001)
