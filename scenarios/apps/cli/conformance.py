"""`gateway-sim conformance`: real SDKs against every answer on every leg."""

import dataclasses
import datetime
import shlex
from pathlib import Path
from typing import Annotated

import typer

from gateway_sim.scenarios.apps.cli.document import printed
from gateway_sim.scenarios.apps.cli.files import check_written, written
from gateway_sim.scenarios.apps.cli.options import Json, Sdks
from gateway_sim.scenarios.apps.cli.progress import progress_bar
from gateway_sim.scenarios.apps.cli.sdk import installed

QUICK_HOLD_S, FULL_HOLD_S = 4.5, 9.0
"""Each ends between two retries of the SDKs, so that milliseconds do not change the number of retries."""


def conformance(
    sdk: Sdks = None,
    quick: Annotated[bool, typer.Option("--quick", help="Only the answers and legs that matter in the races.")] = False,
    hold_s: Annotated[float | None, typer.Option(min=0.1, help="How long each fault lasts, in seconds.")] = None,
    jobs: Annotated[int, typer.Option(min=1, help="How many cells run at the same time; they mostly wait.")] = 8,
    resume: Annotated[
        Path | None, typer.Option(help="Store each cell in this file, and skip those already in it.")
    ] = None,
    page: Annotated[
        Path | None, typer.Option(help="Write the table as a page here, and its cells beside it as .jsonl.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Measure real SDKs under every answer on every leg: the user's error, and the number of requests.

    Exit 0 if the virtual engine's profiles agree with each measured cell, 1 if not. Each cell is stored at once: a
    stopped run names the file, and `--resume` continues from it.
    """
    from rich.console import Console

    from gateway_sim.scenarios.compare.conformance import kept
    from gateway_sim.scenarios.compare.conformance.answers import ANSWERS, QUICK_ANSWERS
    from gateway_sim.scenarios.compare.conformance.by_profile import apart, expected
    from gateway_sim.scenarios.compare.conformance.places import PLACES, QUICK_PLACES
    from gateway_sim.scenarios.compare.conformance.table import cells, fill
    from gateway_sim.scenarios.engines.live.sdks.environments import home
    from gateway_sim.scenarios.report import conformance as pages

    check_written(("--resume", resume), ("--page", page))
    said = Console(stderr=True)
    names = installed(sdk)
    command = command_line(names, quick=quick, hold_s=hold_s)
    hold_s = hold_s or (QUICK_HOLD_S if quick else FULL_HOLD_S)
    answers, places = (QUICK_ANSWERS, QUICK_PLACES) if quick else (tuple(ANSWERS), tuple(PLACES))
    wanted = list(cells(names, places, answers))
    if resume:
        keep_in, held = resume, kept.resume(resume, hold_s)
    else:
        keep_in, held = home().parent / "conformance.jsonl", []
        keep_in.parent.mkdir(parents=True, exist_ok=True)
        kept.begin(keep_in, hold_s)
    found = [row for row in held if row.name in wanted]
    left = [cell for cell in wanted if cell not in {row.name for row in found}]
    with progress_bar(said) as progress:
        task = progress.add_task("measuring", total=len(wanted), completed=len(found), note="")
        try:
            found += fill(left, hold_s=hold_s, jobs=jobs, keep_in=keep_in, each=lambda row: progress.advance(task))
        except BaseException:
            said.print(f"the measured cells are kept; continue with --resume {keep_in}", soft_wrap=True)
            raise
        task = progress.add_task("asking the profiles", total=len(wanted), note="")
        profiled = expected(wanted, hold_s=hold_s, each=lambda: progress.advance(task))
    differ = apart(found, profiled)
    if as_json:
        rows = [
            {**dataclasses.asdict(row), "heeds_retry_after": row.heeds_retry_after, "times_done": row.times_done}
            for row in pages.in_order(found)
        ]
        unlike = [{"measured": dataclasses.asdict(row), "profile": dataclasses.asdict(said)} for row, said in differ]
        printed("conformance", {"hold_s": hold_s, "cells": rows, "profiles_apart": unlike})
    else:
        out = Console()
        out.print(pages.terminal(found))
        for sentence in pages.agreement(found, differ):
            out.print(sentence)
    if page:
        today = datetime.datetime.now(datetime.UTC).date().isoformat()
        written(page, pages.markdown(found, differ, command=command, date=today, hold_s=hold_s))
        cells_file = page.with_suffix(".jsonl")
        kept.write(cells_file, pages.in_order(found), hold_s)
        said.print(f"page: {page}, its cells: {cells_file}", style="dim")
    raise typer.Exit(1 if differ else 0)


def command_line(names: list[str], *, quick: bool, hold_s: float | None) -> str:
    """Return the command that repeats the measurement."""
    words = ["gateway-sim", "conformance", *(word for name in names for word in ("--sdk", name))]
    words += ["--quick"] if quick else []
    words += ["--hold-s", f"{hold_s:g}"] if hold_s else []
    return shlex.join(words)
