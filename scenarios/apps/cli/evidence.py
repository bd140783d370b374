"""What a run leaves in files when asked: its trace, its page, and the same for Perfetto."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from scenarios.apps.cli.options import check_written, settings_words, written
from scenarios.sim.errors import check
from scenarios.world.policies import gateway_policies

if TYPE_CHECKING:
    from rich.console import Console

    from scenarios.run.plans import RacePlan, StoryPlan
    from scenarios.run.result import RunResult
    from scenarios.run.spec import RunSpec


@dataclasses.dataclass(frozen=True)
class Evidence:
    """The files that were asked for; None where one was not."""

    trace: Path | None
    html: Path | None
    perfetto: Path | None

    def check(self, planned: RacePlan | StoryPlan, *, many: bool, against: Sequence[str]) -> None:
        """Refuse what cannot be written, before anything runs."""
        from scenarios.run.plans import RacePlan

        a_race = isinstance(planned, RacePlan)
        files = (("--trace", self.trace), ("--html", self.html), ("--perfetto", self.perfetto))
        check_written(*files)
        if self.trace and self.trace == events_beside(self.trace):
            raise typer.BadParameter(
                f"--trace {self.trace}: JSON lines lie beside the text, under this name; name the text: trace.txt"
            )
        check_written(("--trace", self.trace and events_beside(self.trace)))
        for option, path in files:
            if path and many and (a_race or option != "--html"):
                raise typer.BadParameter(f"{option} writes one run; name it with --seed instead of --seeds")
        if self.html and not a_race:
            from scenarios.run.plans import variants

            # its page shows all variants, so none of them may be one that cannot be played
            variants(planned.spec)
        if self.perfetto and not a_race:
            raise typer.BadParameter("--perfetto draws races; a scenario of orchestration has --html")
        if against and not a_race:
            raise typer.BadParameter(
                f"--against is for races; {planned.spec.race} has no gateway, and its --html shows its variants"
            )
        if against and not (self.html or self.perfetto):
            raise typer.BadParameter("--against puts a race beside another on the page: write --html or --perfetto too")

    def write(self, results: Sequence[RunResult], spec: RunSpec, said: Console) -> None:
        """Write what was asked for; the first result is the run itself, the others stand beside it on its page."""
        from scenarios.report.timeline import chrome_trace, timeline_page
        from scenarios.run.result import by_kind

        raced, staged = by_kind(results)

        if self.trace:
            lines = events_beside(self.trace)
            written(self.trace, results[0].trace.text())
            written(lines, results[0].trace.json_lines())
            said.print(f"trace: {self.trace} and {lines}", style="dim")
        if self.html:
            if staged:
                from scenarios.report.pictures.page import page
                from scenarios.run.runner import variants_of

                written(self.html, page(variants_of(spec)))
            else:
                written(self.html, timeline_page(raced))
            said.print(f"page: {self.html}", style="dim")
        if self.perfetto:
            written(self.perfetto, chrome_trace(raced))
            said.print(f"for ui.perfetto.dev: {self.perfetto}", style="dim")


def events_beside(trace: Path) -> Path:
    """Return where the events lie as JSON lines, beside the trace for reading."""
    return trace.with_suffix(".jsonl")


def beside(spec: RunSpec, against: str, shared: Mapping[str, str]) -> RunSpec:
    """Return the spec to draw beside `spec`: the same world and seed under `GATEWAY[,NAME=VALUE...]`.

    `shared` are the `--set` words of both: those of the world and of the client, not of the first gateway. Raises
    `UnknownWord` for a setting that is not the gateway policy's: the world is the same for both.
    """

    from scenarios.run.matrix import gateway_words

    named, *told = against.split(",")
    gateway, own = gateway_words(named, settings_words(told, option="--against"))
    for name in own:
        check(f"setting of {gateway}", name, [field.name for field in dataclasses.fields(gateway_policies()[gateway])])
    return dataclasses.replace(spec, gateway=gateway, settings={**shared, **own})


def shared_words(spec: RunSpec) -> dict[str, str]:
    """Return the settings of a spec that are not those of its gateway policy."""

    own = {field.name for field in dataclasses.fields(gateway_policies()[spec.gateway])}
    return {name: value for name, value in spec.settings.items() if name not in own}
