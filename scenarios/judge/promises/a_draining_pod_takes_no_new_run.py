"""A new run must not begin at a pod that is about to be stopped."""

from collections.abc import Iterator
from typing import Final

from gateway_sim.events import RequestForwarded, RouteBelieved, RouteDraining
from gateway_sim.scenarios.judge.promises import Violation
from gateway_sim.scenarios.sim.trace import Entry, Trace

NEW_RUN: Final = "api/v1/create_session"
"""The request that begins a run (docs/reference/protocol.md §1)."""


def a_draining_pod_takes_no_new_run(trace: Trace) -> Iterator[Violation]:
    """A draining pod takes no new run: no gateway replica that shows the mark sends it a session.

    A replica that does not show the mark yet, because it lags or is cut off, cannot know.
    """
    marks: dict[tuple[str, str, int], Entry] = {}
    for entry in trace.of(RouteDraining, RequestForwarded):
        event = entry.event
        pod = (event.account, event.job, event.generation)
        if isinstance(event, RouteDraining):
            marks.setdefault(pod, entry)
        elif event.path == NEW_RUN and pod in marks and _shows(trace, event.replica, marks[pod], entry.at_s):
            after_s = entry.at_s - marks[pod].at_s
            message = f"{event.replica} sent a new run to the pod of generation {event.generation}, draining for"
            yield Violation.of(f"{message} {after_s:.1f} s", marks[pod], entry)


def _shows(trace: Trace, replica: str, mark: Entry, at_s: float) -> bool:
    """Say whether the replica's view of the job at `at_s` is as new as the table."""
    drained = mark.event
    return not any(
        view.event.stale and view.event.from_s <= at_s < view.event.to_s
        for view in trace.of(RouteBelieved)
        if (view.event.replica, view.event.account, view.event.job) == (replica, drained.account, drained.job)
    )
