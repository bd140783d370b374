"""The evidence of a raced test: the verdict in sentences, the commands that replay it, and its files."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from pathlib import Path

import pytest

from gateway_sim.scenarios.judge.anomalies import sightings
from gateway_sim.scenarios.report.anomaly_tables import anomaly_lines
from gateway_sim.scenarios.report.timeline.document import timeline_page
from gateway_sim.scenarios.run.result import RaceResult

WIDEST = 180
"""Characters of an event's line in a report; the trace file has the full line."""


@dataclass(frozen=True)
class Evidence:
    """The verdict on a test's world, and its files; `again` is the command that runs the test again."""

    result: RaceResult
    again: str
    files: dict[str, Path]

    @classmethod
    def of(cls, result: RaceResult, item: pytest.Function) -> Evidence:
        """Write the evidence of a test, also as JUnit properties."""
        evidence = cls(result, f"pytest {shlex.quote(item.nodeid)}", written(result, folder_of(item)))
        item.user_properties += evidence.properties()
        return evidence

    @property
    def kept(self) -> bool:
        """Say whether the race took place and every promise was kept."""
        return self.result.verdict == "kept"

    def text(self) -> str:
        """Return the verdict, the broken promises, the anomalies with their events, and the commands to replay it."""
        result = self.result
        said = {"kept": "every promise was kept", "broken": "broken", "not_exercised": "the race did not take place"}
        lines = [f"gateway-sim: {result.race} under {result.gateway}: {said[result.verdict]}"]
        lines += [f"  {v.at_s:8.3f} s  {v.promise}: {v.message}" for v in result.violations]
        if not self.kept:
            lines += [f"  {shown.plain[:WIDEST]}" for shown in anomaly_lines(sightings(result.trace))]
        lines += [f"  again: {self.again}", f"  the same world with the laboratory's own client: {result.replay}"]
        return "\n".join([*lines, *(f"  {kind}: {path}" for kind, path in self.files.items())])

    def properties(self) -> list[tuple[str, object]]:
        """Return the same as JUnit's properties of a test."""
        result = self.result
        return [
            ("gateway-sim.verdict", result.verdict),
            ("gateway-sim.replay", result.replay),
            *(("gateway-sim.violation", f"{v.promise}: {v.message}") for v in result.violations),
            *((f"gateway-sim.{kind}", str(path)) for kind, path in self.files.items()),
        ]


def folder_of(item: pytest.Function) -> Path:
    """Return a folder for the test: under `--race-evidence`, or one of pytest's temporary folders."""
    name = re.sub(r"[^\w.=-]+", "-", item.name).strip("-")
    kept = item.config.getoption("--race-evidence")
    if kept is None:
        factory: pytest.TempPathFactory = item._request.getfixturevalue("tmp_path_factory")
        return factory.mktemp(name)
    folder = Path(item.config.invocation_params.dir, kept, name)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def written(result: RaceResult, folder: Path) -> dict[str, Path]:
    """Write the files of a result and return their paths by kind."""
    files = {"trace": folder / "trace.txt", "events": folder / "trace.jsonl", "timeline": folder / "timeline.html"}
    files["trace"].write_text(result.trace.text())
    files["events"].write_text(result.trace.json_lines())
    files["timeline"].write_text(timeline_page([result]))
    return files
