"""Work for the workers of a dask.distributed scheduler: the same results in the same order as here.

Dask and not ray, because ray listens on every interface. The workers need this release of gateway-sim, and one thread
each: a world needs a process of its own. Certificates for a "tls://" address are named in dask's own configuration.
"""

import asyncio
import importlib.util
import os
import pickle
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import CancelledError
from functools import cache
from itertools import takewhile
from typing import Any, Final, TypeVar

from gateway_sim.scenarios.run.pool import begin_worker
from gateway_sim.scenarios.run.reachable import NoCluster, check_reachable
from gateway_sim.scenarios.run.workers import Named, SweepEnded, WorkerDied
from gateway_sim.scenarios.sim.errors import SettingsRefused
from gateway_sim.scenarios.sim.plugins import VARIABLE
from gateway_sim.scenarios.sim.release import release

T = TypeVar("T")
R = TypeVar("R")

PATIENCE_S: Final = 6.0
"""How long a scheduler may take to answer and to have a worker."""
ASK_EVERY_S: Final = 0.2
AHEAD: Final = 16
"""Tasks of each worker that the scheduler is given in advance: it holds no more of them, however long the sweep is."""
PIECES: Final = 16
"""At most this many pieces of work are one task: a scheduler gives out some hundred tasks a second."""


def on_cluster(call: Callable[[T], R], items: Sequence[T], *, address: str, chunk: int, named: Named) -> Iterator[R]:
    """Yield `call(item)` for each item, in order, played by the workers of the scheduler at `address`.

    Raises `SettingsRefused` where dask is not installed, a worker has several threads or another release, `NoCluster`,
    `WorkerDied` for a task of which the scheduler has lost as many workers as its configuration allows, and
    `SweepEnded` where the scheduler goes away.
    """
    if importlib.util.find_spec("distributed") is None:
        raise SettingsRefused("--scheduler needs dask.distributed; run: pip install 'gateway-sim[cluster]'")
    check_reachable(address)
    from distributed import Client, KilledWorker

    count = asyncio.run(_check(address))
    size = chunk * max(1, min(PIECES, len(items) // (chunk * count * AHEAD)))
    # dask has types for its results, and none for its calls
    connected: Any = Client
    given: deque[tuple[int, Any]] = deque()
    begins = range(0, len(items), size)
    with connected(address, timeout=PATIENCE_S, set_as_default=False) as client:
        try:
            sent = 0
            while sent < len(begins) or given:
                most = AHEAD * max(1, len(client.nthreads()))
                if len(given) <= most // 2 and (more := begins[sent : sent + most - len(given)]):
                    words = [pickle.dumps((call, items[begin : begin + size])) for begin in more]
                    given.extend(zip(more, client.map(_play, words, told=_told(), pure=False), strict=True))
                    sent += len(more)
                for results in _first_of(client, given):
                    yield from results
        except KilledWorker as error:
            begin = next(begin for begin, task in given if task.status == "error")
            raise WorkerDied(_range(items[begin : begin + size], named), _deaths(error)) from None
        except (CancelledError, OSError) as error:
            if any(task.status == "error" for _, task in given):
                # of an item
                raise
            raise SweepEnded(f"the dask scheduler at {address} went away: {error}") from None
        except ModuleNotFoundError as error:
            if (error.name or "").partition(".")[0] != "gateway_sim":
                raise
            raise SettingsRefused(f"a worker of {address} lacks gateway-sim {release()}; install it there") from None
        finally:
            if given:
                client.cancel([task for _, task in given])


def _first_of(client: Any, given: deque[tuple[int, Any]]) -> list[Any]:
    """Wait for the first task; take it off, and those after it that are done, and return their results."""
    # waits for the end of the task, and fetches no result
    given[0][1].exception()
    ready = list(takewhile(lambda task: task.status == "finished", (task for _, task in given))) or [given[0][1]]
    found: list[Any] = client.gather(ready)
    for _ in ready:
        given.popleft()
    return found


def _range(piece: Sequence[Any], named: Named) -> str:
    return named(piece[0]) if len(piece) == 1 else f"{named(piece[0])} (or one of the {len(piece) - 1} after it)"


def _deaths(error: Any) -> int:
    return int(getattr(error, "allowed_failures", 0)) + 1


async def _check(address: str) -> int:
    """Refuse a cluster that cannot play worlds, before a dask client is made: one that cannot connect lingers.

    Return the number of its workers.
    """
    from distributed.core import rpc
    from distributed.security import Security

    ask: Any = rpc
    security: Any = Security
    workers: dict[str, Any] = {}
    problem = "no dask scheduler answers"
    try:
        trusted = security().get_connection_args("client")
        async with (
            asyncio.timeout(PATIENCE_S),
            ask(address, timeout=PATIENCE_S, connection_args=trusted) as scheduler,
        ):
            while not workers:
                workers = (await scheduler.identity(n_workers=-1))["workers"]
                problem = "the dask scheduler has no workers"
                await asyncio.sleep(0.0 if workers else ASK_EVERY_S)
    except ValueError as error:
        raise SettingsRefused(f"--scheduler {address}: {error}; write tcp://host:port") from None
    except TypeError:
        # dask's own for a "tls://" address without certificates
        named = "name the certificates in dask's configuration, as docs/beyond-one-machine.md says"
        raise SettingsRefused(f"--scheduler {address}: {named}") from None
    except (OSError, TimeoutError):
        raise NoCluster(f"{problem} at {address}: asked for {PATIENCE_S:g} s") from None
    except Exception as error:
        # another server's answer raises an error of its own kind in dask
        raise NoCluster(f"what answers at {address} is no dask scheduler of this release: {error}") from None
    threads = {worker: facts["nthreads"] for worker, facts in workers.items() if facts["nthreads"] != 1}
    for worker, count in threads.items():
        problem = f"the worker at {worker} has {count} threads, and a world needs a process of its own"
        raise SettingsRefused(f"{problem}; start workers with --nthreads 1")
    return len(workers)


def _told() -> dict[str, str]:
    """Return what a worker must know of this process: its release, and the folders of users' plugins."""
    return {"release": release(), VARIABLE: os.environ.get(VARIABLE, "")}


def _play(words: bytes, *, told: dict[str, str]) -> list[Any]:
    """Play a task on a worker."""
    if told["release"] != release():
        here = f"a worker has gateway-sim {release()}, and this is {told['release']}"
        raise SettingsRefused(f"{here}: its runs may differ; install one release everywhere")
    if told[VARIABLE]:
        os.environ[VARIABLE] = told[VARIABLE]
    _begin_once(os.environ.get(VARIABLE, ""))
    # unpickled here, where the folders of plugins can be imported
    call, items = pickle.loads(words)
    return [call(item) for item in items]


@cache
def _begin_once(folders: str) -> None:
    begin_worker()
