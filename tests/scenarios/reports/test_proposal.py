"""The proposal is the policy's own answers and measured runs, put into words."""

from __future__ import annotations

from typing import get_args

from client.sdk_profiles import PROFILES
from gateway_sim.legs import Leg
from gateway_sim.miss_policies.leased_generation import LeasedGeneration
from scenarios.reports.proposal import CASES, GATEWAYS, RACES, contract, openapi, proposal, specs
from scenarios.runner import plan, run_plans


def test_the_contract_covers_every_leg_in_every_case_and_never_outlasts_a_caller():
    """Healthz is asked with 5 s of patience, a poll with 45, a call with 60 (PROTOCOL §1)."""
    rules = list(contract(LeasedGeneration(longest_s=1e6)))
    assert len(rules) == len(CASES) * len(get_args(Leg))
    patience_s = {"health": 5.0, "poll": 45.0, "connect": 60.0, "dispatch": 60.0, "beat": 10.0, "other": 60.0}
    assert all(rule.held_s < patience_s[rule.leg] for rule in rules)


def test_what_proves_nothing_is_never_404():
    """Only a tombstone and an absence that were read strongly are final."""
    final = {rule.case for rule in contract(LeasedGeneration()) if rule.answer.status == 404}
    assert final == {"the route is a tombstone", "there never was a route"}


def test_the_openapi_fragment_names_each_answer():
    """Three responses, each problem+json and never to be stored."""
    responses = openapi(LeasedGeneration())["components"]["responses"]
    assert set(responses) == {"RouteNotReady", "RouteGone", "RouteUnknown"}
    assert all(told["headers"]["Cache-Control"]["example"] == "no-store" for told in responses.values())


def test_every_sdk_under_every_gateway_is_on_the_page_with_what_was_measured():
    """And the whole contract finishes what today's gateway kills."""
    page = proposal(list(run_plans([plan(spec) for spec in specs()])))
    rows = [line for line in page.splitlines() if line.startswith(tuple(f"| {sdk} |" for sdk in PROFILES))]
    assert len(rows) == len(PROFILES) * len(GATEWAYS)
    ours = [row for row in rows if "the whole contract" in row]
    assert all(row.count("completed") == len(RACES) - 1 for row in ours)
    assert all("**" not in row for row in ours)
