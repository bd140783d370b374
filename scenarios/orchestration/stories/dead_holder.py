"""Runs die with their places of a concurrency limit, which admits fewer and fewer runs and at last none.

A conditional counter never exceeds its limit, and never learns that a holder died. With a lease the place comes back.
A lease that is not renewed gives the place of a run away while the run computes. A run that froze for longer than its
lease has lost its place too, and must see that before it computes on.
"""

from dataclasses import dataclass

from gateway_sim.control_plane.events import LimitLeaseEnded, LimitTaken
from gateway_sim.scenarios.judge.damage import Damage
from gateway_sim.scenarios.orchestration.ports import limit as limits
from gateway_sim.scenarios.orchestration.promises.a_dead_holders_place_comes_back import (
    a_dead_holders_place_comes_back,
    places_lost,
)
from gateway_sim.scenarios.orchestration.promises.no_more_runs_compute_than_a_limit_allows import (
    no_more_runs_compute_than_a_limit_allows,
    too_many_s,
)
from gateway_sim.scenarios.orchestration.promises.no_place_idles_while_a_run_waits import (
    idle_places,
    no_place_idles_while_a_run_waits,
)
from gateway_sim.scenarios.orchestration.workloads import events
from gateway_sim.scenarios.orchestration.workloads.leased_runs import Fate, LeasedRuns
from gateway_sim.scenarios.orchestration.workloads.sandbox import Sandbox, SandboxSettings, above_zero, at_least, one_of
from gateway_sim.scenarios.sim.trace import Trace


@dataclass(frozen=True)
class Settings(SandboxSettings):
    """`runs` runs of `run_s` seconds, of which `limit` may compute at once; the scheduler asks every `asks_every_s`.

    The first `deaths` runs die at a drawn moment, and the next `freezes` freeze for `freezes_s`. A lease lasts
    `lease_s`, and a run renews it every `renews_s`. The story ends when all runs are done, or after `watch_s`. The
    half-fixed limit has leases and `omits` one thing: the "renewal", or the "stop" (a run whose place is gone computes
    on).
    """

    runs: int = at_least(1, 12)
    limit: int = at_least(1, 4)
    run_s: float = above_zero(600.0)
    deaths: int = at_least(0, 2)
    freezes: int = at_least(0, 1)
    freezes_s: float = 300.0
    lease_s: float = above_zero(120.0)
    renews_s: float = above_zero(30.0)
    asks_every_s: float = above_zero(15.0)
    watch_s: float = above_zero(4 * 3600.0)
    omits: str = one_of("renewal", "stop")

    def __post_init__(self) -> None:
        """Refuse more dead and frozen runs than there are, and a lease that ends before its first renewal."""
        super().__post_init__()
        self.require("runs", self.deaths + self.freezes, "deaths + freezes")
        self.require("lease_s", self.renews_s + 1, "renews_s + 1")


origin = "docs/reference/stories.md §3 b"
settings = Settings()
does = {
    "broken": "A counter limits the active runs; a dead run never gives its place back.",
    "half-fixed, renewal": "A place is leased and comes back; a run does not renew its lease and loses the place "
    "while it computes.",
    "half-fixed, stop": "A place is leased and renewed; a run that froze past its lease computes on without a place.",
    "fixed": "A place is leased and renewed, and a run whose place is gone stops.",
}
promises = [
    a_dead_holders_place_comes_back,
    no_more_runs_compute_than_a_limit_allows,
    no_place_idles_while_a_run_waits,
]
must_reach = [LimitTaken, events.HolderBegan, events.LaunchingEnded]
parts = ("limit",)


async def play(sandbox: Sandbox[Settings]) -> None:
    """Launch all runs under the limit."""
    s, chance = sandbox.settings, sandbox.seeds.stream("fates")
    lease_s = None if s.variant == "broken" else s.lease_s
    limit = limits.made(sandbox, "backfill", s.limit, emit=sandbox.emit, lease_s=lease_s)
    names = [f"run-{n}" for n in range(1, s.runs + 1)]
    fates: dict[str, Fate] = {
        name: ("dies" if n < s.deaths else "freezes", chance.uniform(0.1, 0.7) * s.run_s)
        for n, name in enumerate(names[: s.deaths + s.freezes])
    }
    runs = LeasedRuns(
        sandbox,
        limit,
        names,
        fates,
        run_s=s.run_s,
        asks_every_s=s.asks_every_s,
        renews_s=s.renews_s if s.has("renewal") else None,
        stops=s.has("stop"),
        notice_s=s.lease_s,
        within_s=s.lease_s + s.asks_every_s,
        freezes_s=s.freezes_s,
    )
    await runs.launch(s.watch_s)


def damage(trace: Trace, s: Settings) -> Damage:
    """Sum the seconds for which places were lost, and those for which runs computed beyond the limit.

    Places are lost to dead runs, or idle beside a waiting run; a place may be both, so the larger sum counts.
    """
    kept_s = sum(lost for _, lost in places_lost(trace))
    idle_s = sum(idle for _, idle in idle_places(trace))
    lost_s = max(kept_s, idle_s)
    over_s = too_many_s(trace)
    done = sum(1 for _ in trace.of(events.HolderEnded))
    ended_s = trace.entries[-1].at_s
    return Damage(
        amount=round(lost_s + over_s, 3),
        unit="seconds of places lost or taken twice",
        sentence=f"{done} of {s.runs} runs were done after {ended_s / 60:.0f} minutes; the dead kept places for "
        f"{kept_s:.0f} s too long, places idled beside a waiting run for {idle_s:.0f} s, and runs computed beyond the "
        f"limit for {over_s:.0f} s",
        figures={
            "kept_by_the_dead_s": round(kept_s, 3),
            "idle_s": round(idle_s, 3),
            "beyond_the_limit_s": round(over_s, 3),
            "runs_done": done,
            "ended_s": round(ended_s, 3),
            "leases_ended": sum(1 for _ in trace.of(LimitLeaseEnded)),
            "runs_stopped": sum(1 for _ in trace.of(events.HolderStopped)),
        },
    )
