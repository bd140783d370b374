"""The one ledger that catches retries, rollbacks, zombies and re-created jobs alike (ORCHESTRATION §4)."""

from __future__ import annotations

from collections.abc import Iterator

from scenarios.judge.promises import Violation
from scenarios.sim.events import RunFinished
from scenarios.sim.trace import Entry, Trace
from trainer_pod.events import StateLoaded, StateSaved, StepApplied

Place = tuple[str, str, int]


def the_surviving_chain_is_every_step_once(trace: Trace) -> Iterator[Violation]:
    """The surviving chain is every step once: from the final weights back through the checkpoints, steps 1 to N.

    Each link is a model's steps since it began or loaded; a load leads back to the pod that saved. All of them are of
    one account's one job, and no request moved the weights twice.
    """
    finished = next(trace.of(RunFinished), None)
    if finished is None:
        return
    chain = _chain([e for e in trace.of(StepApplied, StateLoaded, StateSaved) if e.at_s <= finished.at_s])
    numbers = [entry.event.step for entry in chain]
    wanted = list(range(1, finished.event.steps + 1))
    if numbers != wanted:
        yield Violation(f"the surviving steps are {numbers}, not 1 to {len(wanted)}", finished.at_s)
    jobs = sorted({f"{entry.event.account}/{entry.event.job}" for entry in chain})
    if len(jobs) > 1:
        yield Violation(f"the surviving steps were applied by pods of {' and '.join(jobs)}", finished.at_s)
    asked = [(e.event.incarnation, e.event.model_id, e.event.seq_id) for e in chain]
    for place, entry in enumerate(chain):
        if asked[place] in asked[:place]:
            yield Violation(f"request {asked[place][2]} of {asked[place][1]} moved the weights again", entry.at_s)


def _chain(entries: list[Entry]) -> list[Entry]:
    """Return the applied steps that the last one stands on, oldest first."""
    last = next((n for n in reversed(range(len(entries))) if isinstance(entries[n].event, StepApplied)), None)
    if last is None:
        return []
    model, chain, n = _model(entries[last]), [], last
    while n >= 0:
        event = entries[n].event
        if isinstance(event, StepApplied) and _model(entries[n]) == model:
            chain.append(entries[n])
        elif isinstance(event, StateLoaded) and (event.account, event.job, event.incarnation) == _pod(chain, model):
            saves = [m for m in range(n) if isinstance(entries[m].event, StateSaved)]
            saves = [m for m in saves if entries[m].event.path == event.path]
            if not saves:
                break
            n = saves[-1]
            saver = entries[n].event
            before = [m for m in range(n) if isinstance(entries[m].event, StepApplied)]
            before = [m for m in before if _pod_of(entries[m]) == (saver.account, saver.job, saver.incarnation)]
            if not before or event.step == 0:
                break
            model, n = _model(entries[before[-1]]), before[-1]
            continue
        n -= 1
    return chain[::-1]


def _model(entry: Entry) -> tuple[Place, str]:
    return _pod_of(entry), entry.event.model_id


def _pod_of(entry: Entry) -> Place:
    return entry.event.account, entry.event.job, entry.event.incarnation


def _pod(chain: list[Entry], model: tuple[Place, str]) -> Place:
    return model[0]
