"""Parity: the same race and seed with an SDK's profile, with the SDK itself as a guest, and with the SDK live."""

import asyncio
import dataclasses
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from gateway_sim.scenarios.run.matrix import PROPOSED, SHORT, TODAY, NamedGateway, by_sdk, specs
from gateway_sim.scenarios.run.plans import race_plan
from gateway_sim.scenarios.run.result import RaceResult
from gateway_sim.scenarios.run.runner import run_live
from gateway_sim.scenarios.run.spec import RunSpec
from gateway_sim.scenarios.run.store import Store
from gateway_sim.scenarios.run.sweep import sweep
from gateway_sim.scenarios.run.workers import Workers

LONGEST_S = 60.0
"""A pair whose virtual run lasts longer is left out: its live run would take as long."""
QUICK = (TODAY, PROPOSED)
"""The gateways of a quick check, in turn from race to race, with the plain client."""
QUICK_BOTH = "poll-404"
"""The race that a quick check plays behind both: the ValueError of the incident, which no policy catches, is in it."""
ABOUT_BALANCE = ("pinned-connection", "many-replicas")
"""Races whose result depends on the balancing."""
ABOUT_GONE = ("job-deleted", "recreated-job")
"""Races in which every gateway answers 404 in the end."""


@dataclass(frozen=True)
class Pair:
    """One cell: the result of the SDK's profile, of the SDK in virtual time, and of the SDK live.

    `live` is None where only the first two were compared, `guest` where it was not played. `beside` is the live result
    of a first attempt at the same time as others, if it disagreed and was played again.
    """

    virtual: RaceResult
    live: RaceResult | None
    beside: RaceResult | None = None
    guest: RaceResult | None = None

    @property
    def agree(self) -> bool:
        """Whether verdict, outcome and the error's class are the same."""
        others = [run for run in (self.guest, self.live) if run is not None]
        return all(_outcome(other) == _outcome(self.virtual) for other in others)

    @property
    def replay(self) -> str:
        """Return the command that plays the cell with the SDK itself."""
        shown = self.live or self.guest or self.virtual
        return shown.replay

    def document(self) -> dict[str, Any]:
        """Return the pair as plain JSON values."""
        runs = {"virtual": self.virtual, "guest": self.guest, "live": self.live, "beside": self.beside}
        return {"agree": self.agree, **{name: run and run.document() for name, run in runs.items()}}


def cells(
    sdks: Sequence[str], chosen: Sequence[str] = (), *, quick: bool = False, full: bool = False
) -> Iterator[RunSpec]:
    """Yield the live specs to compare, with the shortened settings of their races; only `chosen` races, if any.

    They are the pairs of a verification without those that repeat another (`_is_repeated`), all pairs of its `--full`
    if `full`, or one for each race if `quick`.
    """
    for sdk in sdks:
        pairs = list(by_sdk(specs(1, full=full or quick), sdk))
        for number, race in enumerate(dict.fromkeys(spec.race for spec in pairs)):
            for spec in pairs if not chosen or race in chosen else ():
                if spec.race == race and _is_wanted(spec, number, quick=quick, full=full):
                    settings = {**spec.settings, **SHORT.get(race, {})}
                    yield dataclasses.replace(spec, engine="live", settings=settings)


def _is_wanted(spec: RunSpec, number: int, *, quick: bool, full: bool) -> bool:
    if quick:
        behind = QUICK if spec.race == QUICK_BOTH else (QUICK[number % 2],)
        usual = (spec.client, spec.balance) == ("plain", "per-connection")
        return usual and any(_has(spec, gateway) for gateway in behind)
    return full or not _is_repeated(spec)


def _has(spec: RunSpec, gateway: NamedGateway) -> bool:
    return (spec.gateway, spec.settings) == (gateway.policy.name, gateway.settings)


def _is_repeated(spec: RunSpec) -> bool:
    """Return whether another cell shows the same of an SDK.

    A client policy acts on a 404. Behind gateways that answer none it does what `plain` does, except for the warm-up,
    which today's gateway shows. Balancing by request changes nothing in the SDK, so only the races about it need it.
    """
    idle = spec.client != "plain" and spec.gateway != "not-found" and spec.race not in ABOUT_GONE
    return idle or (spec.balance == "per-request" and spec.race not in ABOUT_BALANCE)


def compare(
    cells: Sequence[RunSpec],
    workers: Workers,
    *,
    jobs: int,
    each: Callable[[], None],
    live: bool = True,
    guest: bool = True,
    store: Store | None = None,
) -> tuple[list[Pair], list[RunSpec]]:
    """Play each cell in both engines, live here and `jobs` at a time; return the pairs, and the cells left out.

    Without `live` only the profile and the guest are compared, which leaves no cell out. A `store` keeps these two. A
    busy machine stretches real seconds, so a live cell that does not agree is played once more, alone.
    """
    chosen, left_out = [], []
    drivers = ("client", "sdk") if guest else ("client",)
    specs = [dataclasses.replace(spec, engine="virtual", driver=driver) for spec in cells for driver in drivers]
    running = (result for result in sweep(specs, workers, whole=True, store=store) if isinstance(result, RaceResult))
    for spec in cells:
        virtual, played = next(running), next(running) if guest else None
        if not live or virtual.metrics.finished_s <= LONGEST_S:
            chosen.append((spec, Pair(virtual, None, guest=played)))
        else:
            left_out.append(spec)
        if not live or spec in left_out:
            each()
    if not live:
        return [pair for _, pair in chosen], []
    return asyncio.run(_play(chosen, jobs, each)), left_out


async def _play(chosen: Sequence[tuple[RunSpec, Pair]], jobs: int, each: Callable[[], None]) -> list[Pair]:
    gate = asyncio.Semaphore(jobs)

    async def one(spec: RunSpec, pair: Pair) -> Pair:
        async with gate:
            live = await run_live(race_plan(spec))
        each()
        return dataclasses.replace(pair, live=live)

    pairs = await asyncio.gather(*(one(spec, pair) for spec, pair in chosen))
    return [
        pair if pair.agree else dataclasses.replace(pair, live=await run_live(race_plan(spec)), beside=pair.live)
        for pair, (spec, _) in zip(pairs, chosen, strict=True)
    ]


def _outcome(result: RaceResult) -> tuple[str, str, str | None, str | None]:
    error = result.error
    return result.verdict, result.outcome, error.type if error else None, error.leg if error else None
