"""`gateway-sim proposal`: the page of the proposed gateway change, with figures from runs."""

from pathlib import Path
from typing import Annotated

import typer

from gateway_sim.scenarios.apps.cli.document import printed
from gateway_sim.scenarios.apps.cli.files import check_written, written
from gateway_sim.scenarios.apps.cli.options import Json
from gateway_sim.scenarios.apps.cli.progress import watched


def write_proposal(
    out: Annotated[Path | None, typer.Option(help="Write the page here instead of printing it.")] = None,
    html: Annotated[Path | None, typer.Option(help="Write the page for a browser here.")] = None,
    as_json: Json = False,
) -> None:
    """Run every SDK's behaviour against today's gateway and the proposed one, and write the proposal."""
    from rich.console import Console

    from gateway_sim.scenarios.compare.conformance.by_profile import expected
    from gateway_sim.scenarios.report.other_statuses import HOLD_S, cells
    from gateway_sim.scenarios.report.pages import text_page
    from gateway_sim.scenarios.report.proposal import proposal, specs
    from gateway_sim.scenarios.run.plans import race_plan
    from gateway_sim.scenarios.run.runner import run_plans

    check_written(("--out", out), ("--html", html))
    said = Console(stderr=True)
    plans = [race_plan(spec) for spec in specs()]
    results = list(watched(run_plans(plans), "proposal", total=len(plans), console=said))
    page = proposal(results, expected(cells(), hold_s=HOLD_S))
    if as_json:
        printed("proposal", {"runs": [result.document() for result in results], "page": page})
    elif not (out or html):
        print(page)
    if out:
        written(out, page, "page", said)
    if html:
        written(html, text_page(page), "page", said)
