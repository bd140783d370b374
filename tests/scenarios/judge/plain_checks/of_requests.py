"""Plain checks of requests: how many there are, how soon they come, and when the user gets an answer."""

from itertools import pairwise

from gateway_sim.client.events import CallAnswered, CallSent, ControlPlaneProbed, ReadinessReached, WarmupFinished
from gateway_sim.control_plane.events import PodNoticedDead
from gateway_sim.events import RequestRepeated
from gateway_sim.scenarios.sim.events import RunFailed, RunHung, RunStarted, StepAcknowledged, UserThought, WorldBuilt
from gateway_sim.scenarios.sim.trace import Trace
from gateway_sim.trainer_pod.events import GradientsAccumulated, OperationAccepted, StepApplied
from tests.scenarios.judge.plain_checks import GONE, M1, US, applied, before, built, check


def polled(future: str) -> CallSent:
    """Return a poll of a future."""
    return CallSent("poll", "/api/v1/retrieve_future", None, future)


@check(
    *((n / 32, polled("req-1")) for n in range(20)), (0.75, polled("req-2")),
    *((1 + n / 32, polled("req-1")) for n in range(20)), (3.0, polled("req-2")),
)  # fmt: skip
def no_busy_polling(trace: Trace) -> bool:
    """No future is asked for more than 20 times within a second."""
    polls = [(e.event.request_id, e.at_s) for e in trace.of(CallSent)]
    return all(sum(one == name and at_s - 1 < s <= at_s for one, s in polls) <= 20 for name, at_s in polls)


STEP = CallSent("dispatch", "/api/v1/optim_step", 4, None)
REPEATED = RequestRepeated("gw-0", *US, "dispatch", "pod:1", "503", "", "api/v1/optim_step")


@check(
    *((1 + n / 16, STEP) for n in range(8)), *((1.5 + n / 16, REPEATED) for n in range(4)),
    (2.0, CallAnswered("dispatch", "/api/v1/optim_step", 503, None)), (2.5, STEP),
    (3.0, CallAnswered("dispatch", "/api/v1/optim_step", 200, None)),
    *((3 + n / 16, STEP) for n in range(6)), (5.0, polled("req-1")),
)  # fmt: skip
def requests_per_call_stay_within_a_budget(trace: Trace) -> bool:
    """Between two good answers a call causes at most 12 requests and one for each second."""
    since: dict[object, list[float]] = {}
    under_way: list[tuple[str, object]] = []
    for e in trace.of(CallSent, RequestRepeated, CallAnswered):
        path, future = e.event.path.lstrip("/"), getattr(e.event, "request_id", None)
        alike = [one for one in under_way if one[0] == path]
        if isinstance(e.event, CallAnswered):
            ended = [one for one in alike if one[1] == future] or alike
            if ended:
                under_way.remove(ended[0])
                if e.event.status < 400:
                    since[ended[0]] = []
            continue
        if isinstance(e.event, CallSent):
            call = (path, future or e.event.seq_id)
            under_way.append(call)
        elif alike:
            call = alike[0]
        else:
            continue
        since.setdefault(call, []).append(e.at_s)
        if len(since[call]) > 12 + since[call][-1] - since[call][0]:
            return False
    return True


def answered(status: int, told_s: float | None, path: str = "/api/v1/optim_step") -> CallAnswered:
    """Return an answer to a step, with what it told its caller to wait."""
    return CallAnswered("dispatch", path, status, None, told_s)


@check(
    (0.0, built()), (1.0, STEP), (1.5, answered(503, 4.0)), (5.5, STEP), (6.0, answered(503, 1.0)), (7.0, STEP),
    (7.5, answered(200, None)), (8.0, STEP), (8.5, answered(429, 90.0)), (9.0, STEP),
    (9.5, answered(503, 2.0, "/api/v1/forward")), (9.5, STEP),
)  # fmt: skip
def retry_after_is_heeded(trace: Trace) -> bool:
    """An exactly-once never sends a request again earlier than the last answer to it told, up to 60 s."""
    if not trace.reached(WorldBuilt):
        return True
    for sent in trace.of(CallSent):
        of_it = [e for e in before(trace, sent, CallSent, CallAnswered) if e.event.path == sent.event.path]
        told = [e for e in of_it if isinstance(e.event, CallSent) or e.event.retry_after_s is not None][-1:]
        for answer in told:
            wait_s = getattr(answer.event, "retry_after_s", None)
            refused = getattr(answer.event, "status", 200) >= 400
            if wait_s is not None and refused and wait_s <= 60 and sent.at_s < answer.at_s + wait_s - 0.1:
                return False
    return True


@check(
    (0.0, RunStarted(3)), (10.0, StepAcknowledged(1)), (20.0, answered(503, None)), (25.0, StepAcknowledged(2)),
    (30.0, answered(408, None)), (31.0, answered(404, None)), (60.0, answered(404, None)), (155.0, GONE),
    (156.0, RunHung(156.0, 9)),
)  # fmt: skip
def the_caller_is_answered_in_time(trace: Trace) -> bool:
    """A run that ends without success does so 125 s after its first refusal, or after its last sign of progress."""
    for end in trace.of(RunFailed, RunHung):
        progress_s = max([e.at_s for e in before(trace, end, StepAcknowledged)], default=0.0)
        bad = [e.at_s for e in before(trace, end, CallAnswered) if e.event.status >= 400 and e.event.status != 408]
        refused = [at_s for at_s in bad if progress_s <= at_s < end.at_s]
        signs = [e.at_s for e in before(trace, end, RunStarted, StepAcknowledged)]
        since_s = refused[0] if refused else max(signs, default=0.0)
        if (refused or isinstance(end.event, RunHung)) and end.at_s - since_s > 125:
            return False
    return True


@check(*((1 + n / 1024, ControlPlaneProbed("RUNNING", None)) for n in range(32)), *(
    (1.125 + n / 1024, ControlPlaneProbed("RUNNING", None)) for n in range(32)))  # fmt: skip
def the_control_plane_is_not_stormed(trace: Trace) -> bool:
    """No 50 ms have more than 32 probes."""
    probes = [e.at_s for e in trace.of(ControlPlaneProbed)]
    return all(sum(at_s - 0.05 < one <= at_s for one in probes) <= 32 for at_s in probes)


@check(
    (0.0, ReadinessReached()), (2.5, WarmupFinished("ready", 2.5)),
    (3.0, OperationAccepted(*US, 1, M1, 1, "forward_backward", "req-1")), (3.5, UserThought(0.5)),
    (3.5, OperationAccepted(*US, 1, M1, 2, "optim_step", "req-2")),
    (10.0, GradientsAccumulated(*US, 1, M1, 1, 0.5)), (13.0, applied(1)), (13.5, StepAcknowledged(1)),
    (13.5, OperationAccepted(*US, 1, M1, 4, "optim_step", "req-3")), (20.0, applied(2)), (20.5, StepAcknowledged(2)),
    (25.0, PodNoticedDead(*US, 1, "crashed", "always")), (30.0, StepAcknowledged(3)),
)  # fmt: skip
def the_healthy_run_pays_at_most_the_warm_up(trace: Trace) -> bool:
    """The warm-up takes 3 s, and between two steps nothing works, thinks or warms up for 1 s at most, or a pod died."""
    ready = next(trace.of(ReadinessReached), None)
    if ready is None:
        return True
    if any(e.event.took_s > 3 for e in trace.of(WarmupFinished)):
        return False
    marks = [ready, *trace.of(StepAcknowledged)]
    for one, next_one in pairwise(marks):
        dead = [e for e in trace.of(PodNoticedDead) if one.at_s <= e.at_s <= next_one.at_s]
        spent = [e.event for e in trace.of(WarmupFinished, UserThought) if one.at_s <= e.at_s <= next_one.at_s]
        spent_s = sum(e.took_s if isinstance(e, WarmupFinished) else e.for_s for e in spent)
        if not dead and next_one.at_s - one.at_s - spent_s - _worked_s(trace, one.at_s, next_one.at_s) > 1:
            return False
    return True


def _worked_s(trace: Trace, since_s: float, until_s: float) -> float:
    """Return how much of this time lies between the acceptance and the end of any operation, by half seconds."""
    spans = []
    for done in trace.of(GradientsAccumulated, StepApplied):
        same = [
            e
            for e in before(trace, done, OperationAccepted, GradientsAccumulated, StepApplied)
            if (e.event.model_id, e.event.seq_id) == (done.event.model_id, done.event.seq_id)
        ]
        if same and isinstance(same[-1].event, OperationAccepted):
            spans.append((same[-1].at_s, done.at_s))
    halves = [n / 2 for n in range(int(since_s * 2), int(until_s * 2) + 1)]
    return sum(0.5 for s in halves if since_s <= s < until_s and any(a <= s < b for a, b in spans))
