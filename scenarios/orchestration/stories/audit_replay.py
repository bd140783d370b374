"""An audit asks for last month's runs again, and they end with other weights or cannot be trained at all.

Each day a city's rows arrive, and a model is trained on all rows so far. Backfills correct a tenth of the rows of old
cities, and a weekly vacuum removes the files that no recent version needs. A record of the table's path then leads to
other rows, without an error. A record of the version leads to removed files, unless the run also holds the version.
A run's manifest, an S3 object that every run overwrites, lists the rows it read; the record has the VersionId.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from gateway_sim.control_plane.data.retention import Retention, needed
from gateway_sim.control_plane.events import DatasetWritten, HistoryVacuumed
from gateway_sim.scenarios.judge.damage import Damage
from gateway_sim.scenarios.orchestration.promises.a_replay_reads_the_rows_of_its_run import (
    a_replay_reads_the_rows_of_its_run,
)
from gateway_sim.scenarios.orchestration.promises.every_run_can_be_replayed import every_run_can_be_replayed
from gateway_sim.scenarios.orchestration.workloads import cities
from gateway_sim.scenarios.orchestration.workloads.model_events import ReplayRefused, RunReplayed
from gateway_sim.scenarios.orchestration.workloads.sandbox import Sandbox, SandboxSettings, at_least
from gateway_sim.scenarios.sim.errors import SettingsRefused
from gateway_sim.scenarios.sim.trace import Trace

if TYPE_CHECKING:
    from gateway_sim.control_plane.data.datasets import Snapshot

TABLE = "rides"
DAY_S, HOUR_S = 86400.0, 3600.0
WRITES_IN_S, VACUUMS_IN_S = 2.0, 60.0
"""The seconds of a commit and of a vacuum."""

MOST_DAYS = 300
"""The last day that an audit or a vacuum may have; a story ends within a year."""

CORRECTIONS = {2: range(2), 10: range(2, 4)}
"""For each day with corrections, the cities whose rows are corrected, a tenth of them."""


@dataclass(frozen=True)
class Settings(SandboxSettings):
    """A run each day for `runs` days on all of the `rows` rows of each city so far.

    `audits` lists the days on which all runs so far are trained again, and `vacuums` the days of the vacuum, both in
    ascending order from 1. A vacuum keeps the versions that were the newest within `keeps_days`. A run holds its
    version for `holds_days`; an audit after that may find its files removed. The half-fixed record has the table's
    version, but the run does not hold it.
    """

    runs: int = at_least(1, 4)
    rows: int = at_least(1, 60)
    audits: str = "9,16,30"
    vacuums: str = "8,15,22,29"
    keeps_days: float = 7.0
    holds_days: float = field(default=30.0, metadata={"least": 1, "most": MOST_DAYS})

    def __post_init__(self) -> None:
        """Refuse lists that are not of days."""
        super().__post_init__()
        for name in ("audits", "vacuums"):
            self.days(name)

    def days(self, name: str) -> list[int]:
        """Return the days that this setting lists. Raises `SettingsRefused`."""
        words = getattr(self, name).split(",")
        try:
            days = [int(word) for word in words]
        except ValueError:
            days = []
        if not days or days[0] < 1 or days[-1] > MOST_DAYS or days != sorted(set(days)):
            raise SettingsRefused(
                f"{name} is {getattr(self, name)!r}; it must list days from 1 to {MOST_DAYS} in ascending order, as in "
                "9,16,30"
            )
        return days

    @property
    def last_vacuum(self) -> float:
        """The day of the vacuum that comes after the last audit and, for the first runs, after their holds."""
        return max(self.holds_days + 6, self.days("audits")[-1] + 1, self.days("vacuums")[-1] + 1)


@dataclass(frozen=True)
class Record:
    """The record of a run: the location of its rows, and its weights and manifest, with which replays are compared.

    Without a `version` it has only the path. A replay checks the manifest only if the record has its VersionId.
    """

    run: str
    version: int | None
    manifest: str | None
    trained_on: str
    weights: str


origin = "Training Orchestration Failure Modes in Production; docs/reference/stories.md §3 d"
settings = Settings()
does = {
    "broken": "A run's record has the path of the table and of the manifest, and no version of either.",
    "half-fixed": "The record has the table's version, but nothing keeps the vacuum from removing the files of that "
    "version.",
    "fixed": "The record has the table's version and the manifest's VersionId, and the run holds the version against "
    "the vacuum.",
}
full = {"runs": "8", "rows": "300"}
needs = ("deltalake", "pyarrow")
promises = [every_run_can_be_replayed, a_replay_reads_the_rows_of_its_run]
must_reach = [DatasetWritten, HistoryVacuumed]


async def play(sandbox: Sandbox[Settings]) -> None:
    """Play a month of runs, corrections, vacuums and audits."""
    month = _Month(sandbox)
    await asyncio.gather(month.train(), month.correct(), month.vacuum(), month.audit())


class _Month:
    """A table with its writers, its training runs, its vacuum and its auditor."""

    def __init__(self, sandbox: Sandbox[Settings]) -> None:
        from gateway_sim.control_plane.data.datasets import Dataset

        self._sandbox = sandbox
        self._dataset = Dataset(sandbox.folder, TABLE, emit=sandbox.emit)
        self._dataset.create(cities.columns(), by=["date", "city"])
        self._retention = Retention(*sandbox.table("references"), TABLE, emit=sandbox.emit)
        self._manifests = sandbox.bucket("manifests")
        self._seed = sandbox.seeds.stream("rows").getrandbits(32)
        self._ended_s: dict[int, float] = {}
        self._records: list[Record] = []

    async def train(self) -> None:
        """Add a city's rows each morning, and train on all rows at noon."""
        s = self._sandbox.settings
        rows = cities.rows_of(self._seed, "training", s.runs, s.rows)
        for day in range(s.runs):
            await self._sandbox.until_s(day * DAY_S + 6 * HOUR_S)
            await self._write(self._dataset.open(), rows.of(range(day, day + 1)))
            await self._sandbox.until_s(day * DAY_S + 12 * HOUR_S)
            await self._run(f"run-{day}")

    async def _run(self, run: str) -> None:
        variant, snapshot = self._sandbox.settings.variant, self._dataset.open()
        if variant == "fixed":
            self._retention.hold(snapshot.version, run, self._sandbox.now_s + self._sandbox.settings.holds_days * DAY_S)
        manifest, weights = await self._trained_on(snapshot)
        self._records.append(
            Record(
                run,
                version=None if variant == "broken" else snapshot.version,
                manifest=self._manifests.put(TABLE, manifest.encode()) if variant == "fixed" else None,
                trained_on=manifest,
                weights=weights,
            )
        )

    async def correct(self) -> None:
        """Correct a tenth of the rows of some cities."""
        s, chance = self._sandbox.settings, self._sandbox.seeds.stream("corrections")
        rows = cities.rows_of(self._seed, "training", s.runs, s.rows)
        for day, group in CORRECTIONS.items():
            await self._sandbox.until_s(day * DAY_S + 20 * HOUR_S)
            for city in [city for city in group if city < s.runs]:
                wrong = rows.of(range(city, city + 1))
                targets = wrong.targets.copy()
                chosen = chance.sample(range(s.rows), max(s.rows // 10, 1))
                targets[np.array(chosen)] += 2 * cities.SCALE
                right = cities.Rows(wrong.cities, wrong.numbers, wrong.features, targets)
                await self._write(self._dataset.open(), right, f"date = '{cities.DATE}' AND city = {city}")

    async def vacuum(self) -> None:
        """Remove the files that no recent and no held version needs; the last one comes after the end of all holds."""
        s = self._sandbox.settings
        for day in (*s.days("vacuums"), s.last_vacuum):
            await self._sandbox.until_s(day * DAY_S)
            now_s = self._sandbox.now_s
            young = [version for version, ended_s in self._ended_s.items() if now_s - ended_s < s.keeps_days * DAY_S]
            held = needed(self._retention.references(), now_s)
            keep = sorted({*young, *held})
            await self._sandbox.blocking(partial(self._dataset.vacuum, keep), takes_s=VACUUMS_IN_S)

    async def audit(self) -> None:
        """Train every run again from its record."""
        for day in self._sandbox.settings.days("audits"):
            await self._sandbox.until_s(day * DAY_S)
            for record in self._records:
                await self._replay(record, day)

    async def _replay(self, record: Record, day: int) -> None:
        from gateway_sim.control_plane.data.datasets import VersionGone

        try:
            snapshot = self._dataset.open(record.version)
            manifest, weights = await self._trained_on(snapshot)
        except VersionGone as gone:
            self._sandbox.emit(ReplayRefused(record.run, day, str(gone)))
            return
        if record.manifest and self._manifests.get(TABLE, record.manifest) != manifest.encode():
            self._sandbox.emit(ReplayRefused(record.run, day, f"version {record.version} does not have its manifest"))
            return
        self._sandbox.emit(RunReplayed(record.run, day, manifest, record.trained_on, weights, record.weights))

    async def _trained_on(self, snapshot: Snapshot) -> tuple[str, str]:
        """Return the manifest of a snapshot's rows, and the weights that they give."""
        from gateway_sim.control_plane.data.datasets import manifest

        s = self._sandbox.settings
        table = await self._sandbox.blocking(snapshot.rows, takes_s=5.0)
        rows = cities.rows_in(table)
        fitted = await self._sandbox.blocking(lambda: cities.fitted(rows, rows, s.runs, steps=10), takes_s=600.0)
        return manifest(table), fitted.weights

    async def _write(self, snapshot: Snapshot, rows: cities.Rows, part: str = "") -> None:
        self._ended_s[snapshot.version] = self._sandbox.now_s
        table = cities.table_of(rows)
        write = partial(snapshot.replace, table, part) if part else partial(snapshot.append, table)
        await self._sandbox.blocking(write, takes_s=WRITES_IN_S)


def damage(trace: Trace, s: Settings) -> Damage:
    """Return the share of replays that ended with other weights or none."""
    replays = [entry.event for entry in trace.of(RunReplayed, ReplayRefused)]
    equal = {day: _equal([r for r in replays if r.day == day]) for day in s.days("audits")}
    last_day, last_share = list(equal.items())[-1]
    refused = sum(isinstance(replay, ReplayRefused) for replay in replays)
    otherwise = round(len(replays) * (1 - _equal(replays))) - refused
    *during, last = [entry.event.files for entry in trace.of(HistoryVacuumed)]
    return Damage(
        amount=round(100 * (1 - _equal(replays)), 3),
        unit="% of replays lost",
        sentence=f"of {len(replays)} replays {refused} could not be made and {otherwise} ended with other weights; "
        f"on day {last_day} {last_share:.0%} of {s.runs} runs could be reproduced",
        figures={
            **{f"reproducible_on_day_{day}": round(share, 4) for day, share in equal.items()},
            "replays_refused": refused,
            "files_removed_during_the_month": sum(during),
            "files_removed_when_nobody_held_them": last,
        },
    )


def _equal(replays: list[RunReplayed | ReplayRefused]) -> float:
    """Return the share of replays that ended with the weights of their run."""
    same = [isinstance(replay, RunReplayed) and replay.weights == replay.undisturbed for replay in replays]
    return sum(same) / max(len(same), 1)
