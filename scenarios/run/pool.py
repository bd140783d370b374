"""Many runs of the virtual engine, over several processes; the results do not depend on how many."""

import contextlib
import dataclasses
import importlib
import multiprocessing
import multiprocessing.forkserver
import multiprocessing.process
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from types import ModuleType
from typing import Final, TypeVar

from gateway_sim.scenarios.run.plans import resolve
from gateway_sim.scenarios.run.result import RunResult
from gateway_sim.scenarios.run.runner import run, run_plans
from gateway_sim.scenarios.run.spec import RunSpec
from gateway_sim.scenarios.sim.errors import GatewaySimError
from gateway_sim.scenarios.sim.garbage import GARBAGE
from gateway_sim.scenarios.sim.plugins import make_importable

T = TypeVar("T")
R = TypeVar("R")

CHUNK = 4
"""Runs in one piece of work: few enough that all workers end at about the same time."""
WORTH_IMPORTS: Final = 60
"""Runs of this project's client that take longer than the imports of a worker."""
PATIENCE_S: Final = 1.0
"""How long workers may take to end when the caller stops early."""
IMPORTED_FIRST: Final = (
    "gateway_sim.trainer_pod.app",
    "gateway_sim.trainer_pod.model_worker",
    "torch.distributed.checkpoint",
    "moto.dynamodb.models",
)
"""Modules that the worlds of a process import."""
ENDS_AT_ONCE: Final = "gateway_sim.scenarios.run.fork_origin"
"""Imported last by the process from which workers are forked."""
MOST_CALLS: Final = 5_000
"""Calls after which a worker is replaced, because libraries keep memory of past worlds (docs/reference/costs.md §4)."""


def default_jobs() -> int:
    """Return the default number of processes: one a core, at most 8."""
    return min(os.cpu_count() or 1, 8)


def jobs_worth(specs: Sequence[RunSpec]) -> int:
    """Return in how many processes specs end soonest: one, where workers would import for longer than all runs take."""
    worth = CHUNK if any(spec.by_guest for spec in specs) else WORTH_IMPORTS
    return default_jobs() if len(specs) > worth else 1


def sweep(specs: Sequence[RunSpec], *, jobs: int, whole: bool = False) -> Iterator[RunResult]:
    """Play virtual specs on `jobs` processes and yield their results in the order of the specs.

    Unless `whole`, their traces keep only the events of the world and the user: sending all costs more than playing the
    run again.
    """
    if jobs == 1 or len(specs) <= CHUNK:
        results = run_plans([resolve(spec) for spec in specs])
        yield from results if whole else map(_slim, results)
        return
    yield from spread(run if whole else _play, specs, jobs=jobs, chunk=chunk_of(specs))


def chunk_of(specs: Sequence[RunSpec]) -> int:
    """Return how many runs make one piece of work: a guest's run is long enough to be one."""
    return 1 if any(spec.by_guest for spec in specs) else CHUNK


def spread(call: Callable[[T], R], items: Sequence[T], *, jobs: int, chunk: int) -> Iterator[R]:
    """Yield `call(item)` for each item, in order, from `jobs` processes that play worlds.

    `call` and the items must be picklable, and defined in a module that is not the caller's script. An item's error is
    raised in place of its result. A caller that stops early waits at most `PATIENCE_S`.
    """
    for begin in range(0, len(items), MOST_CALLS * jobs):
        lot = items[begin : begin + MOST_CALLS * jobs]
        others = set(multiprocessing.active_children())
        with worker_pool(min(jobs, len(lot))) as pool:
            try:
                with _undisturbed(), _without_the_script():
                    results = pool.map(call, lot, chunksize=chunk)
                yield from results
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                _end(process for process in multiprocessing.active_children() if process not in others)
                raise


@contextlib.contextmanager
def _undisturbed() -> Iterator[None]:
    """Delay Ctrl-C while processes start: they inherit the mask, so it cannot end them before they ignore it.

    The mask holds for one thread only, so the handler is replaced too: another thread may receive the signal.
    """
    pressed: list[int] = []
    obeyed = signal.signal(signal.SIGINT, lambda number, frame: pressed.append(number))
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        signal.signal(signal.SIGINT, obeyed)
    if pressed:
        raise KeyboardInterrupt


@contextlib.contextmanager
def _without_the_script() -> Iterator[None]:
    """Let processes that start not import the caller's script: nothing in it is needed, and it might start a sweep."""
    script = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = script


def _end(workers: Iterable[multiprocessing.process.BaseProcess]) -> None:
    """Give workers `PATIENCE_S` to end; terminate those that take longer."""
    known = list(workers)
    for worker in known:
        worker.join(PATIENCE_S / len(known))
        if worker.is_alive():
            worker.terminate()


def worker_pool(jobs: int) -> ProcessPoolExecutor:
    """Return processes that play worlds and ignore Ctrl-C, which their parent handles."""
    # forked from a process that only imports: torch's threads would not survive a fork of this one
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([*IMPORTED_FIRST, ENDS_AT_ONCE])
    try:
        pool = ProcessPoolExecutor(jobs, mp_context=context, initializer=_begin, initargs=(dict(os.environ),))
    except OSError as none:
        raise GatewaySimError(
            f"no semaphores for worker processes ({none.strerror}): Linux keeps them in /dev/shm; run it with --jobs 1"
        ) from none
    # it keeps the mask and hands it to each worker, so that Ctrl-C ends neither its imports nor theirs
    with _undisturbed(), _importing_as_here():
        multiprocessing.forkserver.ensure_running()
    return pool


@contextlib.contextmanager
def _importing_as_here() -> Iterator[None]:
    """Let a process that starts find modules where this one does, and not first in the working directory.

    Otherwise a user's `torch.py` there would hide torch. Python 3.11 ignores the path that it is sent for this.
    """
    words = {"PYTHONPATH": os.pathsep.join(map(os.path.abspath, sys.path)), "PYTHONSAFEPATH": "1"}
    before = {name: os.environ.pop(name) for name in words if name in os.environ}
    os.environ.update(words)
    try:
        yield
    finally:
        for name in words:
            del os.environ[name]
        os.environ.update(before)


def _play(spec: RunSpec) -> RunResult:
    return _slim(run(spec))


def _slim(result: RunResult) -> RunResult:
    return dataclasses.replace(result, trace=result.trace.reported_by("world", "user"))


def begin_worker() -> None:
    """Make users' folders importable; import the modules of worlds and hold moto, both out of the collector's way."""
    make_importable()
    for module in IMPORTED_FIRST:
        importlib.import_module(module)
    from gateway_sim.scenarios.sim.moto import MOTO

    MOTO.hold()
    GARBAGE.hold()


def _begin(environ: Mapping[str, str]) -> None:
    # the process that imports began with the variables of an earlier moment
    os.environ.clear()
    os.environ.update(environ)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_the_caller, daemon=True).start()
    begin_worker()


def _end_with_the_caller() -> None:
    """End this worker when its caller is gone: a killed caller cannot shut its pool down, and workers wait for ever."""
    caller = multiprocessing.parent_process()
    assert caller is not None
    caller.join()
    os._exit(1)
