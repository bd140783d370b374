"""The requests of a run by future, and the number of them within a second. Pure."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from gateway_sim.client.events import CallSent
from gateway_sim.scenarios.judge.limits import BUSY_PER_S
from gateway_sim.scenarios.judge.reading import reading
from gateway_sim.scenarios.sim.trace import Entry, Trace


def crowds(times_s: Sequence[float], within_s: float = 1.0) -> Iterator[range]:
    """Yield for each of the sorted times the positions of the times in the `within_s` seconds that end with it."""
    first = 0
    for last, now_s in enumerate(times_s):
        while times_s[first] <= now_s - within_s:
            first += 1
        yield range(first, last + 1)


def peak(times_s: Sequence[float]) -> range:
    """Return the positions of the first largest group of times within one second."""
    return max(crowds(times_s), key=len, default=range(0))


@dataclass(frozen=True)
class Future:
    """A future and its requests: those of its busiest second, and the first group of too many within a second."""

    name: str
    busiest: tuple[Entry, ...]
    too_many: tuple[Entry, ...]


@reading
def futures(trace: Trace) -> Iterator[Future]:
    """Yield each future that the run requested."""
    sent: dict[str, list[Entry]] = defaultdict(list)
    for entry in trace.of(CallSent):
        sent[_future_of(entry)].append(entry)
    for name, entries in sent.items():
        times_s = [entry.at_s for entry in entries]
        most = peak(times_s)
        busy = next((crowd for crowd in crowds(times_s) if len(crowd) > BUSY_PER_S), range(0))
        yield Future(name, tuple(entries[n] for n in most), tuple(entries[n] for n in busy))


def _future_of(entry: Entry) -> str:
    """Name the future that a `CallSent` is for: by its request id, its path and seq_id, or its path alone."""
    call: CallSent = entry.event
    name = call.request_id or (f"{call.path}#{call.seq_id}" if call.seq_id is not None else call.path)
    return f"{entry.source} {name}" if entry.source.startswith("client-") else name  # client-N: one of a group
