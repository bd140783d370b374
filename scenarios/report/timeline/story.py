"""A run in at most sixteen sentences. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass

from gateway_sim.client.events import CallAnswered, CallLost, SessionResumed
from gateway_sim.control_plane.events import JobMoved, PodNoticedDead
from gateway_sim.control_plane.jobs.states import JobState
from gateway_sim.events import (
    AdmissionRefused,
    LeaseExpired,
    RequestRefused,
    RequestRepeated,
    RoutePublished,
    RouteWithdrawn,
    StrongRead,
)
from gateway_sim.scenarios.judge.measure import refusals
from gateway_sim.scenarios.report.timeline.drawing import Tone
from gateway_sim.scenarios.sim import events
from gateway_sim.scenarios.sim.lease_events import ClockSet
from gateway_sim.scenarios.sim.trace import Entry, Trace
from gateway_sim.trainer_pod.events import GradientsAccumulated, OperationAccepted, OperationFailed, StepApplied

MOST = 16


@dataclass(frozen=True)
class Moment:
    """A sentence and its time."""

    at_s: float
    tone: Tone
    sentence: str


def story(trace: Trace) -> list[Moment]:
    """Return the moments of a run in order, at most `MOST`, and each sentence once, at its first second.

    At the same second a refusal comes before its consequences.
    """
    found = sorted([*_refused(trace), *_first_of_each(trace), *_orphaned_work(trace)], key=lambda moment: moment.at_s)
    return [*found[: MOST - 1], *found[MOST - 1 :][-1:]]


def _first_of_each(trace: Trace) -> Iterator[Moment]:
    said = set()
    for entry in trace.entries:
        moment = _moment(entry)
        if moment and moment.sentence not in said:
            said.add(moment.sentence)
            yield moment


def _moment(entry: Entry) -> Moment | None:
    def say(tone: Tone, sentence: str) -> Moment:
        return Moment(entry.at_s, tone, sentence)

    match entry.event:
        case JobMoved(state=JobState.RUNNING, job=job):
            return say("good", f"the control plane says that {job} is RUNNING")
        case RoutePublished(generation=generation, address=address) if address:
            return say("good", f"the route of generation {generation} is published")
        case RouteWithdrawn(generation=generation):
            return say("bad", f"the route of generation {generation} is withdrawn")
        case events.RunStarted():
            return say("plain", "the user's script begins to connect")
        case OperationAccepted(kind="forward" | "forward_backward"):
            return say("good", "the trainer accepts a batch and begins to compute")
        case events.FaultInjected(fault=fault):
            return say("fault", f"the fault {fault} begins")
        case events.FaultLifted(fault=fault):
            return say("good", f"the fault {fault} ends")
        case events.JobPreempted(job=job):
            return say("fault", f"{job} is preempted and loses its pod")
        case events.PodLost(how=how, job=job, incarnation=incarnation):
            return say("fault", f"the pod of incarnation {incarnation} of {job} {how}")
        case events.PodThawed(job=job, incarnation=incarnation):
            return say("good", f"the pod of incarnation {incarnation} of {job} goes on")
        case events.ContainerRestarted(job=job, incarnation=incarnation):
            return say("bad", f"the pod of incarnation {incarnation} of {job} starts again with an empty memory")
        case PodNoticedDead(job=job, incarnation=incarnation):
            return say("plain", f"the control plane notices that the pod of incarnation {incarnation} of {job} is dead")
        case events.PodDrained(job=job):
            return say("fault", f"the pod of {job} is marked as draining")
        case events.JobDeleted(job=job):
            return say("fault", f"the user deletes {job}")
        case events.ReplyLost(leg=leg):
            return say("fault", f"the pod's answer to a call on the {leg} leg is lost")
        case ClockSet(replica=replica, ahead_s=ahead_s):
            side = f"{abs(ahead_s):g} s {'ahead' if ahead_s > 0 else 'behind'}"
            return say(
                "fault" if ahead_s else "good", f"the clock of {replica} is {side if ahead_s else 'right again'}"
            )
        case LeaseExpired(replica=replica, generation=generation):
            return say("bad", f"by the clock of {replica} the lease of generation {generation} has ended")
        case AdmissionRefused(replica=replica):
            return say("bad", f"{replica} is overloaded and refuses a request")
        case RequestRepeated(because="hedge"):
            return say("plain", "the gateway makes a second attempt beside a slow one")
        case RequestRepeated():
            return say("plain", "the gateway repeats a failed attempt by itself")
        case StrongRead():
            return say("plain", "the gateway reads the table with a strong read")
        case SessionResumed():
            return say("good", "the client resumes on another pod")
        case OperationFailed(kind=kind):
            return say("bad", f"the trainer fails at {kind}")
        case events.RunFailed(type=type_, leg=leg):
            return say("bad", f"the run dies: {type_}" + (f" on the {leg} leg" if leg else ""))
        case events.RunHung():
            return say("bad", "the run hangs: it has reached its time limit")
        case events.RunFinished(steps=steps):
            return say("good", f"the run finishes, {steps} step{'s' * (steps != 1)} trained")
    return None


def _refused(trace: Trace) -> Iterator[Moment]:
    """Yield the first refusal of each kind, with the replica that answered."""
    slugs = {(e.event.leg, e.event.status): e.event for e in reversed(list(trace.of(RequestRefused)))}
    said = set()
    for entry in refusals(trace):
        event: CallAnswered | CallLost = entry.event
        answer = f"a {event.status}" if isinstance(event, CallAnswered) else f"no answer: {event.kind}"
        if (event.leg, answer) in said:
            continue
        said.add((event.leg, answer))
        by = slugs.get((event.leg, getattr(event, "status", 0)))
        who = f" from {by.replica} ({by.slug})" if by else ""
        yield Moment(entry.at_s, "bad", f"a call on the {event.leg} leg gets {answer}{who}")


def _orphaned_work(trace: Trace) -> Iterator[Moment]:
    """Yield the first completed operation of a pod after the death of its run."""
    dead = next(trace.of(events.RunFailed), None)
    after = [e for e in trace.of(GradientsAccumulated, StepApplied) if dead and e.at_s > dead.at_s]
    for entry in after[:1]:
        yield Moment(entry.at_s, "held", "the pod completes the work, but its run has died")
