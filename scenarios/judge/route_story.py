"""What a trace tells of routes: which stood, how each ended, and which requests were refused for want of one. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from gateway_sim.events import RequestForwarded, RequestRefused, RouteMissed, RoutePublished, RouteWithdrawn
from scenarios.sim.trace import Entry, Trace

Job = tuple[str, str]


@dataclass(frozen=True)
class Want:
    """A request that the gateway refused because a replica saw no route that serves: the miss, then the refusal."""

    missed: Entry
    refused: Entry

    @property
    def job(self) -> Job:
        """Whose route it wanted."""
        return self.missed.event.account, self.missed.event.job

    @property
    def replica(self) -> str:
        """Which replica did not see it."""
        return str(self.missed.event.replica)


class Routes:
    """The route table as a strong reader sees it, followed write by write."""

    def __init__(self) -> None:
        self.standing: dict[Job, Entry] = {}
        """The publication of each job's live route, where one stands."""
        self.withdrawn: dict[Job, Entry] = {}
        """The tombstone of each job that has nothing newer."""
        self._ended: dict[tuple[Job, int], Entry] = {}

    def follow(self, entry: Entry) -> None:
        """Take in what was written, if `entry` is a write."""
        event = entry.event
        if not isinstance(event, RoutePublished | RouteWithdrawn):
            return
        job = (event.account, event.job)
        before = self.standing.pop(job, None)
        if before is not None and (before.event.generation < event.generation or isinstance(event, RouteWithdrawn)):
            self._ended[job, before.event.generation] = entry
        if isinstance(event, RouteWithdrawn):
            self.withdrawn[job] = entry
            return
        self.withdrawn.pop(job, None)
        if event.address:
            self.standing[job] = entry

    def ended(self, job: Job, generation: int) -> Entry | None:
        """Return the write that ended a live route of this generation: its tombstone, or a newer generation's."""
        return self._ended.get((job, generation))


def wants(trace: Trace) -> Iterator[Want]:
    """Yield each refusal for want of a route, matched with the miss of the same replica and leg that led to it.

    A miss whose request was forwarded after all, by what the policy asked or waited for, leads to none.
    """
    open_misses: dict[tuple[str, str], list[Entry]] = defaultdict(list)
    for entry in trace.of(RouteMissed, RequestForwarded, RequestRefused):
        event = entry.event
        misses = open_misses[event.replica, event.leg]
        if isinstance(event, RouteMissed):
            misses.append(entry)
        elif misses:
            missed = misses.pop(0)
            if isinstance(event, RequestRefused):
                yield Want(missed, entry)
