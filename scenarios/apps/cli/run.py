"""`gateway-sim run`: one race, one pair, one seed or many."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gateway_sim.scenarios.apps.cli.choices import completed
from gateway_sim.scenarios.apps.cli.config_file import ConfigFile, read_config
from gateway_sim.scenarios.apps.cli.document import printed
from gateway_sim.scenarios.apps.cli.evidence import Evidence, beside
from gateway_sim.scenarios.apps.cli.files import check_written
from gateway_sim.scenarios.apps.cli.options import (
    Balance,
    Client,
    DynamodbEndpoint,
    Gateway,
    GatewayApp,
    GatewayCommand,
    GatewayReady,
    GatewayReplicas,
    GatewayUrls,
    Json,
    Parts,
    Scheduler,
    Sets,
    StoreFolder,
    TraceFile,
    own_gateway_of,
    settings_words,
    told_variables,
    workers_of,
)
from gateway_sim.scenarios.apps.cli.progress import Ending, stoppable, watched
from gateway_sim.scenarios.apps.cli.screen import screen
from gateway_sim.scenarios.apps.cli.stores import storing
from gateway_sim.scenarios.apps.cli.sweep_settings import SweepAsked, check_sweep, play_sweep, swept_words

if TYPE_CHECKING:
    from gateway_sim.scenarios.run.result import RunResult


def run_race(
    race: Annotated[
        str,
        typer.Argument(
            help="A race or a scenario; `gateway-sim list` names them.", autocompletion=completed("race or scenario")
        ),
    ],
    arguments: Annotated[
        list[str] | None, typer.Argument(metavar="[-- ARGS]", help="The arguments of --script.", show_default=False)
    ] = None,
    script: Annotated[
        str | None, typer.Option(metavar="FILE.py", help="Let this program of yours train, unmodified.")
    ] = None,
    python: Annotated[
        str | None, typer.Option(metavar="PATH", help="The interpreter of --script.", show_default="this one")
    ] = None,
    client: Client = "plain",
    gateway: Gateway = "not-found",
    gateway_command: GatewayCommand = None,
    gateway_url: GatewayUrls = None,
    gateway_app: GatewayApp = None,
    gateway_replicas: GatewayReplicas = None,
    gateway_ready: GatewayReady = None,
    sdk: Annotated[
        str | None,
        typer.Option(
            help="Which SDK: its behaviour, or live the SDK itself.",
            show_default="tinker-0.15",
            autocompletion=completed("sdk"),
        ),
    ] = None,
    balance: Balance = "per-connection",
    seed: Annotated[
        int | None, typer.Option(min=0, help="The seed of every choice in the run.", show_default="0")
    ] = None,
    seeds: Annotated[int | None, typer.Option(min=1, help="Run seeds 0 to N-1 instead of one.")] = None,
    engine: Annotated[
        str | None,
        typer.Option(
            help="virtual (a clock that jumps) or live (sockets and processes).",
            show_default="virtual; live with a gateway of your own",
            autocompletion=completed("engine"),
        ),
    ] = None,
    driver: Annotated[
        str | None,
        typer.Option(
            help="client (this project's, behaving as the SDK) or sdk (the SDK itself).",
            show_default="sdk if live and --sdk is given",
            autocompletion=completed("driver"),
        ),
    ] = None,
    sets: Sets = None,
    part: Parts = None,
    trace: TraceFile = None,
    config: Annotated[
        Path | None,
        typer.Option(metavar="FILE.toml", help="Take settings, sweeps and seeds from this file; --set wins."),
    ] = None,
    sweeps: Annotated[
        list[str] | None,
        typer.Option(
            "--sweep",
            metavar="K=A,B,C",
            help="Play each value of a setting (or LOW..HIGH:STEP); may be repeated.",
            autocompletion=completed("K=V"),
        ),
    ] = None,
    html: Annotated[
        Path | None, typer.Option(help="Write the page of the run or the sweep here: a timeline, or its pictures.")
    ] = None,
    markdown: Annotated[Path | None, typer.Option(help="Write the table of --sweep here, for a repository.")] = None,
    against: Annotated[
        list[str] | None,
        typer.Option(
            metavar="GATEWAY[,K=V]",
            help="Draw the same run under this gateway policy too.",
            autocompletion=completed("gateway"),
        ),
    ] = None,
    perfetto: Annotated[Path | None, typer.Option(help="Write the timeline here for ui.perfetto.dev.")] = None,
    dynamodb_endpoint: DynamodbEndpoint = None,
    jobs: Annotated[
        int | None,
        typer.Option(
            min=1, help="Processes of --seeds in the virtual engine.", show_default="one a core where they pay"
        ),
    ] = None,
    scheduler: Scheduler = None,
    store: StoreFolder = None,
    calls: Annotated[
        bool,
        typer.Option("--calls", help="Print a line of JSON on stderr for each call, and for each action of the pod."),
    ] = False,
    as_json: Json = False,
) -> None:
    """Run one race; exit 0 if it went as expected, 1 if not.

    Ctrl-C shows the runs of --seeds or --sweep so far, and writes no page.
    """
    from rich.console import Console

    from gateway_sim.scenarios.report.story_tables import seeds_figures
    from gateway_sim.scenarios.report.tables import run_card, seeds_table
    from gateway_sim.scenarios.run.effect import without_effect
    from gateway_sim.scenarios.run.plans import OWN_CLIENT, RacePlan, resolve
    from gateway_sim.scenarios.run.runner import run_plans
    from gateway_sim.scenarios.run.spec import Program, RunSpec

    said = Console(stderr=True)
    given, told = settings_words(sets), read_config(config) if config else ConfigFile()
    parts = settings_words(part, "--part")
    swept = swept_words(sweeps, told.sweep, given)
    words = {name: word for name, word in {**told.settings, **given}.items() if name not in swept}
    if seed is None and seeds is None:
        seed, seeds = told.seed, told.seeds
    own_gateway = own_gateway_of(gateway_command, gateway_url, gateway_replicas, gateway_ready, gateway_app)
    engine = engine or ("live" if own_gateway and not own_gateway.app else "virtual")
    if jobs and (engine == "live" or not (seeds or swept)):
        raise typer.BadParameter(
            "--jobs shares --seeds of the virtual engine out; leave it out of one run or a live one"
        )
    if scheduler and (engine == "live" or not (seeds or swept)):
        raise typer.BadParameter(
            "--scheduler plays --seeds of the virtual engine; leave it out of one run or a live one"
        )
    if store and (engine == "live" or not (seeds or swept)):
        raise typer.BadParameter("--store keeps --seeds of the virtual engine; leave it out of one run or a live one")
    if seed is not None and seeds:
        raise typer.BadParameter(
            f"--seeds {seeds} runs seeds 0 to {seeds - 1}, and --seed {seed} one; give one of them"
        )
    if swept:
        check_sweep(trace=trace, perfetto=perfetto, against=against, calls=calls)
        check_written(("--html", html), ("--markdown", markdown), reads={"--config": config})
    elif markdown:
        raise typer.BadParameter("--markdown writes the table of a sweep; name what to sweep with --sweep")
    seed = seed or 0
    if calls and seeds:
        raise typer.BadParameter("--calls prints one run; name it with --seed instead of --seeds")
    if dynamodb_endpoint and engine != "live":
        raise typer.BadParameter("--dynamodb-endpoint needs --engine live; the virtual engine keeps its table in moto")
    if dynamodb_endpoint and not dynamodb_endpoint.startswith(("http://", "https://")):
        raise typer.BadParameter(f"--dynamodb-endpoint {dynamodb_endpoint}: write a URL, such as http://127.0.0.1:8000")
    if arguments and not script:
        hint = f"--set {arguments[0]}" if "=" in arguments[0] else "--set NAME=VALUE"
        raise typer.BadParameter(
            f"{arguments[0]} would be an argument of a script, and --script names none; a setting is {hint}"
        )
    if python and not script:
        raise typer.BadParameter("--python is the interpreter of a script; name it with --script")
    if script and (sdk or driver):
        # also the usual ones: a spec cannot tell that they were named
        raise typer.BadParameter(OWN_CLIENT)
    program = Program(script, tuple(arguments or ()), python) if script else None
    driver = driver or ("sdk" if sdk and engine == "live" else "client")

    spec = RunSpec(race, client, gateway, sdk or "tinker-0.15", balance, engine, driver, seed, words, program)
    spec = replace(spec, own_gateway=own_gateway, parts=parts)
    numbers = range(seeds) if seeds else [seed]
    with told.named(given):
        if swept:
            play_sweep(spec, SweepAsked(swept, numbers, jobs, scheduler, store, html, markdown), said, as_json=as_json)
            return
        plans = [resolve(replace(spec, seed=number), dynamodb_endpoint) for number in numbers]
    evidence = Evidence(trace, html, perfetto)
    evidence.check(plans[0], many=seeds is not None, against=against or ())
    first = plans[0].spec
    others = [resolve(beside(first, other)) for other in against or ()]
    told_variables(first.own_gateway, said)
    running: Iterable[RunResult] = run_plans(plans)
    ending = Ending()
    if seeds:
        from gateway_sim.scenarios.run.sweep import jobs_worth, sweep

        specs = [plan.spec for plan in plans]
        workers = workers_of(jobs, scheduler, jobs_worth(specs))
        results = []
        with storing(store, "run", ending, said, runs=seeds) as kept, stoppable(ending, said):
            if engine == "virtual":
                running = sweep(specs, workers, whole=True, store=kept)
            for result in watched(running, f"{race}, {seeds} seeds", total=seeds, console=said):
                results.append(result)
    else:
        said.print(f"running {plans[0].title}, {engine} engine, seed {seed}", style="dim", soft_wrap=True)
        results = list(running)
    if calls:
        from gateway_sim.scenarios.judge.calls import call_lines

        for line in call_lines(results[0].trace):
            print(line, file=sys.stderr)
    if as_json:
        if seeds:
            printed("runs", {**_of_many(results), "stopped": ending.stopped})
        else:
            printed("run", results[0].document())
    else:
        screen().print(seeds_table(results) if seeds else run_card(results[0]), crop=False)
        if seeds:
            screen().print(seeds_figures(results))
        if ending.stopped:
            screen().print(f"Stopped after {len(results)} of {seeds} runs.")
    # the verdict first: writing a file may fail on a full disk
    if not ending.stopped:
        evidence.write([*results, *run_plans(others)], first, said)
    if words and not seeds and engine == "virtual" and isinstance(plans[0], RacePlan) and not first.by_guest:
        for name in without_effect(replace(first, gateway=gateway, settings=words), results[0]):
            said.print(
                f"{name}={words[name]} had no effect: without it each event of this run is the same; "
                f"see gateway-sim explain {name}",
                style="yellow",
                soft_wrap=True,
            )
    raise typer.Exit(ending.status(held=all(result.as_expected for result in results)))


def _of_many(results: list[RunResult]) -> dict[str, Any]:
    return {
        "runs": [result.document() for result in results],
        "finished": sum(result.outcome == "completed" for result in results),
        "kept": sum(result.verdict == "kept" for result in results),
    }
