"""`gateway-sim judge`: a log of a team's own orchestrator, held to the promises of the stories."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gateway_sim.scenarios.apps.cli.document import printed
from gateway_sim.scenarios.apps.cli.options import Json, settings_words
from gateway_sim.scenarios.apps.cli.screen import screen


def judge_log(
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="FILE...",
            help="Tables of Airflow (dag_run, task_instance), or events as CSV: see docs/event-logs.md.",
        ),
    ],
    limit: Annotated[
        list[str] | None,
        typer.Option(metavar="WHAT=N", help="A limit: pool:NAME=N, dag:DAG=N, backfill:ID=N. Repeatable."),
    ] = None,
    depends_on_past: Annotated[
        list[str] | None, typer.Option(metavar="DAG", help="In this DAG tasks wait for their past. Repeatable.")
    ] = None,
    sla: Annotated[
        list[str] | None,
        typer.Option(metavar="DAG=SECONDS", help="A run must end so long after it was queued. Repeatable."),
    ] = None,
    start_within: Annotated[
        float | None,
        typer.Option(min=0, metavar="SECONDS", help="A queued run may wait so long beside a free place of its limit."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Judge an orchestrator's log; exit 1 if a promise was broken in it, or if it tells too little to judge one.

    The options say what Airflow's tables do not hold. A promise that the log cannot be held to is named, with why.
    """
    from gateway_sim.scenarios.orchestration.logs.facts import Facts, limits_of, seconds_of
    from gateway_sim.scenarios.orchestration.logs.judged import judge
    from gateway_sim.scenarios.orchestration.logs.source import read_log
    from gateway_sim.scenarios.report.judged_log import judgement_lines

    facts = Facts(
        limits_of(settings_words(limit, "--limit")),
        tuple(depends_on_past or ()),
        seconds_of(settings_words(sla, "--sla")),
        start_within,
    )
    found = judge(read_log(files, facts))
    if as_json:
        printed("judge", found.document())
    else:
        for line in judgement_lines(found):
            screen().print(line, soft_wrap=True)
    raise typer.Exit(0 if found.held else 1)
