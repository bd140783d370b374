"""`gateway-sim conformance`: real SDKs against every answer on every leg."""

from __future__ import annotations

import dataclasses
import datetime
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gateway_sim.scenarios.apps.cli.choices import completed
from gateway_sim.scenarios.apps.cli.document import printed
from gateway_sim.scenarios.apps.cli.files import check_written, written
from gateway_sim.scenarios.apps.cli.options import Json, Scheduler, Sdks, StoreFolder, workers_of
from gateway_sim.scenarios.apps.cli.progress import progress_bar, watched
from gateway_sim.scenarios.apps.cli.screen import screen
from gateway_sim.scenarios.apps.cli.sdk import installed
from gateway_sim.scenarios.apps.cli.stores import storing

if TYPE_CHECKING:
    from rich.console import Console

    from gateway_sim.scenarios.compare.conformance.cell import Cell, Found

QUICK_HOLD_S, FULL_HOLD_S = 4.5, 9.0
"""Each ends between two retries of the SDKs, so that milliseconds do not change the number of retries."""


def conformance(
    port: Annotated[str | None, typer.Argument(hidden=True)] = None,
    sdk: Sdks = None,
    quick: Annotated[bool, typer.Option("--quick", help="Only the answers and legs that matter in the races.")] = False,
    hold_s: Annotated[float | None, typer.Option(min=0.1, help="How long each fault lasts, in seconds.")] = None,
    jobs: Annotated[int, typer.Option(min=1, help="How many cells run at the same time; they mostly wait.")] = 8,
    engine: Annotated[
        str | None,
        typer.Option(
            help="virtual (the SDKs on a clock that jumps) or live (on the real clock).",
            show_default="live if a file is written",
            autocompletion=completed("engine"),
        ),
    ] = None,
    live: Annotated[
        int, typer.Option("--live", min=0, help="How many cells of the virtual engine are measured live too.")
    ] = 12,
    scheduler: Scheduler = None,
    store: StoreFolder = None,
    resume: Annotated[
        Path | None, typer.Option(help="Store each cell in this file, and skip those already in it.")
    ] = None,
    page: Annotated[
        Path | None, typer.Option(help="Write the table as a page here, and its cells beside it as .jsonl.")
    ] = None,
    gateway_command: Annotated[str | None, typer.Option(hidden=True)] = None,
    gateway_url: Annotated[str | None, typer.Option(hidden=True)] = None,
    as_json: Json = False,
) -> None:
    """Measure real SDKs under every answer on every leg: the user's error, and the number of requests.

    Exit 0 if the virtual engine's profiles agree with each measured cell, and the cells measured live with the virtual
    ones; 1 if not. A cell that is measured for a file is stored at once: a stopped run names the file, and `--resume`
    continues from it.
    """
    workers = workers_of(None, scheduler)
    from rich.console import Console

    from gateway_sim.scenarios.compare.conformance import kept
    from gateway_sim.scenarios.compare.conformance.answers import ANSWERS, QUICK_ANSWERS
    from gateway_sim.scenarios.compare.conformance.by_guest import by_guests
    from gateway_sim.scenarios.compare.conformance.by_profile import apart, expected
    from gateway_sim.scenarios.compare.conformance.places import PLACES, QUICK_PLACES
    from gateway_sim.scenarios.compare.conformance.table import cells, fill
    from gateway_sim.scenarios.report import conformance as pages
    from gateway_sim.scenarios.sim.errors import check
    from gateway_sim.scenarios.world.policies import ENGINES

    if port is not None:
        raise typer.BadParameter(
            f"conformance measures SDKs; `gateway-sim contract {port}` holds a part to the contract of its port"
        )
    if gateway_command or gateway_url:
        raise typer.BadParameter(
            "conformance measures SDKs; `gateway-sim contract` with the same option holds a gateway to the contract"
        )
    check_written(("--resume", resume), ("--page", page))
    engine = check("engine", engine or ("live" if page or resume else "virtual"), ENGINES)
    if engine == "virtual" and (page or resume):
        raise typer.BadParameter("--page and --resume hold what was measured live; leave --engine virtual out")
    if engine == "live" and (scheduler or store):
        option = "--scheduler" if scheduler else "--store"
        raise typer.BadParameter(f"{option} is for the virtual engine; a live measurement is kept with --resume FILE")
    said = Console(stderr=True)
    names = installed(sdk)
    command = command_line(names, quick=quick, hold_s=hold_s)
    hold_s = hold_s or (QUICK_HOLD_S if quick else FULL_HOLD_S)
    answers, places = (QUICK_ANSWERS, QUICK_PLACES) if quick else (tuple(ANSWERS), tuple(PLACES))
    wanted = list(cells(names, places, answers))
    sample: list[Found] = []
    if engine == "virtual":
        with storing(store, "conformance", None, said, runs=len(wanted)) as stored:
            guests = by_guests(wanted, workers, hold_s=hold_s, store=stored)
            found = list(watched(guests, "measuring", total=len(wanted), console=said))
        brief = [cell for cell in wanted if not ANSWERS[cell[2]].endless and not ANSWERS[cell[2]].silent]
        chosen = brief[:: -(-len(brief) // live)] if live else []
        with progress_bar(said) as progress:
            task = progress.add_task("measuring live", total=len(chosen), note="")
            sample = fill(chosen, hold_s=hold_s, jobs=jobs, keep_in=None, each=lambda row: progress.advance(task))
    else:
        found = _measured_live(wanted, said, hold_s=hold_s, jobs=jobs, resume=resume)
    with progress_bar(said) as progress:
        task = progress.add_task("asking the profiles", total=len(wanted), note="")
        profiled = expected(wanted, hold_s=hold_s, each=lambda: progress.advance(task))
    differ, unlike_live = apart(found, profiled), apart(sample, found)
    if as_json:
        rows = [
            {**dataclasses.asdict(row), "heeds_retry_after": row.heeds_retry_after, "times_done": row.times_done}
            for row in pages.in_order(found)
        ]
        unlike = [{"measured": dataclasses.asdict(row), "profile": dataclasses.asdict(said)} for row, said in differ]
        beside = [{"live": dataclasses.asdict(row), "virtual": dataclasses.asdict(one)} for row, one in unlike_live]
        facts = {"hold_s": hold_s, "engine": engine, "cells": rows, "profiles_apart": unlike}
        printed("conformance", {**facts, "live": [row.name for row in sample], "live_apart": beside})
    else:
        out = screen()
        out.print(pages.terminal(found))
        for sentence in (*pages.agreement(found, differ), *pages.agreement_live(sample, unlike_live)):
            out.print(sentence)
    if page:
        today = datetime.datetime.now(datetime.UTC).date().isoformat()
        written(page, pages.markdown(found, differ, command=command, date=today, hold_s=hold_s))
        cells_file = page.with_suffix(".jsonl")
        kept.write(cells_file, pages.in_order(found), hold_s)
        said.print(f"page: {page}, its cells: {cells_file}", style="dim")
    raise typer.Exit(1 if differ or unlike_live else 0)


def _measured_live(wanted: list[Cell], said: Console, *, hold_s: float, jobs: int, resume: Path | None) -> list[Found]:
    """Measure the cells that `resume` does not hold yet, each stored at once, and return them all."""
    from gateway_sim.scenarios.compare.conformance import kept
    from gateway_sim.scenarios.compare.conformance.table import fill
    from gateway_sim.scenarios.engines.live.sdks.environments import home

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
    return found


def command_line(names: list[str], *, quick: bool, hold_s: float | None) -> str:
    """Return the command that repeats the measurement."""
    words = ["gateway-sim", "conformance", *(word for name in names for word in ("--sdk", name))]
    words += ["--quick"] if quick else []
    words += ["--hold-s", f"{hold_s:g}"] if hold_s else []
    return shlex.join(words)
