"""The page of a verification: its tables, and a timeline of each race under not-found and leased-generation."""

from collections.abc import Sequence

from gateway_sim.scenarios.compare.recommendation import recommendation
from gateway_sim.scenarios.compare.warm_up_costs import comparison
from gateway_sim.scenarios.report.answer import look_line, orchestrated, sentences, verdict_sentence
from gateway_sim.scenarios.report.pages import render
from gateway_sim.scenarios.report.story_tables import MISSING, variants_table
from gateway_sim.scenarios.report.tables import LEGEND, pairs_table, pr_table, surprise, tuned_gateways
from gateway_sim.scenarios.report.timeline.document import timeline_page
from gateway_sim.scenarios.run.plans import race_plan
from gateway_sim.scenarios.run.result import RunResult, by_kind
from gateway_sim.scenarios.run.runner import run_plan
from gateway_sim.scenarios.run.spec import RunSpec


def verify_page(results: Sequence[RunResult]) -> str:
    """Return one HTML file: the tables of the runs, then a timeline of each race from new runs."""
    raced, stories = by_kind(results)
    return render(
        "verify.html",
        totals=verdict_sentence(results),
        answer=[*sentences(recommendation(raced)), *orchestrated(results)],
        look=look_line(results, recommendation(raced)),
        unexpected=[(surprise(result), result.replay) for result in results if not result.as_expected],
        pairs=pairs_table(raced),
        legend=[LEGEND, *tuned_gateways(raced)],
        pr=pr_table(comparison(raced)),
        stories=variants_table(stories) if stories else None,
        missing=MISSING,
        races=[_drawn(race) for race in dict.fromkeys(result.race for result in raced)],
    )


def _drawn(race: str) -> tuple[str, str, str]:
    """Return a race, its verdicts in words, and its timeline as a separate page."""
    runs = [run_plan(race_plan(RunSpec(race, gateway=gateway))) for gateway in ("not-found", "leased-generation")]
    return race, ", ".join(f"{result.gateway}: {result.verdict}" for result in runs), timeline_page(runs)
