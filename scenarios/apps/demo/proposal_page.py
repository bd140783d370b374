"""The proposal to the gateway's owners as a page, its figures from runs made when it is asked for."""

from __future__ import annotations

from markdown_it import MarkdownIt

from scenarios.apps.demo.parts import own_part
from scenarios.compare.conformance.by_profile import expected
from scenarios.report.other_statuses import HOLD_S, cells
from scenarios.report.proposal import proposal, specs
from scenarios.report.timeline.page import filled, part
from scenarios.run.plans import race_plan
from scenarios.run.runner import run_plans


def proposal_page() -> str:
    """Return the page, which asks for its text."""
    return filled(
        own_part("proposal.html"),
        timeline_style=part("page.css"),
        style=own_part("page.css"),
        runs=str(len(specs())),
    )


def proposal_text() -> str:
    """Run every SDK's behaviour against today's gateway and the proposed ones, and return it as HTML; many seconds."""
    text = proposal(list(run_plans([race_plan(spec) for spec in specs()])), expected(cells(), hold_s=HOLD_S))
    written: str = MarkdownIt("commonmark").enable("table").render(text)
    return written
