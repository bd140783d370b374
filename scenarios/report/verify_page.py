"""The page of a verification: a matrix whose cells open their runs, and a timeline of each race."""

from collections.abc import Sequence

from gateway_sim.scenarios.compare.verification import Verification
from gateway_sim.scenarios.report.answer import look_line, orchestrated, sentences, verdict_sentence
from gateway_sim.scenarios.report.matrix import SAYS, matrix
from gateway_sim.scenarios.report.pages import render
from gateway_sim.scenarios.report.story_tables import MISSING, opened_variants, variants_table
from gateway_sim.scenarios.report.tables import LEGEND, pr_table, surprise, tuned_gateways
from gateway_sim.scenarios.report.timeline.document import timeline_page
from gateway_sim.scenarios.run.plans import race_plan
from gateway_sim.scenarios.run.result import RunResult
from gateway_sim.scenarios.run.runner import run_plan
from gateway_sim.scenarios.run.spec import RunSpec

DRAWN = ("not-found", "leased-generation")
"""The gateways of each race's timeline; the client is today's."""


def verify_page(results: Sequence[RunResult]) -> str:
    """Return one HTML file: the matrix of the runs, each cell with its runs, then a timeline of each race.

    The table of PR 348 is there if every race was played.
    """
    found = Verification(results)
    raced, stories = found.raced, found.staged
    pairs = matrix(raced, DRAWN) if raced else None
    return render(
        "verify.html",
        totals=verdict_sentence(results),
        answer=[*sentences(found.recommended), *orchestrated(results)],
        look=look_line(results, found.recommended),
        unexpected=[(surprise(result), result.replay) for result in found.unexpected],
        pairs=pairs,
        legend=[LEGEND, *tuned_gateways(raced)],
        pr=pr_table(found.comparison) if found.recommended else None,
        stories=variants_table(stories).titled("") if stories else None,
        opened=[*(pairs.cells if pairs else ()), *opened_variants(stories)],
        says=SAYS,
        missing=MISSING,
        races=[_drawn(race) for race in dict.fromkeys(result.race for result in raced)],
    )


def _drawn(race: str) -> tuple[str, str, str]:
    """Return a race, its verdicts in words, and its timeline as a separate page."""
    runs = [run_plan(race_plan(RunSpec(race, gateway=gateway))) for gateway in DRAWN]
    return race, ", ".join(f"{result.gateway}: {result.verdict}" for result in runs), timeline_page(runs)
