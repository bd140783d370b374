"""A served world for days: it keeps the end of its trace, counts everything, and keeps nothing of what is over."""

import re

import pytest

from gateway_sim.client.events import CallAnswered, CallLost, CallSent
from gateway_sim.events import RequestForwarded, StrongRead
from gateway_sim.scenarios.apps.serve.metrics import OPEN_CALLS, FromTheStart, Metrics, OpenCalls
from gateway_sim.scenarios.apps.serve.serving import LatestTrace
from gateway_sim.scenarios.engines.live.ack_tracker import AckTracker
from gateway_sim.scenarios.sim.trace import Trace
from gateway_sim.trainer_pod.events import ModelCreated, OperationAccepted, ResultDelivered, StateLoaded


def test_the_end_is_kept_and_the_rest_is_counted() -> None:
    """A hundred answers, room for ten: the last ones are there, and every one is in the counters."""
    trace = LatestTrace(kept=10)
    emit = trace.emitter("client")
    emit(CallAnswered("poll", "/api/v1/retrieve_future", 200, "req-0"))
    metrics = Metrics(trace)
    for number in range(1, 100):
        emit(CallAnswered("poll", "/api/v1/retrieve_future", 200, f"req-{number}"))
        assert len(trace.entries) <= 15
    assert [entry.event.request_id for entry in trace.entries][-10:] == [f"req-{n}" for n in range(90, 100)]
    assert trace.forgotten + len(trace.entries) == 100
    assert re.match(r"\.\.\. \d+ events before these are not kept\n", trace.text())
    assert 'gateway_sim_calls_total{leg="poll",status="200"} 100.0' in metrics.text().decode()


def samples(metrics: Metrics) -> dict[str, float]:
    """Return the value of each series by its name and labels."""
    lines = [line.rpartition(" ") for line in metrics.text().decode().splitlines() if not line.startswith("#")]
    return {name: float(value) for name, _, value in lines}


def test_a_series_is_there_before_its_first_event() -> None:
    """At 0, for the replicas of the world, so that a rate is right from the first event on."""
    found = samples(Metrics(Trace(), FromTheStart(["gw-0"], faults=["stale-route"])))
    for series in (
        'route_misses_total{leg="poll",replica="gw-0"}',
        'requests_forwarded_total{leg="connect",replica="gw-0"}',
        'requests_refused_total{leg="poll",replica="gw-0",slug="route-not-ready"}',
        'call_duration_seconds_count{leg="dispatch"}',
        'calls_total{leg="connect",status="200"}',
        'faults_total{fault="stale-route"}',
        'steps_total{incarnation="1"}',
        "strong_reads_total",
    ):
        assert found[f"gateway_sim_{series}"] == 0.0


def test_an_old_name_counts_beside_the_new_one_for_one_release() -> None:
    """Both count the same, and the old one's description says the new name."""
    trace = Trace()
    metrics = Metrics(trace)
    trace.emitter("gateway")(RequestForwarded("gw-0", "acme", "job-1", "poll", 1, "127.0.0.1:1"))
    found = samples(metrics)
    assert found['gateway_sim_requests_forwarded_total{leg="poll",replica="gw-0"}'] == 1.0
    assert found['gateway_sim_forwarded_total{leg="poll",replica="gw-0"}'] == 1.0
    said = (
        "# HELP gateway_sim_forwarded_total Renamed to gateway_sim_requests_forwarded_total; this name works until 0.3."
    )
    assert said in metrics.text().decode()


def test_a_call_takes_from_its_sending_to_its_answer() -> None:
    """Of two polls for different results each has its own time; an answer without a call and a lost call have none."""
    trace, now_s = Trace(), [0.0]
    trace.clock(lambda: now_s[0])
    metrics, emit = Metrics(trace), trace.emitter("client")
    emit(CallSent("poll", "/api/v1/retrieve_future", None, "req-1"))
    now_s[0] = 3.0
    emit(CallSent("poll", "/api/v1/retrieve_future", None, "req-2"))
    now_s[0] = 4.0
    emit(CallAnswered("poll", "/api/v1/retrieve_future", 200, "req-2"))
    now_s[0] = 30.0
    emit(CallAnswered("poll", "/api/v1/retrieve_future", 200, "req-1"))
    emit(CallAnswered("poll", "/api/v1/retrieve_future", 200, "req-9"))
    emit(CallSent("dispatch", "/api/v1/optim_step", 1, None))
    emit(CallLost("dispatch", "/api/v1/optim_step", "reset"))
    found = samples(metrics)
    assert found['gateway_sim_call_duration_seconds_count{leg="poll"}'] == 2.0
    assert found['gateway_sim_call_duration_seconds_sum{leg="poll"}'] == 31.0
    assert found['gateway_sim_call_duration_seconds_bucket{le="1.0",leg="poll"}'] == 1.0
    assert found['gateway_sim_call_duration_seconds_count{leg="dispatch"}'] == 0.0


def test_a_call_whose_caller_has_left_makes_no_later_call_longer() -> None:
    """A client gives a batch up after 60 s; each of the batches that it sends afterwards takes a second."""
    trace, now_s = Trace(), [0.0]
    trace.clock(lambda: now_s[0])
    metrics, emit = Metrics(trace), trace.emitter("client")
    emit(CallSent("dispatch", "/api/v1/forward_backward", 1, None))
    for second in (60.0, 70.0, 80.0):
        now_s[0] = second
        emit(CallSent("dispatch", "/api/v1/forward_backward", 2, None))
        now_s[0] += 1.0
        emit(CallAnswered("dispatch", "/api/v1/forward_backward", 200, None))
    found = samples(metrics)
    assert found['gateway_sim_call_duration_seconds_count{leg="dispatch"}'] == 3.0
    assert found['gateway_sim_call_duration_seconds_sum{leg="dispatch"}'] == 3.0


def test_an_event_that_a_watcher_reports_is_counted_once() -> None:
    """Also where that watcher comes first, so that its event follows in the trace before this one is counted."""
    trace = Trace()
    emit = trace.emitter("gateway")
    trace.watch(lambda event: emit(StrongRead("acme", "job-1")) if isinstance(event, RequestForwarded) else None)
    metrics = Metrics(trace)
    emit(RequestForwarded("gw-0", "acme", "job-1", "poll", 1, "127.0.0.1:1"))
    found = samples(metrics)
    assert found["gateway_sim_strong_reads_total"] == 1.0
    assert found['gateway_sim_requests_forwarded_total{leg="poll",replica="gw-0"}'] == 1.0


def test_calls_that_are_never_answered_take_no_memory() -> None:
    """The oldest is forgotten."""
    trace = Trace()
    open_calls = OpenCalls()
    for number in range(OPEN_CALLS + 5):
        trace.emitter("client")(CallSent("poll", "/api/v1/retrieve_future", None, f"req-{number}"))
        open_calls.took_s(trace.entries[-1])
    assert len(open_calls._sent_s) == OPEN_CALLS
    for _ in range(OPEN_CALLS + 5):
        trace.emitter("client")(CallSent("dispatch", "/api/v1/optim_step", None, None))
        open_calls.took_s(trace.entries[-1])
    assert max(map(len, open_calls._sent_s.values())) == OPEN_CALLS


def accepted(kind: str) -> OperationAccepted:
    """Return the pod's word of a request that it took."""
    return OperationAccepted("acme", "job-1", 1, "model", 2, kind, "req-1")


ANSWERED = CallAnswered("poll", "/api/v1/retrieve_future", 200, "req-1")
DELIVERED = ResultDelivered("acme", "job-1", 1, "req-1")


@pytest.mark.parametrize("order", [(ANSWERED, DELIVERED), (DELIVERED, ANSWERED)], ids=["answer first", "pod first"])
def test_a_step_counts_once_both_the_answer_and_the_pod_report_it(order: tuple[object, object]) -> None:
    """In either order; a result that is asked for again is no second step."""
    steps = AckTracker()
    assert [steps.completes_step(event) for event in (accepted("optim_step"), *order)] == [False, False, True]
    assert [steps.completes_step(event) for event in order] == [False, False]
    assert steps.acknowledged == 1


def test_gradients_are_no_step() -> None:
    """Their result is delivered like any other."""
    steps = AckTracker()
    assert not any(steps.completes_step(event) for event in (accepted("forward_backward"), ANSWERED, DELIVERED))
    assert steps.acknowledged == 0


def test_who_loads_a_checkpoint_has_its_steps_again_and_a_new_model_alone_changes_nothing() -> None:
    """Steps after the checkpoint are done again; those that a new model lacks are still counted, and so found lost."""
    steps = AckTracker()
    a_step = (accepted("optim_step"), DELIVERED, ANSWERED)
    events = [*a_step * 3, ModelCreated("acme", "job-1", 2, "model-2")]
    assert sum(map(steps.completes_step, events)) == steps.acknowledged == 3
    assert not steps.completes_step(StateLoaded("acme", "job-1", 2, "tinker://job-1/weights/two", 2, True))
    assert sum(map(steps.completes_step, a_step)) == 1
    assert steps.acknowledged == 3


def test_nothing_is_kept_of_what_is_over() -> None:
    """Whatever was served, what is remembered is only what is under way."""
    steps = AckTracker()
    for _ in range(3):
        for event in (accepted("optim_step"), DELIVERED, ANSWERED):
            steps.completes_step(event)
    assert steps.acknowledged == 3
    assert not any(value for value in vars(steps).values() if isinstance(value, set))
