"""The lanes of the pods: when each is up, and its operations. Pure."""

from gateway_sim.scenarios.report.timeline.drawing import Drawing
from gateway_sim.scenarios.sim.trace import Entry, Trace
from gateway_sim.trainer_pod import events as pod

DONE = (pod.GradientsAccumulated, pod.StepApplied, pod.OperationFailed, pod.ModelCreated)
ELSEWHERE = (pod.PodListening, pod.PodReady, pod.PodStopped, pod.OperationAccepted, pod.PollHeld, pod.ResultDelivered)
"""Events without a mark: a span or a request shows them already."""


def draw_pods(drawing: Drawing, trace: Trace, end_s: float) -> None:
    """Draw a lane for each pod, in order of start."""
    entries = [entry for entry in trace.entries if entry.source.startswith("pod-")]
    for source in dict.fromkeys(entry.source for entry in entries):
        lane = drawing.lane(f"pod {source}", source, "pods")
        _draw_pod(drawing, lane, [entry for entry in entries if entry.source == source], end_s)


def _draw_pod(drawing: Drawing, lane: str, entries: list[Entry], end_s: float) -> None:
    ready_s = [e.at_s for e in entries if isinstance(e.event, pod.PodReady)]
    if ready_s:
        stopped_s = [e.at_s for e in entries if isinstance(e.event, pod.PodStopped)]
        until_s = stopped_s[-1] if stopped_s else end_s
        drawing.span(lane, ready_s[0], until_s, "quiet", "", f"{entries[0].source} is up")
    accepted: dict[tuple[str, int], Entry] = {}
    for entry in entries:
        event = entry.event
        if isinstance(event, pod.OperationAccepted):
            accepted[event.model_id, event.seq_id] = entry
        elif isinstance(event, DONE):
            _done(drawing, lane, accepted.pop((event.model_id, getattr(event, "seq_id", 0)), None), entry)
        elif not isinstance(event, ELSEWHERE):
            drawing.event(lane, entry, "plain")
    for begun in accepted.values():
        kind = begun.event.kind
        drawing.span(lane, begun.at_s, end_s, "busy", f"{kind} …", f"{kind} {begun.event.seq_id} was never done")


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
