"""Many runs of the virtual engine, over several processes; the results do not depend on how many."""

from __future__ import annotations

import dataclasses
import multiprocessing
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor

from scenarios.runner import RunResult, RunSpec, run, run_plans, understand

CHUNK = 2
"""Runs handed to a worker at a time: few enough that the last worker is not waited for."""


def default_jobs() -> int:
    """Return how many processes are used when nobody says: as many as there are cores, at most 8."""
    return min(os.cpu_count() or 1, 8)


def sweep(specs: Sequence[RunSpec], *, jobs: int) -> Iterator[RunResult]:
    """Play virtual specs on `jobs` processes and yield their results in the order of the specs.

    Their traces keep what the world and the user told; the rest would cost more to bring home than to play again.
    """
    if jobs == 1 or len(specs) <= CHUNK:
        yield from map(_slim, run_plans([understand(spec) for spec in specs]))
        return
    # spawned and not forked: torch's threads do not survive a fork
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(min(jobs, len(specs)), mp_context=context, initializer=_begin) as pool:
        try:
            yield from pool.map(_play, specs, chunksize=CHUNK)
        except GeneratorExit:
            pool.shutdown(cancel_futures=True)
            raise


def _play(spec: RunSpec) -> RunResult:
    return _slim(run(spec))


def _slim(result: RunResult) -> RunResult:
    return dataclasses.replace(result, trace=result.trace.told_by("world", "user"))


def _begin() -> None:
    """Keep moto in place for the worker's life."""
    from scenarios.world.virtual import MOTO

    MOTO.hold()
