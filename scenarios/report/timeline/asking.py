"""The lanes of the client side: the user's script, the calls by leg, and their connections. Pure."""

from collections.abc import Sequence

from gateway_sim.client import events as client
from gateway_sim.control_plane.events import PodPlaced
from gateway_sim.scenarios.report.timeline.calls import Call
from gateway_sim.scenarios.report.timeline.drawing import Drawing, Stroke, Tone
from gateway_sim.scenarios.sim import events
from gateway_sim.scenarios.sim.trace import Trace

LEGS = ("control", "health", "connect", "dispatch", "sample", "poll", "heartbeat", "other")
"""In their order within a run."""
MOST_CONNECTION_LANES = 8


def draw_user(drawing: Drawing, trace: Trace, end_s: float) -> None:
    """Draw the user's lane: the script from start to end, its steps, and its error."""
    lane = drawing.lane("user", "user's script", "client")
    started = next(trace.of(events.RunStarted), None)
    ended = next(trace.of(events.RunFinished, events.RunFailed, events.RunHung), None)
    if started:
        ends: dict[type, tuple[Tone, str]] = {
            events.RunFinished: ("good", "runs, and finishes"), events.RunFailed: ("bad", "runs, and dies"),
        }  # fmt: skip
        tone, label = ends.get(type(ended.event), ("held", "hangs")) if ended else ("held", "runs")
        drawing.span(lane, started.at_s, ended.at_s if ended else end_s, tone, label, f"the user's script {label}")
    kinds = (events.StepAcknowledged, events.RunFinished, events.RunFailed, events.RunHung, events.JobDeleted,
             events.JobPreempted, events.PodDrained, client.SessionResumed)  # fmt: skip
    disturbs = events.RunFailed | events.RunHung | events.JobDeleted | events.JobPreempted | events.PodDrained
    for entry in trace.of(*kinds):
        bad = isinstance(entry.event, disturbs)
        drawing.event(lane, entry, "bad" if bad else "good")


def draw_calls(drawing: Drawing, trace: Trace, asked: Sequence[Call], end_s: float) -> None:
    """Draw the lanes of legs and connections, and a stroke for each call."""
    legs = {call.leg for call in asked}
    for leg in LEGS:
        if leg in legs:
            drawing.lane(f"leg {leg}", leg, "client")
    rows = _connections(drawing, asked, end_s)
    pods = {e.event.address: f"pod pod-{e.event.job}-{e.event.incarnation}" for e in trace.of(PodPlaced)}
    known: set[tuple[str, str, str | None, str]] = set()
    for call in asked:
        tone, label = _answer(call)
        kind = (call.leg, call.path, call.request_id if tone == "good" else None, label)
        through = _through(call, rows, pods)
        drawing.strokes.append(
            Stroke(through, call.sent_s, _arrived_s(call), call.ended_s if call.ended_s is not None else end_s,
                   tone, label, _detail(call, label), call.leg == "heartbeat" or kind in known)
        )  # fmt: skip
        known.add(kind)
    for entry in trace.of(client.RetryScheduled):
        lane = drawing.lane(f"leg {entry.event.leg}", entry.event.leg, "client")
        who = "the SDK" if entry.event.by == "sdk" else "the retry policy"
        drawing.span(lane, entry.at_s, min(entry.at_s + entry.event.after_s, end_s), "held", "waits",
                     f"{who} waits {entry.event.after_s:.3g} s before it sends again")  # fmt: skip


def _answer(call: Call) -> tuple[Tone, str]:
    """Return how a call ended; 408 is "not yet", and a call without an end was cancelled by its client."""
    if call.lost:
        return "lost", call.lost
    if call.status is None:
        return "lost", "no answer"
    if call.status == 408:
        return "held", "408"
    return ("good" if call.status < 400 else "bad"), str(call.status)


def _arrived_s(call: Call) -> float:
    """Return when the call reached the last part of the system on its way."""
    hop = call.hop
    if hop is None:
        return call.sent_s
    if hop.forwarded:
        return hop.forwarded[-1][0]
    return hop.refused[0] if hop.refused else hop.at_s


def _through(call: Call, rows: dict[str, str], pods: dict[str, str]) -> tuple[str, ...]:
    if call.hop is None:
        return (f"leg {call.leg}",)
    far = [pods[address] for _, address in call.hop.forwarded[-1:] if address in pods]
    return (f"leg {call.leg}", rows[call.hop.connection], f"replica {call.hop.replica}", *far)


def _detail(call: Call, label: str) -> str:
    what = " ".join(filter(None, [call.request_id, f"seq {call.seq_id}" if call.seq_id is not None else ""]))
    took = f"{(call.ended_s - call.sent_s) * 1000:.1f} ms" if call.ended_s is not None else "never"
    detail = f"{call.leg}: {call.path}{f' ({what})' if what else ''} → {label} after {took}"
    hop = call.hop
    if hop is None:
        return detail
    detail += f"; {hop.replica} received it over {hop.connection}"
    detail += ", missed the route" if hop.missed_s is not None else ""
    detail += "".join(f", sent it to {address}" for _, address in hop.forwarded)
    return detail + (f", refused it: {hop.refused[2]}" if hop.refused else "")


def _connections(drawing: Drawing, asked: Sequence[Call], end_s: float) -> dict[str, str]:
    """Draw each connection from first to last call, several in a row; return the lane of each."""
    open_s: dict[str, tuple[float, float]] = {}
    served: dict[str, set[str]] = {}
    for call in asked:
        if call.hop:
            name, until_s = call.hop.connection, call.ended_s if call.ended_s is not None else end_s
            began_s, ended_s = open_s.get(name, (call.sent_s, until_s))
            open_s[name] = (began_s, max(ended_s, until_s))
            served.setdefault(name, set()).add(call.hop.replica)
    free: list[float] = []
    rows: dict[str, str] = {}
    for number, (name, (from_s, to_s)) in enumerate(open_s.items(), 1):
        row = next((n for n, until_s in enumerate(free) if until_s < from_s), len(free))
        row = min(row, MOST_CONNECTION_LANES - 1)
        free[row : row + 1] = [max(to_s, free[row]) if row < len(free) else to_s]
        rows[name] = drawing.lane(f"connections {row}", "connections" if row == 0 else "", "connections")
        to = ", ".join(sorted(served[name]))
        drawing.span(rows[name], from_s, to_s, "quiet", f"c{number} → {to}", f"connection {number} ({name}), to {to}")
    return rows
