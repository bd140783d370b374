"""Processes of this machine that play worlds: started, replaced when they die, and ended with their caller."""

import contextlib
import importlib
import logging
import multiprocessing
import multiprocessing.forkserver
import multiprocessing.process
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from types import ModuleType
from typing import Any, Final, TypeVar

from gateway_sim.scenarios.run.workers import RETRIES, Named, WorkerDied
from gateway_sim.scenarios.sim.errors import GatewaySimError
from gateway_sim.scenarios.sim.garbage import GARBAGE
from gateway_sim.scenarios.sim.plugins import make_importable

T = TypeVar("T")
R = TypeVar("R")

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
REPLACED: Final = "a worker process died, perhaps for want of memory; others play its runs again"
MOST_CALLS: Final = 5_000
"""Calls after which a worker is replaced, because libraries keep memory of past worlds (docs/reference/costs.md §4)."""


def on_processes(call: Callable[[T], R], items: Sequence[T], *, jobs: int, chunk: int, named: Named) -> Iterator[R]:
    """Yield `call(item)` for each item, in order, from `jobs` processes that play worlds.

    Where a process dies, all are replaced, and what has no result yet is played again; a result is yielded once. Raises
    `WorkerDied` for an item whose processes die again and again. A caller that stops early waits at most `PATIENCE_S`.
    """
    for begin in range(0, len(items), MOST_CALLS * jobs):
        lot = items[begin : begin + MOST_CALLS * jobs]
        yield from _of_lot(call, [lot[at : at + chunk] for at in range(0, len(lot), chunk)], jobs, named)


def _of_lot(call: Callable[[T], R], pieces: Sequence[Sequence[T]], jobs: int, named: Named) -> Iterator[R]:
    """Yield the results of these pieces of work, in order; the processes live no longer."""
    done: dict[int, list[R]] = {}
    first, deaths = 0, 0
    while first < len(pieces):
        if deaths > RETRIES:
            yield from _one_by_one(call, pieces[first], deaths, named)
            first, deaths = first + 1, 0
            continue
        left = [number for number in range(first, len(pieces)) if number not in done]
        with _ending_pool(min(jobs, len(left) or 1)) as pool:
            with _undisturbed(), _without_the_script():
                futures = {number: pool.submit(_all, call, pieces[number]) for number in left}
            while first < len(pieces):
                try:
                    results = done.pop(first) if first in done else futures.pop(first).result()
                except BrokenProcessPool:
                    logging.getLogger(__name__).warning(REPLACED)
                    done |= {number: future.result() for number, future in futures.items() if _has_result(future)}
                    deaths += 1
                    break
                first, deaths = first + 1, 0
                yield from results


def _all(call: Callable[[T], R], piece: Sequence[T]) -> list[R]:
    return [call(item) for item in piece]


def _has_result(future: Future[Any]) -> bool:
    return future.done() and not future.cancelled() and future.exception() is None


def _one_by_one(call: Callable[[T], R], piece: Sequence[T], deaths: int, named: Named) -> Iterator[R]:
    """Yield the results of a piece that no process survived with the others; raise `WorkerDied` for the fatal item."""
    with _ending_pool(1) as pool:
        for item in piece:
            try:
                with _undisturbed(), _without_the_script():
                    future = pool.submit(call, item)
                result = future.result()
            except BrokenProcessPool:
                raise WorkerDied(named(item), deaths + 1) from None
            yield result


@contextlib.contextmanager
def _ending_pool(jobs: int) -> Iterator[ProcessPoolExecutor]:
    """Give a pool whose processes end soon when the block is left with an error, or early."""
    others = set(multiprocessing.active_children())
    with worker_pool(jobs) as pool:
        try:
            yield pool
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
