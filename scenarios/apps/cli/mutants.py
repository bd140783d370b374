"""`gateway-sim mutants`: break parts on purpose, and check that a promise detects it."""

from typing import Annotated

import typer

from gateway_sim.scenarios.apps.cli.choices import completed
from gateway_sim.scenarios.apps.cli.document import printed
from gateway_sim.scenarios.apps.cli.options import Json
from gateway_sim.scenarios.apps.cli.progress import watched
from gateway_sim.scenarios.apps.cli.screen import screen
from gateway_sim.scenarios.sim.errors import check


def play_mutants(
    mutation: Annotated[
        list[str] | None,
        typer.Argument(help="Try these mutations. Default: all.", autocompletion=completed("mutation")),
    ] = None,
    as_json: Json = False,
) -> None:
    """Break one part after the other; exit 0 if its races are kept while it is sound, and broken while it is not."""
    from rich.console import Console
    from rich.table import Table

    from gateway_sim.scenarios.search import mutations
    from gateway_sim.scenarios.search.mutants import cases, left_out, trials

    known = mutations.names()
    names = [check("mutation", name, known) for name in mutation or known]
    said = Console(stderr=True)
    tried = list(watched(trials(names), "mutants", total=len(cases(names)), console=said))
    for sentence in left_out(names):
        said.print(sentence)
    survived = [trial for trial in tried if not trial.caught]
    if as_json:
        printed("mutants", {"trials": [trial.document() for trial in tried], "survived": len(survived)})
        raise typer.Exit(1 if survived else 0)
    table = Table(
        "part", "broken so", "race or story", "client", "gateway", "seed", "caught by", box=None, padding=(0, 1, 0, 0)
    )
    for trial in sorted(tried, key=lambda trial: trial.mutation.part):
        guard = trial.guard
        verdict = guard.promise if trial.caught else f"SURVIVED: {trial.whole} whole, {trial.broken} broken"
        told = trial.document()
        words = (trial.mutation.part, trial.mutation.name, guard.race, told["client"], told["gateway"])
        table.add_row(*words, str(trial.seed), verdict, style=None if trial.caught else "bold red")
    out = screen(least=160)
    out.print(table)
    out.print(f"{len(tried) - len(survived)} of {len(tried)} caught")
    raise typer.Exit(1 if survived else 0)
