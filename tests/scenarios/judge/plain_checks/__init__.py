"""Each promise a second time: a trace that keeps it, and its plain sentence as a naive check.

A check reads the events alone. It shares no code with the promise, its readings or its limits, so that a mistake in one
of them shows as a disagreement.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from gateway_sim.events import RequestForwarded
from gateway_sim.scenarios.sim.events import RunFailed, RunFinished, RunHung, WorldBuilt
from gateway_sim.scenarios.sim.trace import Entry, Trace
from gateway_sim.trainer_pod.events import StepApplied

Plain = Callable[[Trace], bool]


@dataclass(frozen=True)
class Checked:
    """A trace that keeps a promise, and the check that says of any trace whether it does."""

    kept: list[Entry]
    holds: Plain


CHECKS: dict[str, Checked] = {}
"""Those of races and of stories, by the promise's name."""

US = ("acme", "job-1")
M1, M2 = "session-1-1:train:0", "session-2-1:train:0"
ENDS = (RunFinished, RunFailed, RunHung)


def check(*told: tuple[Any, ...]) -> Callable[[Plain], Plain]:
    """Register a check under its name, with the (second, event) pairs of a trace that keeps the promise.

    A third part of a pair names the source of its event.
    """

    def add(holds: Plain) -> Plain:
        kept = [Entry(at_s, *(source or ["client"]), event) for at_s, event, *source in told]
        CHECKS[holds.__name__] = Checked(kept, holds)
        return holds

    return add


def before(trace: Trace, entry: Entry, *kinds: type[Any]) -> list[Entry]:
    """Return the entries of these kinds before this one in the trace."""
    place = next(n for n, one in enumerate(trace.entries) if one is entry)
    return [one for one in trace.entries[:place] if isinstance(one.event, kinds)]


def after(trace: Trace, entry: Entry, *kinds: type[Any]) -> list[Entry]:
    """Return the entries of these kinds after this one in the trace."""
    place = next(n for n, one in enumerate(trace.entries) if one is entry)
    return [one for one in trace.entries[place + 1 :] if isinstance(one.event, kinds)]


def events(trace: Trace, *kinds: type[Any]) -> list[Any]:
    """Return the events of these kinds."""
    return [entry.event for entry in trace.of(*kinds)]


def job(event: Any) -> tuple[str, str]:
    """Return the job of an event."""
    return event.account, event.job


def pod(event: Any) -> tuple[str, str, int]:
    """Return the pod of an event."""
    return event.account, event.job, event.incarnation


def applied(step: int, incarnation: int = 1, model: str = M1, weights: str = "w") -> StepApplied:
    """Return a step under the seq_id 2 * `step`."""
    return StepApplied(*US, incarnation, model, 2 * step, step, 1, f"{weights}{step}")


def forwarded(generation: int = 1, replica: str = "gw-0", path: str = "", connection: str = "") -> RequestForwarded:
    """Return a request that a replica sent to the pod of this generation."""
    return RequestForwarded(replica, *US, "dispatch", generation, f"pod:{generation}", connection, path)


def built(client: str = "exactly-once", undisturbed: str = "w3") -> WorldBuilt:
    """Return a world of three steps."""
    return WorldBuilt("race", client, "not-found", "tinker-0.15", "per-connection", "virtual", 3, undisturbed)


FAILED = RunFailed("RequestFailedError", 400, "poll", "the trainer said: loss is NaN")
GONE = RunFailed("NotFoundError", 404, "dispatch", "gone")
