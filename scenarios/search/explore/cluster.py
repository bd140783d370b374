"""A search on a dask.distributed cluster: the same seeds, and the same results in the same order.

Dask and not ray, because ray listens on every interface. The workers need this release of gateway-sim, and one thread
each: a world needs a process of its own.
"""

import asyncio
import importlib.util
from collections.abc import Iterator, Sequence
from typing import Any, Final

from gateway_sim.scenarios.search.explore.explored import Explored, explore_seed
from gateway_sim.scenarios.search.explore.reachable import NoCluster, check_reachable
from gateway_sim.scenarios.search.explore.search_config import SearchConfig
from gateway_sim.scenarios.sim.errors import SettingsRefused
from gateway_sim.scenarios.sim.moto import MOTO

PATIENCE_S: Final = 6.0
"""How long a scheduler may take to answer and to have a worker."""
ASK_EVERY_S: Final = 0.2
CHUNK: Final = 8
"""Seeds in one task: a fifth of a second of work, so that the scheduler is not the bottleneck."""
RETRIES: Final = 2
"""How often a task is given to another worker when its worker dies."""


def explore_on(address: str, search: SearchConfig, seeds: Sequence[int], *, twice: bool = False) -> Iterator[Explored]:
    """Yield the outcome of each seed, in order, played by the workers of the scheduler at `address` ("tcp://host:port").

    Raises `SettingsRefused` where dask is not installed or a worker has several threads, and `NoCluster`.
    """
    search.check()
    if importlib.util.find_spec("distributed") is None:
        raise SettingsRefused("--scheduler needs dask.distributed; run: pip install 'gateway-sim[cluster]'")
    check_reachable(address)
    from distributed import Client

    asyncio.run(_check(address))
    # dask has types for its results, and none for its calls
    connected: Any = Client
    with connected(address, timeout=PATIENCE_S, set_as_default=False) as client:
        chunks = [seeds[begin : begin + CHUNK] for begin in range(0, len(seeds), CHUNK)]
        tasks = client.map(_play, chunks, search=search, twice=twice, pure=False, retries=RETRIES)
        try:
            for task in tasks:
                yield from task.result()
                task.release()
        except BaseException:
            client.cancel(tasks)
            raise


async def _check(address: str) -> None:
    """Refuse a cluster that cannot play worlds, before a dask client is made: one that cannot connect lingers."""
    from distributed.core import rpc

    ask: Any = rpc
    workers: dict[str, Any] = {}
    problem = "no dask scheduler answers"
    try:
        async with asyncio.timeout(PATIENCE_S), ask(address, timeout=PATIENCE_S) as scheduler:
            while not workers:
                workers = (await scheduler.identity(n_workers=-1))["workers"]
                problem = "the dask scheduler has no workers"
                await asyncio.sleep(0.0 if workers else ASK_EVERY_S)
    except ValueError as error:
        raise SettingsRefused(f"--scheduler {address}: {error}; write tcp://host:port") from None
    except (OSError, TimeoutError):
        raise NoCluster(f"{problem} at {address}: asked for {PATIENCE_S:g} s") from None
    except Exception as error:
        # another server's answer raises an error of its own kind in dask
        raise NoCluster(f"what answers at {address} is no dask scheduler of this release: {error}") from None
    threads = {worker: facts["nthreads"] for worker, facts in workers.items() if facts["nthreads"] != 1}
    for worker, count in threads.items():
        problem = f"the worker at {worker} has {count} threads, and a world needs a process of its own"
        raise SettingsRefused(f"{problem}; start workers with --nthreads 1")


def _play(seeds: Sequence[int], *, search: SearchConfig, twice: bool) -> list[Explored]:
    with MOTO.held():
        return [explore_seed(search, seed, twice=twice) for seed in seeds]
