"""The proposal to the gateway's owners as a page, its figures from runs made when it is asked for."""

from __future__ import annotations

from markdown_it import MarkdownIt

from scenarios.conformance.by_profile import expected
from scenarios.demo.parts import own_part
from scenarios.reports.other_statuses import HOLD_S, cells
from scenarios.reports.proposal import proposal, specs
from scenarios.runner import plan, run_plans
from scenarios.timeline.page import filled, part


def proposal_page() -> str:
    """Run every SDK's behaviour against today's gateway and the proposed one, and return one HTML page; seconds."""
    text = proposal(list(run_plans([plan(spec) for spec in specs()])), expected(cells(), hold_s=HOLD_S))
    return filled(
        own_part("proposal.html"),
        timeline_style=part("page.css"),
        style=own_part("page.css"),
        body=MarkdownIt("commonmark").enable("table").render(text),
    )
