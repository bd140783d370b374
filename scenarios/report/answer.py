"""The answer of a verification in sentences: as expected or not, what to ship, and how to look at one run."""

from collections.abc import Iterator, Sequence

from rich.console import Group, RenderableType
from rich.text import Text

from gateway_sim.scenarios.compare.recommendation import Loss, Recommendation
from gateway_sim.scenarios.report.tables import surprise
from gateway_sim.scenarios.run.result import RunResult, by_kind


def answer(runs: Sequence[RunResult], shipped: Recommendation | None, *, of: int | None = None) -> RenderableType:
    """Return the closing lines. `of`: the number of runs wanted, if they were stopped early."""
    unexpected = [run for run in runs if not run.as_expected]
    lines = [Text(verdict_sentence(runs, of=of), style="bold red" if unexpected else "bold green")]
    for run in unexpected:
        lines.append(Text(f"  {surprise(run)}"))
        lines.append(Text(f"    {run.replay}", style="dim", overflow="ignore", no_wrap=True))
    if of is None:
        lines += [Text(sentence) for sentence in (*sentences(shipped), *orchestrated(runs))]
        if look := look_line(runs, shipped):
            lines += [Text("To look at one run:"), Text(f"  {look}", overflow="ignore", no_wrap=True)]
    return Group(*lines)


def verdict_sentence(runs: Sequence[RunResult], *, of: int | None = None) -> str:
    """Return how many runs there were, and whether all went as expected."""
    wall_s = sum(run.metrics.wall_s for run in runs)
    broke = sum(run.verdict == "broken" and run.as_expected for run in runs)
    unexpected = sum(not run.as_expected for run in runs)
    stopped = f"Stopped after {len(runs)} of {of} runs. " if of is not None else ""
    if not runs:
        return f"{stopped}Nothing was played."
    fails = f"; {broke} of them fail, as they should without a fix that holds" if broke else ""
    # what a store of runs gives back has no wall-clock time
    timed = f" in {wall_s:.1f} s" if wall_s else ""
    said = f"All {len(runs)} runs{timed} went as expected{fails}."
    if unexpected:
        said = f"{unexpected} of {len(runs)} runs{timed} did not go as expected:"
    return stopped + said


def sentences(shipped: Recommendation | None) -> Iterator[str]:
    """Yield what to ship, what it loses, and what each part loses alone; without a recommendation, who says it."""
    if shipped is None:
        yield "`gateway-sim verify` without names plays every race, and says which policies to ship."
        return
    yield f"Ship: {shipped.gateway} (gateway) with {shipped.client} (client). {_of(shipped.together, shipped.races)}"
    yield f"{shipped.gateway} alone, with today's client: {_of(shipped.by_gateway_alone, shipped.races)}"
    yield f"{shipped.client} alone, behind today's gateway: {_of(shipped.by_client_alone, shipped.races)}"
    yield f"Today, with neither: {len(shipped.today)} of {shipped.races} races lost."


def orchestrated(runs: Sequence[RunResult]) -> Iterator[str]:
    """Yield how many scenarios of orchestration keep their promises once fixed; nothing if none was played."""
    fixed = [run for run in by_kind(runs)[1] if run.settings["variant"] == "fixed"]
    names = dict.fromkeys(run.race for run in fixed)
    lost = dict.fromkeys(run.race for run in fixed if run.verdict != "kept")
    if names:
        which = f"; not {', '.join(lost)}" if lost else ""
        yield f"Orchestration, fixed: {len(names) - len(lost)} of {len(names)} scenarios keep every promise{which}."


def _of(lost: Sequence[Loss], races: int) -> str:
    if not lost:
        return f"Every promise is kept in all {races} races."
    named = ", ".join(f"{loss.race} ({loss.outcome})" for loss in lost)
    return f"{len(lost)} of {races} races lost: {named}."


def look_line(runs: Sequence[RunResult], shipped: Recommendation | None) -> str:
    """Return the command that draws a run: one that the recommended gateway loses alone, or one of these runs."""
    if shipped:
        lost = [*shipped.by_gateway_alone, *shipped.by_client_alone, *shipped.today]
        return lost[0].look if lost else ""
    broken = next((run for run in runs if run.verdict == "broken"), next(iter(runs), None))
    return f"{broken.replay} --html page.html" if broken else ""
