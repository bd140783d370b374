"""One check covers retries, rollbacks, superseded pods and re-created jobs (docs/reference/stories.md §4)."""

from collections.abc import Iterator
from itertools import takewhile

from gateway_sim.scenarios.judge.promises import Violation, in_order
from gateway_sim.scenarios.sim.events import RunFinished
from gateway_sim.scenarios.sim.trace import Entry, Trace
from gateway_sim.trainer_pod.events import StateLoaded, StateSaved, StepApplied

Pod = tuple[str, str, int]
"""Account, job, incarnation."""


def the_surviving_chain_is_every_step_once(trace: Trace) -> Iterator[Violation]:
    """The surviving chain is every step once: from the final weights back through the checkpoints, steps 1 to N.

    Each link is a model's steps since it began or loaded; a load leads back to the pod that saved. All of them are of
    one account's one job, and no request moved the weights twice.
    """
    finished = next(trace.of(RunFinished), None)
    if finished is None:
        return
    until_end = takewhile(lambda e: e is not finished, trace.of(StepApplied, StateLoaded, StateSaved, RunFinished))
    chain = _chain(list(until_end))
    numbers = [entry.event.step for entry in chain]
    wanted = list(range(1, finished.event.steps + 1))
    if numbers != wanted:
        message = f"the surviving steps are {numbers}, not 1 to {len(wanted)}"
        yield Violation(message, finished.at_s, in_order(trace, *chain, finished))
    by_job = {f"{entry.event.account}/{entry.event.job}": entry for entry in chain}
    if len(by_job) > 1:
        message = f"the surviving steps were applied by pods of {' and '.join(sorted(by_job))}"
        yield Violation(message, finished.at_s, in_order(trace, *by_job.values(), finished))
    asked: dict[tuple[int, str, int], Entry] = {}
    for entry in chain:
        event = entry.event
        first = asked.setdefault((event.incarnation, event.model_id, event.seq_id), entry)
        if first is not entry:
            message = f"request {event.seq_id} of {event.model_id} moved the weights again"
            yield Violation.of(message, first, entry)


def _chain(entries: list[Entry]) -> list[Entry]:
    """Return the applied steps that the last one builds on, and that one, oldest first."""
    chain: list[Entry] = []
    n = _last_step(entries)
    model = _model(entries[n]) if n >= 0 else None
    while n >= 0:
        event = entries[n].event
        if isinstance(event, StepApplied) and _model(entries[n]) == model:
            chain.append(entries[n])
        elif isinstance(event, StateLoaded) and model is not None and _pod(entries[n]) == model[0]:
            saves = [m for m in range(n) if isinstance(e := entries[m].event, StateSaved) and e.path == event.path]
            if not saves or event.step == 0:
                break
            n, model = _state_at(entries[: saves[-1]], _pod(entries[saves[-1]]))
            continue
        n -= 1
    return chain[::-1]


def _state_at(entries: list[Entry], pod: Pod) -> tuple[int, tuple[Pod, str] | None]:
    """Return where a pod's state came from, its last step or load, and the model that moved; -1 if from nowhere."""
    for n in reversed(range(len(entries))):
        if _pod(entries[n]) == pod and not isinstance(entries[n].event, StateSaved):
            # a pod that saves what it has loaded has moved no model of its own
            return n, _model(entries[n]) if isinstance(entries[n].event, StepApplied) else (pod, "")
    return -1, None


def _last_step(entries: list[Entry]) -> int:
    """Return the position of the last applied step; -1 if there is none."""
    return next((n for n in reversed(range(len(entries))) if isinstance(entries[n].event, StepApplied)), -1)


def _model(entry: Entry) -> tuple[Pod, str]:
    return _pod(entry), entry.event.model_id


def _pod(entry: Entry) -> Pod:
    return entry.event.account, entry.event.job, entry.event.incarnation
