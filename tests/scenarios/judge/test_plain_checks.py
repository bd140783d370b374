"""No promise is passed by a broken system: promise and naive check agree on mutations of a trace that keeps it."""

import pytest
from hypothesis import HealthCheck, assume, given, settings

from gateway_sim.scenarios.sim import registry
from tests.scenarios.judge.mutated_traces import mutated, trace_of
from tests.scenarios.judge.plain_checks import CHECKS, of_requests, of_routes, of_runs
from tests.scenarios.judge.plain_checks.of_routes import never_falls

PROMISES = {one.__name__: one for one in registry.functions("gateway_sim.scenarios.judge.promises").values()}
PARTS = (of_requests, of_routes, of_runs)
ONE_EVENT = {"the_control_plane_refuses_no_request": "any RequestTurnedAway breaks it, and a keeping trace has none"}
"""Promises without a check, each with its reason."""


def keeps(promise, trace):
    """Return whether a trace keeps a promise; one that crashes has proved nothing."""
    try:
        return not list(promise(trace))
    except Exception:
        return False


def disagreements(name, examples):
    """Mutate a promise's trace so often, compare both verdicts, and return how many traces broke it."""
    promise, check = PROMISES[name], CHECKS[name]
    broken = []

    @settings(max_examples=examples, derandomize=True, deadline=None, database=None,
              suppress_health_check=list(HealthCheck))  # fmt: skip
    @given(mutated(check.kept))
    def compare(trace):
        assume(never_falls(trace))
        kept = keeps(promise, trace)
        assert kept == check.holds(trace), f"{name} says {'kept' if kept else 'broken'}, the check not:\n{trace.text()}"
        broken.append(not kept)

    compare()
    return sum(broken)


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
    assert disagreements(name, 25)


@pytest.mark.slow
@pytest.mark.parametrize("name", CHECKS)
def test_promise_and_check_agree_on_many_mutated_traces(name):
    """The same, on more of them."""
    assert disagreements(name, 500)
