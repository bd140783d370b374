"""`gateway-sim explore`: thousands of random worlds; the first that breaks a promise is shrunk."""

from pathlib import Path
from typing import Annotated

import typer

from gateway_sim.scenarios.apps.cli.choices import completed
from gateway_sim.scenarios.apps.cli.document import printed
from gateway_sim.scenarios.apps.cli.files import check_folder
from gateway_sim.scenarios.apps.cli.options import (
    Client,
    Driver,
    Gateway,
    Jobs,
    Json,
    Parts,
    Scheduler,
    Sets,
    StoreFolder,
    settings_words,
    workers_of,
)
from gateway_sim.scenarios.apps.cli.progress import Ending, stoppable, watched
from gateway_sim.scenarios.apps.cli.screen import screen
from gateway_sim.scenarios.apps.cli.stores import storing
from gateway_sim.scenarios.sim.errors import check


def explore_worlds(
    race: Annotated[
        str | None,
        typer.Argument(
            help="Use this race's story and promises, or play a story's seeds. Default: train one job.",
            autocompletion=completed("race or scenario"),
        ),
    ] = None,
    client: Client = "plain",
    gateway: Gateway = "not-found",
    sdk: Annotated[
        str, typer.Option(help="The SDK whose behaviour the client has.", autocompletion=completed("sdk"))
    ] = "tinker-0.15",
    driver: Driver = "client",
    balance: Annotated[
        str | None,
        typer.Option(
            help="per-connection or per-request.", show_default="drawn too", autocompletion=completed("balance")
        ),
    ] = None,
    seeds: Annotated[int, typer.Option(min=1, help="How many worlds to draw.")] = 1000,
    first: Annotated[int, typer.Option(min=0, help="The first seed; the others follow it.")] = 0,
    sets: Sets = None,
    part: Parts = None,
    jobs: Jobs = None,
    scheduler: Scheduler = None,
    store: StoreFolder = None,
    check_determinism: Annotated[
        bool, typer.Option("--check-determinism", help="Play each world twice; the first event that differs is shown.")
    ] = False,
    shrink: Annotated[bool, typer.Option(help="Shrink the first failing world.")] = True,
    found_in: Annotated[Path, typer.Option("--found-in", metavar="DIR", help="Write the shrunk world here.")] = Path(
        "found"
    ),
    as_json: Json = False,
) -> None:
    """Draw worlds from seeds and play them; exit 0 if no promise was broken, 1 if one was or if none was exercised.

    --set fixes a setting that is drawn otherwise. The first failing world is shrunk and written as a file for
    `gateway-sim replay` and as a race for scenarios/races/. Of a story of orchestration the seeds are played, in the
    variant fixed unless --set names another, with the parts of --part; nothing is shrunk there. Ctrl-C shows the
    findings so far.
    """
    if shrink:
        check_folder("--found-in", found_in)
    workers = workers_of(jobs, scheduler)
    from rich.console import Console

    from gateway_sim.scenarios import races
    from gateway_sim.scenarios.orchestration import stories
    from gateway_sim.scenarios.report.findings import findings_card, smallest_card
    from gateway_sim.scenarios.run.matrix import gateway_words
    from gateway_sim.scenarios.search.explore.artifacts import smallest_of
    from gateway_sim.scenarios.search.explore.search import Findings, explore, playing
    from gateway_sim.scenarios.search.explore.search_config import SearchConfig
    from gateway_sim.scenarios.search.explore.story_search import StorySearch, search_of

    policy, words = gateway_words(gateway, settings_words(sets))
    race = race and check("race or scenario", race, [*races.known(race), *stories.names()])
    search = search_of(SearchConfig(race, client, policy, sdk, balance, words, driver), settings_words(part, "--part"))
    search.check()
    said = Console(stderr=True)
    found, ending = Findings(search), Ending()
    where = playing(seeds, workers).words
    who = f"client {client}" if driver == "client" else f"{sdk} itself, client {client}"
    who = f"{who}, gateway {gateway}" if isinstance(search, SearchConfig) else search.words
    said.print(f"{seeds} worlds of {race or 'any kind'}: {who}, {where}", style="dim")
    drawn = range(first, first + seeds)
    with storing(store, "explore", ending, said, runs=seeds) as kept, stoppable(ending, said):
        running = explore(search, drawn, workers, twice=check_determinism, store=kept)
        for one in watched(running, "exploring", total=seeds, console=said, note=lambda: f"{len(found.broken)} broken"):
            found.add(one)
    smallest = None
    if found.broken and shrink and not ending.stopped and isinstance(search, SearchConfig):
        try:
            with stoppable(ending, said):
                smallest = smallest_of(search, found.broken[0].seed, found_in, said)
        except OSError as error:
            lost = f"the smallest world could not be written to {found_in}: {error.strerror or error}"
            said.print(lost, style="bold red")
    if as_json:
        left = smallest and smallest.document()
        printed("explore", {**found.document(), "stopped": ending.stopped, "smallest": left})
    else:
        screen().print(findings_card(found, seeds), crop=False)
        if smallest:
            screen().print(smallest_card(smallest), crop=False)
        if found.broken and isinstance(search, StorySearch):
            screen().print(search.spec(found.broken[0].seed).replay_of_story, style="dim", soft_wrap=True)
    raise typer.Exit(ending.status(held=found.held))
