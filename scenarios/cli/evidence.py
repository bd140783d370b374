"""What a run leaves in files when asked: its trace, its page, and the same for Perfetto."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from scenarios.cli.options import settings_words

if TYPE_CHECKING:
    from rich.console import Console

    from scenarios.runner import Plan, RunResult, RunSpec
    from scenarios.staging import ScenarioPlan


@dataclasses.dataclass(frozen=True)
class Evidence:
    """The files that were asked for; None where one was not."""

    trace: Path | None
    html: Path | None
    perfetto: Path | None

    def check(self, planned: Plan | ScenarioPlan, *, many: bool, against: Sequence[str]) -> None:
        """Refuse what cannot be written, before anything runs."""
        from scenarios.runner import Plan

        a_race = isinstance(planned, Plan)
        for option, path in (("--trace", self.trace), ("--html", self.html), ("--perfetto", self.perfetto)):
            if path and not path.parent.is_dir():
                raise typer.BadParameter(f"{option} {path}: there is no folder {path.parent}")
            if path and many and (a_race or option != "--html"):
                raise typer.BadParameter(f"{option} writes one run; name it with --seed instead of --seeds")
        if self.html and not a_race:
            from scenarios.staging import plan_variants

            # its page shows all variants, so none of them may be one that cannot be played
            plan_variants(planned.spec)
        if self.perfetto and not a_race:
            raise typer.BadParameter("--perfetto draws races; a scenario of orchestration has --html")
        if against and not (a_race and (self.html or self.perfetto)):
            raise typer.BadParameter("--against puts a race beside another on the page: write --html or --perfetto too")

    def write(self, results: Sequence[RunResult], spec: RunSpec, said: Console) -> None:
        """Write what was asked for; the first result is the run itself, the others stand beside it on its page."""
        from scenarios import orchestration
        from scenarios.timeline import chrome_trace, timeline_page

        if self.trace:
            self.trace.write_text(results[0].trace.text())
            lines = self.trace.with_suffix(".jsonl")
            lines.write_text(results[0].trace.json_lines())
            said.print(f"trace: {self.trace} and {lines}", style="dim")
        if self.html:
            if spec.race in orchestration.names():
                from scenarios.reports.pictures.page import page
                from scenarios.staging import variants_of

                self.html.write_text(page(variants_of(spec)))
            else:
                self.html.write_text(timeline_page(results))
            said.print(f"page: {self.html}", style="dim")
        if self.perfetto:
            self.perfetto.write_text(chrome_trace(results))
            said.print(f"for ui.perfetto.dev: {self.perfetto}", style="dim")


def beside(spec: RunSpec, against: str, words: Mapping[str, str]) -> RunSpec:
    """Return the spec to draw beside `spec`: the same world and seed under `GATEWAY[,NAME=VALUE...]`.

    `words` are the `--set` words that both share: those of the world and of the client, not of the first gateway.
    """
    gateway, *own = against.split(",")
    return dataclasses.replace(spec, gateway=gateway, settings={**words, **settings_words(own)})


def shared_words(spec: RunSpec) -> dict[str, str]:
    """Return the settings of a spec that are not those of its gateway policy."""
    from scenarios import words

    own = {field.name for field in dataclasses.fields(words.gateway_policies()[spec.gateway])}
    return {name: value for name, value in spec.settings.items() if name not in own}
