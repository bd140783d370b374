"""The laboratory as a library: run, verify and explore, in the words of the command line."""

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from gateway_sim.scenarios.compare.verification import Verification, expecting, to_verify
from gateway_sim.scenarios.races import Race
from gateway_sim.scenarios.run.matrix import gateway_words
from gateway_sim.scenarios.run.plans import race_plan, resolve
from gateway_sim.scenarios.run.result import RunResult
from gateway_sim.scenarios.run.runner import run_plan
from gateway_sim.scenarios.run.spec import GatewayProgram, Program, RunSpec
from gateway_sim.scenarios.run.store import Store, different
from gateway_sim.scenarios.run.sweep import sweep
from gateway_sim.scenarios.run.workers import Workers, default_jobs
from gateway_sim.scenarios.search.explore.search import Findings
from gateway_sim.scenarios.search.explore.search import explore as search_seeds
from gateway_sim.scenarios.search.explore.search_config import SearchConfig
from gateway_sim.scenarios.search.explore.story_search import search_of

Values = Mapping[str, object]
"""Settings of a world or a policy by name, as `--set` takes them; a value is written as Python writes it."""


def run(
    race: str | Path | Race | RunSpec,
    *,
    client: str = "plain",
    gateway: str = "not-found",
    sdk: str = "tinker-0.15",
    balance: str = "per-connection",
    engine: str | None = None,
    driver: str = "client",
    gateway_command: str | None = None,
    gateway_app: str | None = None,
    gateway_replicas: int | None = None,
    gateway_ready: str | None = None,
    script: str | Path | None = None,
    argv: Sequence[str] = (),
    python: str | None = None,
    seed: int = 0,
    settings: Values | None = None,
    parts: Mapping[str, str] | None = None,
) -> RunResult:
    """Run one race or story and judge it.

    `race` is a name, a file (of a race, or a log), a `Race`, or a whole `RunSpec`, which has the other words itself.
    `driver` is "client" or "sdk", the SDK itself; a `script` of the caller's trains instead, with `argv` and the
    interpreter `python` (None: this one).

    `gateway_command` starts a gateway of the caller's: `gateway_replicas` instances (None: as many as the race has).
    One is ready when it answers the path `gateway_ready` (None: anything). `gateway_app` ("module:name") is an ASGI
    application in its place, for either engine. `engine` None is "live" with a command, else "virtual".

    `parts` puts parts of the caller's own into a story, by port (docs/parts.md).

    `result.replay` is the command that runs a named race again. Raises `UsageError` before anything runs.
    """
    if isinstance(race, RunSpec):
        return run_plan(resolve(race))
    name = race.name if isinstance(race, Race) else str(race)
    program = None if script is None else Program(str(script), tuple(argv), python)
    own = None
    if gateway_command is not None or gateway_app is not None:
        own = GatewayProgram(gateway_command, (), gateway_ready, gateway_replicas, gateway_app)
    engine = engine or ("virtual" if gateway_command is None else "live")
    spec = RunSpec(name, client, gateway, sdk, balance, engine, driver, seed, _words(settings), program, own)
    spec = replace(spec, parts=dict(parts or {}))
    return run_plan(race_plan(spec, race=race) if isinstance(race, Race) else resolve(spec))


def verify(
    *races: str | Path,
    seeds: int = 1,
    full: bool = False,
    sdk: str | None = None,
    parts: Mapping[str, str] | None = None,
    jobs: int | None = None,
    scheduler: str | None = None,
    store: str | Path | None = None,
) -> Verification:
    """Run these races and stories, or all, under every pair; `held` says whether all went as expected.

    With `parts`, by port, only the stories that take one of them are played, and *fixed* must be kept. `seeds` plays
    every pair with the seeds 0 to N-1, `full` every pair of every race; with `sdk` that SDK itself trains. `jobs`
    is the number of processes (None: one a core); with a `scheduler` ("tcp://host:port") its workers play. The folder
    `store` keeps each run, and no run that is in it is played. Raises `UnknownWord` before anything
    runs.
    """
    wanted = to_verify(map(str, races), seeds=seeds, full=full, sdk=sdk, parts=parts)
    with _storing(store, "verify", runs=different(wanted), chosen=bool(races or sdk or parts)) as kept:
        played = sweep(wanted, Workers(jobs or default_jobs(), scheduler), store=kept)
        return Verification([expecting(result) for result in played])


def explore(
    race: str | Path | None = None,
    *,
    client: str = "plain",
    gateway: str = "not-found",
    sdk: str = "tinker-0.15",
    driver: str = "client",
    balance: str | None = None,
    seeds: int = 1000,
    first: int = 0,
    settings: Values | None = None,
    parts: Mapping[str, str] | None = None,
    jobs: int | None = None,
    scheduler: str | None = None,
    store: str | Path | None = None,
) -> Findings:
    """Draw a world from each seed, `first` and those that follow, play it, and return what was found.

    A race gives the story and the promises; None trains one job. Of a story of orchestration the seeds are played, in
    the variant *fixed* unless `settings` name another, with `parts` of the user's by port. `settings` are fixed, the
    others drawn. `jobs`, `scheduler` and `store` are those of `verify`. Raises `UsageError` before anything runs.
    """
    policy, words = gateway_words(gateway, _words(settings))
    told = SearchConfig(None if race is None else str(race), client, policy, sdk, balance, words, driver)
    search = search_of(told, parts or {})
    found = Findings(search)
    workers = Workers(jobs or default_jobs(), scheduler)
    with _storing(store, "explore", runs=seeds) as kept:
        for one in search_seeds(search, range(first, first + seeds), workers, store=kept):
            found.add(one)
    return found


def _storing(
    folder: str | Path | None, command: str, **told: object
) -> contextlib.AbstractContextManager[Store | None]:
    return contextlib.nullcontext() if folder is None else Store(Path(folder), command, told)


def _words(settings: Values | None) -> dict[str, str]:
    return {name: str(value) for name, value in (settings or {}).items()}
