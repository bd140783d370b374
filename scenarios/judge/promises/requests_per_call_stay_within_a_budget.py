"""Retries of client, SDK and gateway multiply, and keep a pod down that could recover."""

from collections import defaultdict
from collections.abc import Iterator

from gateway_sim.client.events import CallAnswered, CallLost, CallSent
from gateway_sim.events import RequestRepeated
from gateway_sim.scenarios.judge.limits import CALL_BURST, CALL_PER_S
from gateway_sim.scenarios.judge.promises import Violation
from gateway_sim.scenarios.sim.trace import Entry, Trace


def requests_per_call_stay_within_a_budget(trace: Trace) -> Iterator[Violation]:
    """Requests per call stay within a budget: 12 and one a second, counting the gateway's own repetitions.

    A call is one request of a user on the connect or dispatch leg, or the wait for one result. Counting begins anew
    with an answer below 400, and with the 408 of a held poll.
    """
    waiting: dict[str, list[str]] = defaultdict(list)
    caused: dict[str, list[Entry]] = defaultdict(list)
    broken: set[str] = set()
    for entry in trace.of(CallSent, CallAnswered, CallLost, RequestRepeated):
        event = entry.event
        if event.leg not in ("connect", "dispatch", "sample", "poll"):
            continue
        path = event.path.lstrip("/")
        if isinstance(event, RequestRepeated):
            # of several calls under way, the one that waits longest
            call = next(iter(waiting[path]), None)
        elif isinstance(event, CallSent):
            name = event.request_id or (path if event.seq_id is None else f"{path}#{event.seq_id}")
            call = f"{entry.source} {name}"
            waiting[path].append(call)
        else:
            named = f"{entry.source} {getattr(event, 'request_id', None)}"
            of_source = [one for one in waiting[path] if one.startswith(f"{entry.source} ")]
            ended = named if named in of_source else next(iter(of_source), None)
            if ended is not None:
                waiting[path].remove(ended)
                if isinstance(event, CallAnswered) and (event.status < 400 or event.status == 408):
                    caused.pop(ended, None)
            continue
        if call is None or call in broken:
            continue
        caused[call].append(entry)
        lasted_s = entry.at_s - caused[call][0].at_s
        if len(caused[call]) > CALL_BURST + CALL_PER_S * lasted_s:
            broken.add(call)
            message = f"{call} caused {len(caused[call])} requests within {lasted_s:.1f} s"
            yield Violation(message, entry.at_s, tuple(caused[call]))
