"""No promise is passed by a broken system: promise and naive check agree on mutations of a trace that keeps it."""

import pytest

from gateway_sim.scenarios.sim import registry
from tests.scenarios.judge.mutated_traces import broken_of, keeps, trace_of
from tests.scenarios.judge.plain_checks import CHECKS, of_requests, of_routes, of_runs

PROMISES = {one.__name__: one for one in registry.functions("gateway_sim.scenarios.judge.promises").values()}
PARTS = (of_requests, of_routes, of_runs)
ONE_EVENT = {"the_control_plane_refuses_no_request": "any RequestTurnedAway breaks it, and a keeping trace has none"}
"""Promises without a check, each with its reason."""


def test_every_promise_has_a_check_or_a_reason():
    """A new promise comes with its plain sentence."""
    assert {check.holds.__module__ for check in CHECKS.values()} == {one.__name__ for one in PARTS}
    assert set(PROMISES) == set(CHECKS) | set(ONE_EVENT)
    assert not set(CHECKS) & set(ONE_EVENT)


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
