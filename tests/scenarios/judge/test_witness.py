"""Violations and anomalies of real runs: each is shown by entries of its trace, and siblings agree."""

import json

import pytest

from gateway_sim.scenarios.judge.anomalies import anomalies, counts
from gateway_sim.scenarios.judge.promises import in_order
from gateway_sim.scenarios.judge.promises.no_acknowledged_step_is_lost import no_acknowledged_step_is_lost
from gateway_sim.scenarios.judge.promises.no_busy_polling import no_busy_polling
from gateway_sim.scenarios.judge.promises.no_request_reaches_another_jobs_pod import no_request_reaches_another_jobs_pod
from gateway_sim.scenarios.judge.promises.no_step_is_applied_twice import no_step_is_applied_twice
from gateway_sim.scenarios.judge.reading import reading
from gateway_sim.scenarios.run.runner import run
from gateway_sim.scenarios.run.spec import RunSpec
from gateway_sim.scenarios.search import mutants, mutations
from gateway_sim.scenarios.sim.events import RunFinished, RunHung

RUNS = [
    RunSpec("healthy"),
    RunSpec("poll-storm", "plain", "route-not-ready"),
    RunSpec("lost-reply-then-404", "blanket-404"),
    RunSpec("lost-reply-then-404", "exactly-once"),
    RunSpec("moved-pod"),
    RunSpec("reused-address"),
    RunSpec("zombie-pod"),
    RunSpec("job-deleted", "blanket-404"),
    RunSpec("false-readiness", "plain", "route-not-ready", balance="per-request"),
    RunSpec("route-never-appears", "plain", "route-not-ready"),
]
MUTATIONS = [
    "errors-swallowed", "ledger-forgets", "neighbours-route-taken", "one-proof-taken-for-all", "every-step-waits",
    "superseded-pod-trains-on", "checkpoint-without-its-marker", "control-plane-asked-at-once",
    "failed-operation-retried",
]  # fmt: skip
SAME = {
    "spin": no_busy_polling,
    "doubled-step": no_step_is_applied_twice,
    "lost-step": no_acknowledged_step_is_lost,
}
"""Anomalies that happen exactly where this promise is broken."""


def play(case):
    """Return the run of a spec, or of the last guard of a mutation."""
    if isinstance(case, RunSpec):
        return run(case)
    mutation = mutations.load(case)
    with mutation.broken():
        return mutants.play(mutation.guards[-1])


@pytest.fixture(scope="module")
def results():
    """Give every run, each played once."""
    return [play(case) for case in [*RUNS, *MUTATIONS]]


def test_each_violation_is_shown_by_its_trace(results, is_shown):
    """The entries are those of the trace, in its order, and the document has them."""
    for result in results:
        judged = [one for one in result.violations if one.promise != "the race took place"]
        assert all(is_shown(one, result.trace) for one in judged)
        documents = json.loads(json.dumps(result.document()))["violations"]
        assert [len(one["witness"]) for one in documents] == [len(one.witness) for one in result.violations]
        assert all(set(entry) >= {"at_s", "source", "event"} for one in documents for entry in one["witness"])
    assert len({one.promise for result in results for one in result.violations}) > 10


def test_each_anomaly_is_shown_by_its_trace(results, is_shown):
    """As violations are; an anomaly is complete at the last entry of its witness."""
    for result in results:
        for anomaly in anomalies().values():
            for one in anomaly(result.trace):
                assert is_shown(one, result.trace)
                assert one.at_s == one.witness[-1].at_s


def test_an_anomaly_and_its_sibling_promise_agree(results):
    """One reading serves both, so that no run breaks the promise without the anomaly."""
    happened = set()
    for result in results:
        seen = counts(result.trace)
        assert {name: name in seen for name in SAME} == {name: any(SAME[name](result.trace)) for name in SAME}
        if any(no_request_reaches_another_jobs_pod(result.trace)):
            assert "misdirected-request" in seen
        happened |= set(seen)
    assert happened >= {*SAME, "misdirected-request"}, "agreement on runs without either would prove nothing"


def test_a_reading_is_taken_once_until_the_trace_grows(history):
    """Ten promises that need it cost no more than one."""
    taken = []

    @reading
    def kinds(trace):
        taken.append(len(trace.entries))
        return (entry.name for entry in trace.entries)

    trace = history((1.0, RunHung(1.0, 3)))
    assert kinds(trace) == kinds(trace) == ("RunHung",)
    trace.emitter("user")(RunFinished(1))
    assert kinds(trace) == ("RunHung", "RunFinished")
    assert taken == [1, 2]


def test_entries_are_put_in_the_order_of_the_trace_and_kept_once(history):
    """Equal entries at other places are other entries."""
    trace = history(*[(1.0, RunFinished(1))] * 3)
    first, _, last = trace.entries
    assert [id(entry) for entry in in_order(trace, last, first, last)] == [id(first), id(last)]
