"""The evidence of a raced test: the verdict in sentences, the commands that replay it, and its files."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from gateway_sim.scenarios.apps.pytest_plugin.contact import counted
from gateway_sim.scenarios.apps.pytest_plugin.not_exercised import why_not_exercised
from gateway_sim.scenarios.apps.pytest_plugin.raced_stack import Injected, RacedStack
from gateway_sim.scenarios.judge.anomalies import sightings
from gateway_sim.scenarios.report.anomaly_tables import anomaly_lines
from gateway_sim.scenarios.report.timeline.document import timeline_page
from gateway_sim.scenarios.run.result import RaceResult

WIDEST = 180
"""Characters of an event's line in a report; the trace file has the full line."""


LONGEST_NAME = 100
"""Characters of a test's name in the name of its folder; the name of a file has 255 at most."""
ATTEMPTS: pytest.StashKey[int] = pytest.StashKey()
"""How often a test was judged: a plugin may run it again."""
PROPERTY = "gateway-sim."


@dataclass(frozen=True)
class Evidence:
    """The verdict on a test's world, and its files.

    `again` is the command that runs the test again, `contact` tells the client's requests, `why` the reasons why the
    race did not take place, `injected` the faults that the test injected.
    """

    result: RaceResult
    again: str
    files: dict[str, Path]
    contact: str = ""
    why: tuple[str, ...] = ()
    injected: Sequence[Injected] = ()

    @classmethod
    def of(cls, result: RaceResult, item: pytest.Item, stack: RacedStack) -> Evidence:
        """Write the evidence of a test, also as JUnit properties."""
        found, race = stack.contact(), stack.plan.race
        unexercised = result.verdict == "not_exercised"
        why = why_not_exercised(found, result.trace, race.must_reach, stack.plan.settings) if unexercised else ()
        again = f"pytest {shlex.quote(item.nodeid)}"
        files = written(result, folder_of(item, stack.folders))
        evidence = cls(result, again, files, found.text(), tuple(why), tuple(stack.injected))
        # those of an earlier attempt
        others = [(name, told) for name, told in item.user_properties if not name.startswith(PROPERTY)]
        item.user_properties[:] = [*others, *evidence.properties()]
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
        lines += [f"  {v.at_s:8.3f} s  {v.words}: {v.message}" for v in result.violations]
        if not self.kept:
            lines += [f"  because {reason}" for reason in self.why]
            lines += [f"  {self.contact}"]
            lines += [f"  {shown.plain[:WIDEST]}" for shown in anomaly_lines(sightings(result.trace))]
        lines += [f"  again: {self.again}", f"  the same world with the laboratory's own client: {result.replay}"]
        if self.injected:
            lines.append("  without the faults that the test injected, which a world of gateway-sim serve takes as:")
            lines += [f"    {told(one)}" for one in self.injected]
        return "\n".join([*lines, *(f"  {kind}: {path}" for kind, path in self.files.items())])

    def properties(self) -> list[tuple[str, object]]:
        """Return the same as JUnit's properties of a test."""
        result = self.result
        return [
            ("gateway-sim.verdict", result.verdict),
            ("gateway-sim.replay", result.replay),
            *([] if result.digest is None else [("gateway-sim.digest", result.digest)]),
            ("gateway-sim.requests", self.contact),
            *(("gateway-sim.because", reason) for reason in self.why),
            *(("gateway-sim.injected", told(one)) for one in self.injected),
            *(("gateway-sim.violation", f"{v.promise}: {v.message}") for v in result.violations),
            *((f"gateway-sim.{kind}", str(path)) for kind, path in self.files.items()),
        ]


def told(injected: Injected) -> str:
    """Return a fault that a test injected, and the command that injects it into a served world."""
    fault: object = injected.fault
    when = f"at {injected.at_s:.3f} s, after {counted(injected.steps, 'acknowledged step')}"
    fields = dataclasses.fields(fault) if dataclasses.is_dataclass(fault) else ()
    given = {field.name: getattr(fault, field.name) for field in fields if field.init}
    defaults = {field.name: field.default for field in fields}
    words = {
        name: value if isinstance(value, str) else json.dumps(value, default=repr) for name, value in given.items()
    }
    sets = [f"{name}={word}" for name, word in words.items() if given[name] != defaults[name]]
    command = ["gateway-sim", "fault", injected.fault.name, *(word for each in sets for word in ("--set", each))]
    return f"{when}: {shlex.join(command)}"


def folder_of(item: pytest.Item, folders: pytest.TempPathFactory | None) -> Path:
    """Return a new folder for an attempt of the test: under `--race-evidence`, or one of pytest's temporary folders.

    Tests of one name have different folders, also in different processes; a further attempt has a number.
    """
    attempt = item.stash[ATTEMPTS] = item.stash.get(ATTEMPTS, 0) + 1
    plain = re.sub(r"[^\w.=-]+", "-", item.name).strip("-")[:LONGEST_NAME]
    name = f"{plain}-{hashlib.sha256(item.nodeid.encode()).hexdigest()[:6]}" + (f"-{attempt}" if attempt > 1 else "")
    kept = item.config.getoption("--race-evidence")
    if kept is None:
        assert folders is not None, "the fixture gives its stack pytest's temporary folders"
        return folders.mktemp(name)
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
