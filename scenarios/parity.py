"""Parity: the same race with the same seed, virtually with a profile and live with the SDK that it describes."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from scenarios import races
from scenarios.live.drivers import POLICIES, beyond
from scenarios.live.shortened import SHORT
from scenarios.runner import RunResult, RunSpec, plan, run, run_live
from scenarios.verification import specs

LONGEST_S = 60.0
"""A pair whose virtual run lasts longer is left out: nobody waits for it live."""
Cell = tuple[str, str, dict[str, str], str]

PROPOSED: Cell = ("plain", "route-not-ready", {"retry_after_s": "1", "hold_poll_s": "1"}, "per-connection")
TODAY: Cell = ("plain", "not-found", {}, "per-connection")
"""The cells of a quick check, in turn from race to race."""


@dataclass(frozen=True)
class Pair:
    """One cell: what the virtual engine says, and what the live one said of the SDK itself.

    `alone` says that the live one was played again with nothing beside it, for the two did not agree at first.
    """

    virtual: RunResult
    live: RunResult
    alone: bool = False

    @property
    def agree(self) -> bool:
        """Whether verdict, outcome and the error's class are the same."""
        return _said(self.virtual) == _said(self.live)


def cells(
    sdks: Sequence[str], chosen: Sequence[str] = (), *, quick: bool = False, full: bool = False
) -> Iterator[RunSpec]:
    """Yield the live specs to compare, with the shortened settings of their races; of `chosen` races, if any are named.

    They are the pairs of a verification, or all that its `--full` knows, or one a race when `quick`.
    """
    pairs = [spec for spec in specs(1, full=full or quick) if spec.client in POLICIES]
    playable = [name for name in races.names() if not beyond(races.load(name).settings)]
    for sdk in sdks:
        for number, race in enumerate(playable):
            wanted = (TODAY, PROPOSED)[number % 2]
            for spec in pairs if not chosen or race in chosen else ():
                cell = (spec.client, spec.gateway, dict(spec.settings), spec.balance)
                if spec.race == race and (not quick or cell == wanted):
                    settings = {**spec.settings, **SHORT.get(race, {})}
                    yield dataclasses.replace(spec, sdk=sdk, engine="live", driver="sdk", settings=settings)


def compare(live: Sequence[RunSpec], *, jobs: int, each: Callable[[], None]) -> tuple[list[Pair], list[RunSpec]]:
    """Play each cell in both engines, the live ones `jobs` at a time; return the pairs, and the cells left out.

    Real seconds are stretched by a busy machine: a live cell that does not agree is played once more, alone.
    """
    virtual = [run(dataclasses.replace(spec, engine="virtual", driver="client")) for spec in live]
    chosen = [
        (spec, result) for spec, result in zip(live, virtual, strict=True) if result.metrics.finished_s <= LONGEST_S
    ]
    left_out = [spec for spec, result in zip(live, virtual, strict=True) if result.metrics.finished_s > LONGEST_S]
    for _ in left_out:
        each()
    return asyncio.run(_play(chosen, jobs, each)), left_out


async def _play(chosen: Sequence[tuple[RunSpec, RunResult]], jobs: int, each: Callable[[], None]) -> list[Pair]:
    gate = asyncio.Semaphore(jobs)

    async def one(spec: RunSpec, virtual: RunResult) -> Pair:
        async with gate:
            live = await run_live(plan(spec))
        each()
        return Pair(virtual, live)

    pairs = await asyncio.gather(*(one(spec, virtual) for spec, virtual in chosen))
    return [
        pair if pair.agree else Pair(pair.virtual, await run_live(plan(spec)), alone=True)
        for pair, (spec, _) in zip(pairs, chosen, strict=True)
    ]


def _said(result: RunResult) -> tuple[str, str, str | None, str | None]:
    error = result.error
    return result.verdict, result.outcome, error.type if error else None, error.leg if error else None
