"""The files of a run: trace, page, and timeline for Perfetto."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from gateway_sim.scenarios.apps.cli.files import check_trace, check_written, trace_written, written
from gateway_sim.scenarios.apps.cli.options import settings_words
from gateway_sim.scenarios.sim.errors import check
from gateway_sim.scenarios.world.policies import gateway_policies

if TYPE_CHECKING:
    from rich.console import Console

    from gateway_sim.scenarios.run.plans import RacePlan, StoryPlan
    from gateway_sim.scenarios.run.result import RunResult
    from gateway_sim.scenarios.run.spec import RunSpec


@dataclasses.dataclass(frozen=True)
class Evidence:
    """The paths from the options; None for an option that was not given."""

    trace: Path | None
    html: Path | None
    perfetto: Path | None

    def check(self, plan: RacePlan | StoryPlan, *, many: bool, against: Sequence[str]) -> None:
        """Refuse, before anything runs, a path that cannot be written and an option that does not fit the run."""
        from gateway_sim.scenarios.run.plans import StoryPlan, variants

        files = (("--trace", self.trace), ("--html", self.html), ("--perfetto", self.perfetto))
        check_written(*files)
        check_trace(self.trace)
        a_story = isinstance(plan, StoryPlan)
        for option, path in files:
            if path and many and not (a_story and option == "--html"):
                raise typer.BadParameter(f"{option} writes one run; name it with --seed instead of --seeds")
        if a_story and self.perfetto:
            raise typer.BadParameter("--perfetto draws races; a scenario of orchestration has --html")
        if a_story and against:
            raise typer.BadParameter(
                f"--against is for races; {plan.spec.race} has no gateway, and its --html shows its variants"
            )
        if a_story and self.html:
            # raises an error for settings that one of the page's variants refuses
            variants(plan.spec)
        if against and not (self.html or self.perfetto):
            raise typer.BadParameter("--against draws a second run on the page: write --html or --perfetto too")

    def write(self, results: Sequence[RunResult], spec: RunSpec, said: Console) -> None:
        """Write the files; the first result is the run of `spec`, the others are drawn on the same page."""
        from gateway_sim.scenarios.report.timeline.document import timeline_page
        from gateway_sim.scenarios.report.timeline.perfetto import chrome_trace
        from gateway_sim.scenarios.run.result import by_kind

        raced, staged = by_kind(results)
        if self.trace:
            paths = trace_written(self.trace, results[0].trace)
            said.print(f"trace: {' and '.join(map(str, paths))}", style="dim", soft_wrap=True)
        if self.html:
            written(self.html, _story_page(spec) if staged else timeline_page(raced), "page", said)
        if self.perfetto:
            written(self.perfetto, chrome_trace(raced), "for ui.perfetto.dev", said)


def _story_page(spec: RunSpec) -> str:
    from gateway_sim.scenarios.report.pictures.page import page
    from gateway_sim.scenarios.run.runner import variants_of

    return page(variants_of(spec), spec.settings.get("variant"))


def beside(spec: RunSpec, against: str) -> RunSpec:
    """Return the spec to draw beside `spec`: the same world, client and seed under `GATEWAY[,NAME=VALUE...]`.

    Raises `UnknownWord` for a setting of the world: both runs have the same world.
    """
    from gateway_sim.scenarios.run.matrix import gateway_words

    named, *words = against.split(",")
    gateway, own = gateway_words(named, settings_words(words, option="--against"))
    for name in own:
        check(f"setting of {gateway}", name, _settings_of(gateway))
    shared = {name: value for name, value in spec.settings.items() if name not in _settings_of(spec.gateway)}
    return dataclasses.replace(spec, gateway=gateway, settings={**shared, **own})


def _settings_of(gateway: str) -> list[str]:
    return [field.name for field in dataclasses.fields(gateway_policies()[gateway])]
