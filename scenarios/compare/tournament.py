"""Every client policy with every gateway policy, in every race, on the same seeds: which finish, at what price."""

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from gateway_sim.scenarios import races
from gateway_sim.scenarios.judge.anomalies import counts
from gateway_sim.scenarios.judge.measure import refusals
from gateway_sim.scenarios.judge.verdict import Verdict
from gateway_sim.scenarios.run.matrix import SHORT, TODAY, by_sdk, clients, gateways
from gateway_sim.scenarios.run.plans import race_plan
from gateway_sim.scenarios.run.rows import Row, of_spec
from gateway_sim.scenarios.run.runner import run_plan
from gateway_sim.scenarios.run.spec import GatewayProgram, RunSpec
from gateway_sim.scenarios.run.store import Store, kept
from gateway_sim.scenarios.run.sweep import chunk_of, spread
from gateway_sim.scenarios.run.workers import Workers
from gateway_sim.scenarios.sim.errors import check
from gateway_sim.scenarios.sim.events import JobDeleted, RunFailed
from gateway_sim.scenarios.world.policies import BALANCES

ENDED: Final = frozenset({"job-deleted", "recreated-job", "trainer-broken"})
"""Races in which no run can finish: their job is deleted, or its trainer broken."""
DELETED: Final = "job-deleted"
"""The race in which a job is deleted and has no successor."""
REPLACED: Final = "recreated-job"
"""The race in which another job takes the name of the deleted one."""
PREEMPTED: Final = frozenset(
    {"container-restarts", "preempted-not-gone", "sampler-moved-pod", "worker-dies", "zombie-pod"}
)
"""Races in which the job lives and its pod dies."""
OVERLOADED: Final = frozenset({"overloaded-gateway", "retry-storm-across-layers"})
"""Races in which the route is right, and gateway or pod answers with errors because it has too much to do."""
KEPT_BY_GATEWAYS: Final[Mapping[str, str]] = {
    "draining-pod": "a draining pod takes no new run",
    "ghost-address": "no request is sent to an address that is not the jobs",
}
"""Races with the promise that only a gateway can keep: no client knows that a pod drains, and the SDK asks whether its
trainer is ready before a client policy has a say, at an address that the gateway may have tried before.
"""
OF_OUR_GATEWAY: Final = frozenset({"overloaded-gateway", "rolling-gateway-restart", "skewed-lease"})
"""Races whose fault only this project's gateway can have: other gateways play them where they are chosen by name, and
are told why they cannot.
"""
HERDS: Final = 16
"""A race of many clients costs as much as this many others, so it plays this many times fewer seeds."""


@dataclass(frozen=True)
class Score:
    """How one run ended, when it first trained, and what it cost.

    `broke` has the names of the broken promises. `finished`: the script reached its end; `error` is the class of the
    exception, None without one. `told_s` is the time from a deletion to the run's error; None without both. The
    script ended at `finished_s`.
    """

    race: str
    client: str
    gateway: str
    sdk: str
    balance: str
    seed: int
    outcome: str
    error: str | None
    verdict: Verdict
    broke: tuple[str, ...]
    finished: bool
    first_step_s: float | None
    told_s: float | None
    requests: int
    wasted: int
    peak: int
    probes: int
    strong_reads: int
    twice: int
    anomalies: dict[str, int]
    finished_s: float
    digest: str | None


def specs(
    seeds: int,
    chosen: Sequence[str] = (),
    sdk: str | None = None,
    *,
    by_clients: Sequence[str] = (),
    behind: Sequence[str] = (),
) -> list[RunSpec]:
    """Return every run, with `sdk` those of that SDK itself. Raises `UnknownWord` for a race or a policy.

    With `by_clients` or `behind`, only the pairs with these client or gateway policies. Even seeds balance by
    connection, odd ones by request. Balancers pick replicas at random, so that no race depends on the order of
    connections.
    """
    callers = _chosen("client policy", by_clients, clients())
    routers = _chosen("gateway policy", behind, [gateway.name for gateway in gateways()])
    found = []
    for race in dict.fromkeys(check("race", name, races.known(name)) for name in chosen) or races.names():
        settings = races.load(race).settings
        count = seeds if settings.clients == 1 else -(-seeds // HERDS)
        for gateway, client, seed in itertools.product(routers, callers, range(count)):
            balance = BALANCES[seed % len(BALANCES)]
            found.append(RunSpec(race, client, gateway, balance=balance, seed=seed, settings={"order": "random"}))
    return found if sdk is None else list(by_sdk(found, sdk))


def _chosen(kind: str, words: Sequence[str], known: Sequence[str]) -> Sequence[str]:
    """Return the known names that were chosen, in their own order; all of them if none was. Raises `UnknownWord`."""
    wanted = {check(kind, word, known) for word in words}
    return [name for name in known if name in wanted] if wanted else known


def own_specs(
    programs: Sequence[GatewayProgram], seeds: int, chosen: Sequence[str] = (), *, by_clients: Sequence[str] = ()
) -> list[RunSpec]:
    """Return every run of gateways that are not this project's, with each client policy, in each race they can play.

    An ASGI application is played in virtual time, and another gateway live, with settings for seconds and not minutes.
    """
    found = []
    for program, spec in itertools.product(programs, specs(seeds, chosen, by_clients=by_clients)):
        if spec.gateway == TODAY.name and (chosen or spec.race not in OF_OUR_GATEWAY):
            virtual = program.app is not None
            words = spec.settings if virtual else {**SHORT.get(spec.race, {}), **spec.settings}
            engine = "virtual" if virtual else "live"
            found.append(replace(spec, gateway=program.name, own_gateway=program, engine=engine, settings=words))
    return found


def play(spec: RunSpec) -> Score:
    """Play one run and score it; the score has the gateway's name in the tables."""
    result = run_plan(race_plan(spec))
    trace, m = result.trace, result.metrics
    gone, failed = next(trace.of(JobDeleted), None), next(trace.of(RunFailed), None)
    return Score(
        spec.race,
        spec.client,
        spec.gateway,
        spec.sdk,
        spec.balance,
        spec.seed,
        result.outcome,
        result.error.type if result.error else None,
        result.verdict,
        tuple(dict.fromkeys(violation.promise for violation in result.violations)),
        result.outcome == "completed",
        m.first_step_s,
        round(failed.at_s - gone.at_s, 6) if gone and failed else None,
        m.requests,
        sum(1 for _ in refusals(trace)),
        m.peak_requests_per_s,
        m.control_plane_probes,
        m.strong_reads,
        m.steps_applied_twice,
        counts(trace),
        m.finished_s,
        result.digest,
    )


def scores(entries: Sequence[RunSpec], workers: Workers, store: Store | None = None) -> Iterator[Score]:
    """Play all runs and yield their scores in the order given, whichever workers play them, and what a store has."""

    def running(left: Sequence[RunSpec]) -> Iterator[Score]:
        return map(play, left) if workers.alone else spread(play, left, workers, chunk=chunk_of(left))

    yield from kept(store, entries, running, row, "score")


def row(spec: RunSpec, score: Score) -> Row:
    """Return the columns of a score in a store of runs."""
    return {
        **of_spec(spec),
        "verdict": score.verdict, "outcome": score.outcome, "error": score.error, "digest": score.digest,
        "broken": list(score.broke), "anomalies": sorted(score.anomalies),
        "first_step_s": score.first_step_s, "finished_s": score.finished_s, "requests": score.requests,
        "peak_requests_per_s": score.peak, "control_plane_probes": score.probes, "strong_reads": score.strong_reads,
        "steps_applied_twice": score.twice,
    }  # fmt: skip
