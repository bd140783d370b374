"""The lanes of the pods: when each is up, and its operations. Pure."""

from gateway_sim.control_plane.events import PodNoticedDead
from gateway_sim.scenarios.report.timeline.drawing import Drawing
from gateway_sim.scenarios.sim.events import ContainerRestarted, PodCrashed, PodFroze, PodLost, PodThawed
from gateway_sim.scenarios.sim.trace import Entry, Trace
from gateway_sim.trainer_pod import events as pod

DONE = (pod.GradientsAccumulated, pod.StepApplied, pod.OperationFailed, pod.ModelCreated)
ELSEWHERE = (
    pod.PodListening,
    pod.PodReady,
    pod.PodFenced,
    pod.PodStopped,
    pod.OperationAccepted,
    pod.PollHeld,
    pod.ResultDelivered,
)
LOST = (PodLost, PodThawed, ContainerRestarted)
"""Events without a mark: a span or a request shows them already."""


def draw_pods(drawing: Drawing, trace: Trace, end_s: float) -> None:
    """Draw a lane for each pod, in order of start."""
    entries = [entry for entry in trace.entries if entry.source.startswith("pod-")]
    # the control plane ends a pod that it finds dead
    dead_s = {f"pod-{e.event.job}-{e.event.incarnation}": e.at_s for e in trace.of(PodNoticedDead)}
    for source in dict.fromkeys(entry.source for entry in entries):
        lane = drawing.lane(f"pod {source}", source, "pods")
        own = [entry for entry in entries if entry.source == source]
        _draw_pod(drawing, lane, own, dead_s.get(source, end_s))


def _draw_pod(drawing: Drawing, lane: str, entries: list[Entry], end_s: float) -> None:
    _draw_process(drawing, lane, entries, end_s)
    accepted: dict[tuple[str, int], Entry] = {}
    for entry in entries:
        event = entry.event
        if isinstance(event, pod.OperationAccepted):
            accepted[event.model_id, event.seq_id] = entry
        elif isinstance(event, DONE):
            _done(drawing, lane, accepted.pop((event.model_id, getattr(event, "seq_id", 0)), None), entry)
        elif isinstance(event, LOST):
            drawing.event(lane, entry, "bad" if isinstance(event, PodLost) else "good")
        elif not isinstance(event, ELSEWHERE):
            drawing.event(lane, entry, "plain")
        if isinstance(event, PodCrashed):
            _drop(drawing, lane, accepted, entry.at_s)
    _drop(drawing, lane, accepted, end_s)


def _drop(drawing: Drawing, lane: str, accepted: dict[tuple[str, int], Entry], until_s: float) -> None:
    """Draw the operations that were accepted and never done, until the end of their process."""
    for begun in accepted.values():
        kind = begun.event.kind
        drawing.span(lane, begun.at_s, until_s, "busy", f"{kind} …", f"{kind} {begun.event.seq_id} was never done")
    accepted.clear()


def _draw_process(drawing: Drawing, lane: str, entries: list[Entry], end_s: float) -> None:
    """Draw when the pod's process is up: until it stops or crashes, and again once its container restarts."""
    name = entries[0].source
    up_s: float | None = None
    frozen_s: float | None = None
    for entry in entries:
        match entry.event:
            case pod.PodReady() if up_s is None:
                up_s = entry.at_s
            case PodFroze():
                frozen_s = entry.at_s
            case PodThawed() if frozen_s is not None:
                drawing.span(lane, frozen_s, entry.at_s, "held", "frozen", f"{name} is frozen")
                frozen_s = None
            case PodCrashed() | pod.PodStopped() if up_s is not None:
                drawing.span(lane, up_s, entry.at_s, "quiet", "", f"{name} is up")
                up_s = None
    if up_s is not None:
        drawing.span(lane, up_s, end_s, "quiet", "", f"{name} is up")
    if frozen_s is not None:
        drawing.span(lane, frozen_s, end_s, "held", "frozen", f"{name} is frozen")


def _done(drawing: Drawing, lane: str, begun: Entry | None, entry: Entry) -> None:
    failed = isinstance(entry.event, pod.OperationFailed)
    if begun is not None:
        event = begun.event
        took = f"{event.kind} (seq {event.seq_id}), {entry.at_s - begun.at_s:.3g} s from its arrival to its end"
        drawing.span(lane, begun.at_s, entry.at_s, "bad" if failed else "busy", event.kind, took)
    if isinstance(entry.event, pod.StepApplied):
        drawing.event(lane, entry, "good", f"step {entry.event.step}")
    elif failed:
        drawing.event(lane, entry, "bad", "failed")
