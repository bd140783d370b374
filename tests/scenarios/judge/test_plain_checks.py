"""No promise is passed by a broken system: promise and naive check agree on mutations of a trace that keeps it."""

import pytest

from gateway_sim.scenarios.sim import registry
from tests.scenarios.judge.mutated_traces import broken_of, keeps, trace_of
from tests.scenarios.judge.plain_checks import (
    CHECKS,
    of_data_and_models,
    of_pipelines,
    of_requests,
    of_routes,
    of_runs,
    of_schedules,
)

FOLDERS = ("gateway_sim.scenarios.judge.promises", "gateway_sim.scenarios.orchestration.promises")
PROMISES = {one.__name__: one for folder in FOLDERS for one in registry.functions(folder).values()}
PARTS = (of_data_and_models, of_pipelines, of_requests, of_routes, of_runs, of_schedules)
ZERO = "one field that is not 0 breaks it, and a keeping trace has 0 everywhere"
SAME = "a keeping trace has one value everywhere, which no mutation changes"
CLUSTER = "its naive form is the occupancy of a whole cluster; its own tests have traces that keep and break it"
WITHOUT = {
    "the_control_plane_refuses_no_request": "any RequestTurnedAway breaks it, and a keeping trace has none",
    "a_run_is_made_of_one_snapshot_and_one_image": SAME,
    "the_story_ends": "any StoryHung breaks it, and a keeping trace has none",
    "no_run_fails_in_its_runtime": "any RunCrashed breaks it, and a keeping trace has none",
    "no_update_is_lost": ZERO,
    "nothing_is_computed_twice": ZERO,
    "what_serves_is_as_good_as_it_was": ZERO,
    "every_move_is_needed": CLUSTER,
    "no_gpu_idles_while_a_job_would_fit": CLUSTER,
    "no_gpu_is_given_up_to_idle": CLUSTER,
    "no_node_holds_more_than_it_has": CLUSTER,
}
"""Promises without a check, each with its reason."""


def test_every_promise_has_a_check_or_a_reason():
    """A new promise comes with its plain sentence."""
    assert {check.holds.__module__ for check in CHECKS.values()} == {one.__name__ for one in PARTS}
    assert set(PROMISES) == set(CHECKS) | set(WITHOUT)
    assert not set(CHECKS) & set(WITHOUT)


@pytest.mark.parametrize("name", CHECKS)
def test_a_trace_keeps_its_promise_and_its_check(name):
    """Before anything is mutated."""
    trace = trace_of(CHECKS[name].kept)
    assert keeps(PROMISES[name], trace)
    assert CHECKS[name].holds(trace)


@pytest.mark.parametrize("name", CHECKS)
def test_promise_and_check_agree_on_mutated_traces(name):
    """And some mutation breaks the promise."""
    assert broken_of(PROMISES[name], CHECKS[name], 25, of_routes.never_falls)


@pytest.mark.slow
@pytest.mark.parametrize("name", CHECKS)
def test_promise_and_check_agree_on_many_mutated_traces(name):
    """The same, on more of them."""
    assert broken_of(PROMISES[name], CHECKS[name], 500, of_routes.never_falls)
