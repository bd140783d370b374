"""The page of a verification: its tables, and a timeline of each race, today's gateway beside this project's own."""

from __future__ import annotations

import io
from collections.abc import Sequence
from html import escape

from rich.console import Console

from scenarios.compare.warm_up_costs import comparison
from scenarios.report.damage_table import damage_table
from scenarios.report.tables import comparison_table, unexpected_list, verify_table
from scenarios.report.timeline import timeline_page
from scenarios.run.plans import race_plan
from scenarios.run.result import RunResult, by_kind
from scenarios.run.runner import run_plan
from scenarios.run.spec import RunSpec

WIDE = 120
STYLE = """
:root { color-scheme: light dark; --red: #b3211c; --green: #13693a; --yellow: #7d5a00; --faint: #5b646e }
@media (prefers-color-scheme: dark) { :root { --red: #ff8f88; --green: #7fd8a3; --yellow: #f0cd73; --faint: #9aa4b0 } }
body { font: 15px/1.5 system-ui, sans-serif; margin: 1.5rem auto; max-width: 80rem; padding: 0 1rem }
pre { overflow-x: auto; line-height: 1.25; font-size: 13px }
summary { cursor: pointer; padding: .3rem 0 }
iframe { width: 100%; height: 85vh; border: 1px solid #8888; border-radius: 6px }
"""

INKS = {"#800000": "--red", "#008000": "--green", "#808000": "--yellow", "#7f7f7f": "--faint"}
"""A terminal's colours as Rich exports them, and the page's own, which can be read in light and in dark."""


def verify_page(results: Sequence[RunResult]) -> str:
    """Return one page that needs no network: the tables of the runs, then the races, played again to be drawn."""
    raced, staged = by_kind(results)
    unexpected = [result for result in results if not result.as_expected]
    tables = Console(record=True, width=WIDE, file=io.StringIO(), force_terminal=True)
    for table in (verify_table(raced), comparison_table(comparison(raced)), damage_table(staged)):
        tables.print(table)
    tables.print(unexpected_list(results, unexpected), crop=False)
    told = tables.export_html(code_format="<pre>{code}</pre>", inline_styles=True)
    for theirs, ours in INKS.items():
        told = told.replace(f"color: {theirs}", f"color: var({ours})")
    drawn = "\n".join(_drawn(race) for race in dict.fromkeys(result.race for result in raced))
    return (
        "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content='width=device-width'>"
        f"<title>gateway-sim verify</title><style>{STYLE}</style>"
        f"<h1>gateway-sim verify</h1>{told}<h2>Each race, drawn</h2>"
        "<p>The SDK as it is, under today's gateway and under leased-generation: the same world, the same seed.</p>"
        f"{drawn}"
    )


def _drawn(race: str) -> str:
    """Return a race that unfolds to its timeline, which is a page of its own."""
    runs = [run_plan(race_plan(RunSpec(race, gateway=gateway))) for gateway in ("not-found", "leased-generation")]
    words = ", ".join(f"{result.gateway}: {result.verdict}" for result in runs)
    page = escape(timeline_page(runs), quote=True)
    return (
        f"<details><summary><b>{escape(race)}</b> {escape(words)}</summary>"
        f'<iframe title="{escape(race)}" srcdoc="{page}"></iframe></details>'
    )
