"""`gateway-sim explain`: what a name means, why it is there, its settings, a line to type, and its page."""

from typing import Annotated

import typer

from gateway_sim.scenarios.apps.cli.choices import completed
from gateway_sim.scenarios.apps.cli.document import printed
from gateway_sim.scenarios.apps.cli.options import Json
from gateway_sim.scenarios.apps.cli.screen import screen


def explain(
    name: Annotated[
        str,
        typer.Argument(
            help="A race, scenario, port, part, policy, SDK, fault, promise, mutation, anomaly, verdict or setting.",
            autocompletion=completed("name"),
        ),
    ],
    as_json: Json = False,
) -> None:
    """Explain a name: what it is, why, which settings it has, a line to type, and the page that says more."""
    from gateway_sim.scenarios.apps.cli.explanations import explanations

    found = explanations(name)
    if as_json:
        printed("explain", {"name": name, "meanings": [one.document() for one in found]})
        return
    from rich.text import Text

    from gateway_sim.scenarios.report.table import Table

    out = screen()
    for number, one in enumerate(found):
        if number:
            out.print()
        out.print(Text.assemble((one.name, "bold"), f", {one.kind}"))
        for text in filter(None, (one.summary, one.why)):
            out.print(Text(text))
        if one.settings:
            rows = [(s.name, s.default or '""', s.unit, s.range, s.meaning) for s in one.settings]
            out.print(Table(["setting", "value here", "unit", "range", "meaning"], rows))
        out.print(Text(f"try: {one.example}", "dim", overflow="ignore", no_wrap=True), crop=False)
        out.print(Text(f"see: {', '.join(one.pages)}", "dim"))
