"""The proposal is the policy's own answers and measured runs, put into words."""

import dataclasses
from typing import get_args

import pytest

from gateway_sim.client.sdk.profiles import PROFILES
from gateway_sim.legs import Leg
from gateway_sim.miss_policies.leased_generation import LeasedGeneration
from gateway_sim.scenarios.compare.conformance.by_profile import expected
from gateway_sim.scenarios.report.other_statuses import HOLD_S, OTHERS, cells, status_sentences, status_table
from gateway_sim.scenarios.report.proposal import CASES, GATEWAYS, RACES, contract, openapi, proposal, specs
from gateway_sim.scenarios.run.plans import race_plan
from gateway_sim.scenarios.run.runner import run_plans


@pytest.fixture(scope="module")
def statuses():
    """Return what each SDK made of each status."""
    return expected(cells(), hold_s=HOLD_S)


def test_the_contract_covers_every_leg_in_every_case_and_never_outlasts_a_caller():
    """Healthz is asked with 5 s of patience, a poll with 45, a call with 60 (docs/reference/protocol.md §1)."""
    rules = list(contract(LeasedGeneration(longest_s=1e6)))
    assert len(rules) == len(CASES) * len(get_args(Leg))
    patience_s = {"health": 5.0, "poll": 45.0, "heartbeat": 10.0}
    assert all(rule.held_s < patience_s.get(rule.leg, 60.0) for rule in rules)


def test_what_proves_nothing_is_never_404():
    """Only a tombstone and an absence that were read strongly are final."""
    final = {rule.case for rule in contract(LeasedGeneration()) if rule.answer.status == 404}
    assert final == {"the route is a tombstone", "there never was a route"}


def test_the_openapi_fragment_names_each_answer():
    """Three responses, each problem+json and never to be stored."""
    responses = openapi(LeasedGeneration())["components"]["responses"]
    assert set(responses) == {"RouteNotReady", "RouteGone", "RouteUnknown"}
    assert all(told["headers"]["Cache-Control"]["example"] == "no-store" for told in responses.values())


@pytest.mark.slow
def test_every_sdk_under_every_gateway_is_on_the_page_with_what_was_measured(statuses):
    """And the whole contract finishes what today's gateway kills."""
    page = proposal(list(run_plans([race_plan(spec) for spec in specs()])), statuses)
    rows = [line for line in page.splitlines() if line.startswith(tuple(f"| {sdk} |" for sdk in PROFILES))]
    assert len(rows) == len(PROFILES) * len(GATEWAYS)
    ours = [row for row in rows if "the whole contract" in row]
    assert all(row.count("completed") == len(RACES) - 1 for row in ours)
    assert all("**" not in row for row in ours)
    assert "keeps the caller of a deleted job for 30" in page


def test_each_other_status_is_refused_for_what_was_seen(statuses):
    """408 spins and the rest ends a run; only newer SDKs wait a 429 out on a poll (docs/reference/protocol.md §4.3)."""
    (told,) = [line for line in status_sentences(statuses) if line.startswith("* No way out")]
    assert all(f"{status} " in told for status in OTHERS)
    assert "408 spins on a poll of every SDK;" in told
    assert "410 ends the run on a dispatch of every SDK and ends the run on a poll of every SDK" in told
    assert "429 ends the run on a poll of tinker-0.15 and tinker-0.18" in told


def test_a_status_that_every_sdk_waits_out_is_no_longer_refused(statuses):
    """The sentence follows the measurement, whatever it says."""
    mended = [dataclasses.replace(c, seen="ok", peak_per_s=1) if c.answer == "429" else c for c in statuses]
    *_, refused, left = status_sentences(mended)
    assert "429" not in refused
    assert left == "* 429 would do as well, by this table."
    assert "| 429 | poll |" + " waited out |" * len(PROFILES) in status_table(mended).markdown().splitlines()


def test_a_bare_503_spins_and_a_held_one_does_not(statuses):
    """In the numbers of the table."""
    first, *_ = status_sentences(statuses)
    alone = max(c.peak_per_s for c in statuses if c.answer == "503")
    held = max(c.peak_per_s for c in statuses if c.answer == "503 held 1 s")
    assert alone > 20 >= held
    assert f"up to {alone} with 503," in first
    assert f"first, they are {held}:" in first
