"""The warm-up of PR 348: probes the data plane until enough probes succeed in a row."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from gateway_sim.client.events import RetryScheduled, WarmupFinished, WarmupProbed
from gateway_sim.client.sdk.errors import NotFoundError
from gateway_sim.client.sdk.retry_loops import Backoff


@dataclass(frozen=True)
class Warmup:
    """How many probes must succeed in a row, within how long, and how far apart (PR 348).

    After a 404 the next probe waits `miss_first_s`, doubling up to `miss_longest_s` while 404s follow each other: the
    PR says "bounded backoff", and one 404 costs 2 s (docs/reference/protocol.md §5). The timeout is checked between
    probes, so the SDK's own retry loops may make a probe outlast it.
    """

    required_successes: int = 3
    timeout_s: float = 120.0
    gap_s: float = 1.0
    miss_first_s: float = 2.0
    miss_longest_s: float = 15.0

    def wait_s(self, misses: int) -> float:
        """Return the wait before the next probe, after `misses` 404s in a row (0: the last probe succeeded)."""
        if misses == 0:
            return self.gap_s
        return Backoff(self.miss_first_s, self.miss_longest_s).window(misses - 1).high_s


async def warm_up(warmup: Warmup, probe: Callable[[], Awaitable[object]], emit: Callable[[object], None]) -> None:
    """Probe until enough probes succeed in a row.

    Raises the last 404 when the time is up, and TimeoutError if there was none. Any other error ends the warm-up
    silently: it is not about the route, and the first training call will raise it (PR 348).
    """
    loop = asyncio.get_running_loop()
    started_s = loop.time()
    successes, misses = 0, 0
    last_miss: NotFoundError | None = None
    while True:
        try:
            await probe()
        except NotFoundError as error:
            if not error.failure.is_not_found:
                # an SDK with its own exceptions raises a class that the PR's `except` does not catch
                emit(WarmupFinished("skipped", loop.time() - started_s))
                return
            successes, misses, last_miss = 0, misses + 1, error
        except Exception:
            emit(WarmupFinished("skipped", loop.time() - started_s))
            return
        else:
            successes, misses = successes + 1, 0
        emit(WarmupProbed(successes))
        took_s = loop.time() - started_s
        if successes >= warmup.required_successes:
            emit(WarmupFinished("ready", took_s))
            return
        if took_s >= warmup.timeout_s:
            emit(WarmupFinished("timed_out", took_s))
            raise last_miss or TimeoutError(f"the data plane was not ready within {warmup.timeout_s:g} s")
        wait_s = min(warmup.wait_s(misses), warmup.timeout_s - took_s)
        if misses:
            emit(RetryScheduled("dispatch", wait_s, "policy"))
        await asyncio.sleep(wait_s)
