"""The warm-up's arithmetic: against the model's published figures, and against the laboratory's own parts."""

import itertools
import json
import math
import random
from fractions import Fraction

import pytest

from gateway_sim.scenarios.apps.cli import main
from gateway_sim.scenarios.compare.warmup_adequacy import (
    Question,
    coverage_probes,
    false_readiness,
    probes_needed,
    simulated,
    some_missed,
)
from gateway_sim.scenarios.judge.wilson import wilson
from gateway_sim.scenarios.sim.errors import SettingsRefused


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
    """Lags up to 8 s, probes 1 s apart: the table of docs/reference/findings.md §0, within its own sampling."""
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


@pytest.mark.parametrize("replicas", [1, 2, 3, 7, 12])
def test_the_chance_to_miss_a_replica_is_that_of_inclusion_and_exclusion(replicas):
    """In fractions, where nothing cancels."""
    for n, missed in enumerate(itertools.islice(some_missed(replicas), 60)):
        terms = (math.comb(replicas, k) * Fraction(replicas - k, replicas) ** n for k in range(1, replicas + 1))
        exact = sum((-1) ** k * term for k, term in enumerate(terms))
        assert missed == pytest.approx(float(exact), rel=1e-12)


@pytest.mark.parametrize("replicas", [50, 127, 128, 200, 500])
@pytest.mark.parametrize("rate", [1e-3, 1e-6, 1e-12])
def test_very_many_replicas_need_as_many_connections_as_the_bounds_allow(replicas, rate):
    """Bonferroni's two bounds on the chance that some replica is missed."""
    needed = coverage_probes(replicas, rate)

    def at_most(n):
        return replicas * (1.0 - 1.0 / replicas) ** n

    def at_least(n):
        return at_most(n) - math.comb(replicas, 2) * (1.0 - 2.0 / replicas) ** n

    assert at_least(needed) < rate
    assert at_most(needed - 1) >= rate


def test_more_replicas_need_more_connections():
    """And a rarer miss too."""
    by_replicas = [coverage_probes(replicas, 1e-6) for replicas in range(1, 201)]
    assert by_replicas == sorted(set(by_replicas))
    by_rate = [coverage_probes(150, 10.0**-power) for power in range(1, 13)]
    assert by_rate == sorted(set(by_rate))


@pytest.mark.parametrize(
    "question",
    [
        Question(3, "per-request", "uniform", 60.0, 0.1),
        Question(3, "per-connection", "uniform", 60.0, 0.1),
        Question(3, "per-request", "exponential", 300.0, 1.0),
        Question(3, "per-connection", "exponential", 300.0, 1.0),
        Question(3, "per-connection", "fixed", 60.0, 0.1),
    ],
    ids=str,
)
def test_a_lag_of_hundreds_of_gaps_is_followed_to_its_end(question):
    """A sum that stops earlier misses the rest of the chance."""
    share = simulated(question, 3, 1000, random.Random(str(question)))
    low, high = wilson(round(share * 1000), 1000, z=4.0)
    assert low <= false_readiness(question, 3) <= high


def test_pinned_probes_over_a_long_lag_need_all_of_it():
    """By then the others see the route for sure, and one gap earlier they need not."""
    assert probes_needed(Question(3, "per-connection", "uniform", 60.0, 0.1), 1e-6) == 600


def test_a_law_that_forgets_is_refused():
    """After a fresh read a stale one may follow, so successes prove nothing."""
    with pytest.raises(SettingsRefused, match="no number of probes"):
        Question(3, "per-request", "simpledb-step", 0.0)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--lag-s", "inf"], "lag_s is inf"),
        (["--lag-s", "nan"], "--lag-s"),
        (["--lag-s", "-1"], "--lag-s"),
        (["--gap-s", "inf"], "gap_s is inf"),
        (["--gap-s", "nan"], "--gap-s"),
        (["--gap-s", "0"], "--gap-s"),
        (["--rate", "nan"], "--rate"),
        (["--lag-s", "60000"], "60000 times gap_s"),
    ],
)
def test_numbers_that_mean_nothing_are_refused(words, sentence, capsys):
    """In a sentence that names the number, before anything is simulated."""
    with pytest.raises(SystemExit) as end:
        main(["warmup", *words])
    assert end.value.code == 2
    assert sentence in capsys.readouterr().err


def test_the_command_agrees_with_its_simulation(capsys):
    """Over a lag of 600 gaps."""
    with pytest.raises(SystemExit) as end:
        main(["warmup", "--gap-s", "0.1", "--lag-s", "60", "--runs", "500", "--json"])
    told = json.loads(capsys.readouterr().out)
    assert (end.value.code, told["agrees"], told["probes_needed"]) == (0, True, 44)


@pytest.mark.parametrize(
    ("hits", "runs", "low", "high"), [(0, 0, 0.0, 1.0), (40, 40, 0.912, 1.0), (7, 15, 0.248, 0.699)]
)
def test_wilson_intervals(hits, runs, low, high):
    """The textbook's numbers."""
    assert wilson(hits, runs) == pytest.approx((low, high), abs=0.001)
