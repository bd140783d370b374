"""Many runs of the virtual engine, on the processes of this machine or on a cluster: the same results, in order."""

import dataclasses
from collections.abc import Callable, Iterator, Sequence
from typing import Final, TypeVar

from gateway_sim.scenarios.run.plans import resolve
from gateway_sim.scenarios.run.pool import on_processes
from gateway_sim.scenarios.run.result import RunResult
from gateway_sim.scenarios.run.rows import of_result
from gateway_sim.scenarios.run.runner import run, run_plans
from gateway_sim.scenarios.run.spec import RunSpec
from gateway_sim.scenarios.run.store import Store
from gateway_sim.scenarios.run.workers import Named, Workers, default_jobs, replay_of

T = TypeVar("T")
R = TypeVar("R")

CHUNK = 4
"""Runs in one piece of work: few enough that all workers end at about the same time."""
WORTH_IMPORTS: Final = 60
"""Runs of this project's client that take longer than the imports of a worker."""


def jobs_worth(specs: Sequence[RunSpec]) -> int:
    """Return in how many processes specs end soonest: one, where workers would import for longer than all runs take."""
    worth = CHUNK if any(spec.by_guest for spec in specs) else WORTH_IMPORTS
    return default_jobs() if len(specs) > worth else 1


def sweep(
    specs: Sequence[RunSpec], workers: Workers, *, whole: bool = False, store: Store | None = None
) -> Iterator[RunResult]:
    """Play virtual specs and yield their results in the order of the specs; from a `store`, those that it has.

    Unless `whole`, their traces keep only the events of the world and the user: sending all costs more than playing the
    run again. Results of a store have no wall-clock time.
    """
    if store is not None:
        yield from store.kept(specs, lambda left: map(untimed, sweep(left, workers, whole=whole)), of_result, whole)
        return
    if workers.alone or (workers.scheduler is None and len(specs) <= CHUNK):
        results = run_plans([resolve(spec) for spec in specs])
        yield from results if whole else map(_slim, results)
        return
    yield from spread(run if whole else _play, specs, workers, chunk=chunk_of(specs))


def chunk_of(specs: Sequence[RunSpec]) -> int:
    """Return how many runs make one piece of work: a guest's run is long enough to be one."""
    return 1 if any(spec.by_guest for spec in specs) else CHUNK


def spread(
    call: Callable[[T], R], items: Sequence[T], workers: Workers, *, chunk: int, named: Named = replay_of
) -> Iterator[R]:
    """Yield `call(item)` for each item, in order, from workers that play worlds.

    `call` and the items must be picklable, and defined in a module that is not the caller's script. An item's error is
    raised in place of its result. `chunk` items are one piece of work; a cluster may take several at once. A worker
    that dies is replaced, and what it had begun is played again. Raises `SweepEnded`, `NoCluster`, `SettingsRefused`.
    """
    if workers.scheduler is None:
        yield from on_processes(call, items, jobs=workers.jobs, chunk=chunk, named=named)
        return
    from gateway_sim.scenarios.run.cluster import on_cluster

    yield from on_cluster(call, items, address=workers.scheduler, chunk=chunk, named=named)


def untimed(result: RunResult) -> RunResult:
    """Return a result without the wall-clock time that it took."""
    return dataclasses.replace(result, metrics=dataclasses.replace(result.metrics, wall_s=0.0))


def _play(spec: RunSpec) -> RunResult:
    return _slim(run(spec))


def _slim(result: RunResult) -> RunResult:
    return dataclasses.replace(result, trace=result.trace.reported_by("world", "user"))
