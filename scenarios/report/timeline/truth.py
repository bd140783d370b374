"""The lanes of job states, the route table, and each replica's view of it. Pure."""

from gateway_sim import events as gateway
from gateway_sim.control_plane import events as control
from gateway_sim.control_plane.jobs.states import JobState
from gateway_sim.scenarios.report.timeline.drawing import Drawing, Tone
from gateway_sim.scenarios.sim import events
from gateway_sim.scenarios.sim.trace import Entry, Trace

_STATES: dict[str, Tone] = {"RUNNING": "good", "FAILED": "bad", "DELETED": "bad"}


def draw_control_plane(drawing: Drawing, trace: Trace, end_s: float) -> None:
    """Draw a lane for each job's states, and the faults behind all lanes."""
    since: dict[str, Entry] = {}
    for entry in trace.of(control.JobMoved):
        job = entry.event.job
        _state(drawing, since.get(job), entry.at_s)
        since[job] = entry
    for entry in since.values():
        _state(drawing, entry, end_s)
    first = drawing.lane("control", "control plane", "truth") if not since else next(iter(drawing.lanes), "control")
    bad_news = (control.PodNoticedDead, control.StartFailed, control.OutageAnswered)
    for entry in trace.of(control.PodPlaced, control.JobRoutable, *bad_news):
        lane = f"job {entry.event.job}" if hasattr(entry.event, "job") else first
        bad = isinstance(entry.event, bad_news)
        drawing.event(lane if lane in drawing.lanes else first, entry, "bad" if bad else "plain")
    _faults(drawing, trace, end_s)


def _state(drawing: Drawing, entry: Entry | None, until_s: float) -> None:
    if entry is None:
        return
    job, state = entry.event.job, JobState(entry.event.state).name
    name = "control plane" if not drawing.lanes else f"control plane, {job}"
    lane = drawing.lane(f"job {job}", name, "truth")
    detail = f"{job} is {state}" + (f", incarnation {entry.event.incarnation}" if entry.event.incarnation else "")
    drawing.span(lane, entry.at_s, until_s, _STATES.get(state, "held"), state, detail)


def _faults(drawing: Drawing, trace: Trace, end_s: float) -> None:
    began: dict[str, float] = {}
    ended = []
    for entry in trace.of(events.FaultInjected, events.FaultLifted):
        if isinstance(entry.event, events.FaultInjected):
            began[entry.event.fault] = entry.at_s
        elif entry.event.fault in began:
            ended.append((entry.event.fault, began.pop(entry.event.fault), entry.at_s))
    shown = Drawing()
    for fault, from_s, to_s in [*ended, *((fault, from_s, end_s) for fault, from_s in began.items())]:
        shown.span("", from_s, to_s, "fault", fault, f"fault {fault}, {to_s - from_s:.3g} s")
    drawing.bands += shown.spans


def draw_table(drawing: Drawing, trace: Trace, end_s: float) -> None:
    """Draw a lane for each job's route: generations, tombstones, refused writes and strong reads."""
    jobs = list(dict.fromkeys(e.event.job for e in trace.of(gateway.RoutePublished, gateway.RouteWithdrawn)))
    for job in jobs:
        lane = drawing.lane(f"table {job}", "route table" if job == jobs[0] else f"route table, {job}", "truth")
        changes = [e for e in trace.of(gateway.RoutePublished, gateway.RouteWithdrawn) if e.event.job == job]
        for entry, after in zip(changes, [*changes[1:], None], strict=True):
            tone, label, detail = _route(entry)
            drawing.span(lane, entry.at_s, after.at_s if after else end_s, tone, label, detail)
    lane = f"table {jobs[0]}" if jobs else drawing.lane("table", "route table", "truth")
    for entry in trace.of(gateway.StrongRead, gateway.PublishWasRefused, events.DeleteCameLate):
        own = f"table {entry.event.job}"
        read = isinstance(entry.event, gateway.StrongRead)
        drawing.event(own if own in drawing.lanes else lane, entry, "plain" if read else "bad")


def _route(entry: Entry) -> tuple[Tone, str, str]:
    event = entry.event
    if isinstance(event, gateway.RouteWithdrawn):
        return "bad", f"gen {event.generation} gone", f"generation {event.generation} of {event.job} is a tombstone"
    if not event.address:
        return "held", f"gen {event.generation} pending", f"generation {event.generation} of {event.job} is PENDING"
    where = f"generation {event.generation} of {event.job} is at {event.address}"
    return "good", f"gen {event.generation} ready", where


def draw_beliefs(drawing: Drawing, trace: Trace) -> None:
    """Draw a lane for each gateway replica with its view of the first job's route."""
    views = [entry.event for entry in trace.of(gateway.RouteBelieved)]
    for name in sorted({e.event.replica for e in trace.of(gateway.RouteBelieved, gateway.RequestForwarded)}):
        drawing.lane(f"replica {name}", name, "replicas")
    for belief in views:
        if belief.job == views[0].job and belief.to_s > belief.from_s:
            tone, label, detail = _believed(belief)
            drawing.span(f"replica {belief.replica}", belief.from_s, belief.to_s, tone, label, detail)


def _believed(belief: gateway.RouteBelieved) -> tuple[Tone, str, str]:
    seen = "no route" if belief.seen == "nothing" else f"gen {belief.generation} {belief.seen.lower()}"
    if belief.seen == "EXPIRED":
        return "stale", seen, f"{belief.replica}: by its clock the lease of gen {belief.generation} has ended"
    if belief.wavering:
        return "waver", f"{seen}?", f"{belief.replica}: some reads still see {seen} after a change of the table"
    if belief.stale:
        return "stale", seen, f"{belief.replica} sees {seen}, unlike the table"
    return ("quiet" if belief.seen == "nothing" else "good"), seen, f"{belief.replica} sees {seen}, like the table"
