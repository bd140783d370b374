"""`gateway-sim sdk survey`: the real SDKs in virtual time, in every race under every gateway."""

from __future__ import annotations

import shlex
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gateway_sim.scenarios.apps.cli.document import printed
from gateway_sim.scenarios.apps.cli.files import check_written, written
from gateway_sim.scenarios.apps.cli.options import Jobs, Json, Sdks
from gateway_sim.scenarios.apps.cli.progress import Ending, stoppable, watched
from gateway_sim.scenarios.apps.cli.screen import screen
from gateway_sim.scenarios.apps.cli.sdk import installed

if TYPE_CHECKING:
    from gateway_sim.scenarios.compare.tournament import Score
    from gateway_sim.scenarios.compare.warm_up_costs import Row


def survey(
    sdk: Sdks = None,
    seeds: Annotated[int, typer.Option(min=1, help="Play seeds 0 to N-1 behind each balancer.")] = 50,
    race: Annotated[list[str] | None, typer.Option(help="Play this race only; may be repeated.")] = None,
    jobs: Jobs = None,
    page: Annotated[Path | None, typer.Option(help="Write the tables as a page of Markdown here.")] = None,
    as_json: Json = False,
) -> None:
    """Play real SDKs in virtual time in every race under every gateway; exit 0.

    The table of PR 348 comes first, measured with each SDK. Ctrl-C shows the runs so far, and writes no page.
    """
    from rich.console import Console

    from gateway_sim.scenarios.compare.sdk_survey import questions_of, shares_by_sdk, specs, summaries
    from gateway_sim.scenarios.compare.tournament import scores
    from gateway_sim.scenarios.report.sdk_survey import survey_markdown, survey_terminal
    from gateway_sim.scenarios.run.workers import Workers, default_jobs

    check_written(("--page", page))
    said = Console(stderr=True)
    names = installed(sdk)
    entries, workers = specs(names, seeds, race or ()), Workers(jobs or default_jobs())
    said.print(f"{len(entries)} runs {workers.words}", style="dim")
    rows: dict[str, list[Row]] = {}
    found: list[Score] = []
    ending = Ending()
    with stoppable(ending, said):
        for name in watched(names, "PR 348's table", total=len(names), console=said):
            rows[name] = questions_of(name)
        found += watched(scores(entries, workers), "survey", total=len(entries), console=said)
    if as_json:
        printed(
            "sdk-survey",
            {
                "seeds": seeds,
                "runs": len(found),
                "comparisons": {name: [row.document() for row in of_sdk] for name, of_sdk in rows.items()},
                "gateways": [asdict(one) for one in summaries(found)],
                "races": [{"sdk": name, **one} for name, counted in shares_by_sdk(found) for one in counted],
                "stopped": ending.stopped,
            },
        )
    else:
        out = screen()
        out.print(survey_terminal(rows, found))
        if ending.stopped:
            out.print(f"stopped after {len(found)} of {len(entries)} runs: the numbers are without the others")
    if page and not ending.stopped:
        written(page, survey_markdown(command_line(sdk, seeds, race, page), rows, found), "page", said)
    raise typer.Exit(ending.status(held=True))


def command_line(sdks: list[str] | None, seeds: int, races: list[str] | None, page: Path) -> str:
    """Return the command that writes the page again."""
    words = [*(word for name in sdks or () for word in ("--sdk", name)), "--seeds", str(seeds)]
    words += [word for name in races or () for word in ("--race", name)]
    return shlex.join(["gateway-sim", "sdk", "survey", *words, "--page", str(page)])
