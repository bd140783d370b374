"""The training that is due each night: it asks a gate, reads the day's rows, and is judged on the next day.

A day's hours arrive as `day.landings` says, in a table partitioned by date and hour. Their producer declares an hour in
the day's manifest, an object in S3, once its last row is written.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any

from gateway_sim.control_plane.data.buckets import Bucket, NoSuchObject
from gateway_sim.control_plane.events import GateDecided
from gateway_sim.scenarios.orchestration.workloads import day, ranking
from gateway_sim.scenarios.orchestration.workloads.model_events import DayPlanned, ModelJudged, TrainingSetRead
from gateway_sim.scenarios.orchestration.workloads.sandbox import Sandbox, SandboxSettings, at_least
from gateway_sim.scenarios.sim.errors import GatewaySimError, SettingsRefused
from gateway_sim.scenarios.sim.trace import Trace

if TYPE_CHECKING:
    from gateway_sim.control_plane.data.datasets import Dataset, Snapshot
    from gateway_sim.control_plane.data.partitions import Decision, Part
    from gateway_sim.trainer_pod.tabular import TabularModel

TABLE = "feedback"
WRITES_IN_S = 2.0
"""The seconds of a commit to the table."""

GIVES_UP_S = 48 * day.HOUR_S
"""The gate is asked for this long after training was due."""

PUNCTUAL = 18
"""The hours of a day that arrive on time."""


@dataclass(frozen=True)
class NightlySettings(SandboxSettings):
    """Each hour of a day has `lists` lists; of a late hour the share `lands_first` arrives before the rest.

    That share arrives `late_s` after the end of the day, and the rest, half an hour apart, from an hour later on. The
    training is due `due_s` after the day began; from then on the gate is asked every `asks_every_s`. Where the variant
    checks the age of the newest row, a row is recent for `recent_s`.
    """

    lists: int = 16
    lands_first: float = 0.625
    late_s: float = field(default=10800.0, metadata={"most": 86_400})
    due_s: float = field(default=88_200.0, metadata={"least": 87_000, "most": 172_800})
    asks_every_s: float = at_least(60, 3600.0)
    recent_s: float = at_least(60, 43_200.0)

    def __post_init__(self) -> None:
        """Refuse a day without lists to hold out, and a share above 1."""
        super().__post_init__()
        if self.lands_first > 1:
            raise SettingsRefused(f"lands_first is {self.lands_first}; it is a share of an hour, from 0 to 1")
        if self.lists < 4:
            raise SettingsRefused(f"lists is {self.lists}; every fourth is held out, so it must be 4 or more")

    def within_a_day(self, name: str) -> None:
        """Refuse more hours than a day has. Raises `SettingsRefused`."""
        if getattr(self, name) > ranking.HOURS:
            raise SettingsRefused(f"{name} is {getattr(self, name)}; a day has {ranking.HOURS} hours")


class NeverPassed(GatewaySimError):
    """The gate refused the day until the time limit; the message has its last reason."""


def table_of_days(sandbox: Sandbox[Any]) -> Dataset:
    """Return a new, empty table for days."""
    from gateway_sim.control_plane.data.datasets import Dataset

    table = Dataset(sandbox.folder, TABLE, emit=sandbox.emit)
    table.create(day.columns(), by=["date", "hour"])
    return table


class Manifest:
    """The rows of each hour that the producer of a day has declared complete: one object, with one writer."""

    def __init__(self, bucket: Bucket, date: str) -> None:
        self._bucket = bucket
        self._key = f"{TABLE}/{date}"

    def declare(self, rows: Mapping[int, int]) -> None:
        """Write the declared hours with their rows."""
        self._bucket.put(self._key, json.dumps(rows).encode())

    def read(self) -> dict[int, int]:
        """Return the declared hours with their rows; none before the first is declared."""
        try:
            return {int(hour): rows for hour, rows in json.loads(self._bucket.get(self._key)).items()}
        except NoSuchObject:
            return {}


def number_of(date: str) -> int:
    """Return the number of a day from its name."""
    return int(date.removeprefix("day-"))


async def land(
    sandbox: Sandbox[Any],
    table: Dataset,
    date: str,
    whole: ranking.Lists,
    punctual: int,
    manifest: Manifest,
    *,
    since_s: float = 0.0,
) -> None:
    """Write a day's hours as they arrive, `punctual` of them on time, and declare each after its last row.

    The day began `since_s` into the story.
    """
    planned = day.rows_by_hour(whole)
    sandbox.emit(DayPlanned(TABLE, date, planned))
    writer = table.open()
    chance, s = sandbox.seeds.stream(f"landings of {date}"), sandbox.settings
    written = [0] * len(planned)
    for landing in day.landings(whole, punctual, chance, lands_first=s.lands_first, late_s=s.late_s):
        await sandbox.until_s(since_s + landing.at_s)
        await write(sandbox, writer, date, landing.lists)
        written = [old + new for old, new in zip(written, day.rows_by_hour(landing.lists), strict=True)]
        manifest.declare({hour: rows for hour, rows in enumerate(written) if rows == planned[hour]})


async def write(sandbox: Sandbox[Any], writer: Snapshot, date: str, lists: ranking.Lists, part: str = "") -> None:
    """Add lists of a day to the table, or replace a part of it by them."""
    rows = day.rows(date, lists, sandbox.now_s)
    call = partial(writer.replace, rows, part) if part else partial(writer.append, rows)
    await sandbox.blocking(call, takes_s=WRITES_IN_S)


async def passed(
    sandbox: Sandbox[Any],
    table: Dataset,
    date: str,
    gate: Callable[[list[Part], float], Decision],
    *,
    since_s: float = 0.0,
) -> Snapshot:
    """Ask the gate from when training is due, and return the snapshot that passed.

    The day began `since_s` into the story. Raises `NeverPassed`.
    """
    due_s = since_s + sandbox.settings.due_s
    await sandbox.until_s(due_s)
    while True:
        snapshot = table.open()
        decision = gate(snapshot.parts(), sandbox.now_s)
        sandbox.emit(GateDecided(TABLE, snapshot.version, date, decision.passed, decision.reason))
        if decision.passed:
            return snapshot
        if sandbox.now_s - due_s > GIVES_UP_S:
            raise NeverPassed(f"{date} of {TABLE} never passed its gate: {decision.reason}")
        await asyncio.sleep(sandbox.settings.asks_every_s)


async def train(sandbox: Sandbox[Any], snapshot: Snapshot, date: str, seed: int, an_hour: int) -> TabularModel:
    """Train a ranker on a snapshot's rows of a day, judge it on the next day, and return it."""
    rows = await sandbox.blocking(snapshot.rows, takes_s=5.0)
    read = day.lists_in(rows, date)
    sandbox.emit(TrainingSetRead(TABLE, date, snapshot.version, day.rows_by_hour(read)))
    ranker = await sandbox.blocking(lambda: ranking.trained(read), takes_s=1200.0)
    today = number_of(date)
    quality = ranking.by_hour(ranker, ranking.lists_of_a_day(seed, today + 1, an_hour))
    reference = _reference(seed, today, an_hour)
    sandbox.emit(ModelJudged(TABLE, date, ranking.offline(ranker, read), quality, reference))
    return ranker


@lru_cache(maxsize=64)
def _reference(seed: int, today: int, an_hour: int) -> tuple[float, ...]:
    """Return the quality by hour of a ranker that was trained on the complete day without a table."""
    return ranking.by_hour(whole_day(seed, today, an_hour), ranking.lists_of_a_day(seed, today + 1, an_hour))


@lru_cache(maxsize=64)
def whole_day(seed: int, number: int, an_hour: int) -> TabularModel:
    """Return the ranker that was trained on the complete day of this number, without a table."""
    return ranking.trained(ranking.lists_of_a_day(seed, number, an_hour))


def outcome(trace: Trace, due_s: float) -> dict[str, float]:
    """Return the figures of the night: hours and rows in training; NDCG measured, possible and offline.

    The training was due at `due_s`.
    """
    judged, read = next(trace.of(ModelJudged)).event, next(trace.of(TrainingSetRead)).event
    passed = next(entry for entry in trace.of(GateDecided) if entry.event.passed)
    planned = next(e.event for e in trace.of(DayPlanned) if e.event.date == read.date).rows
    mean, best = (sum(hours) / len(hours) for hours in (judged.quality, judged.reference_quality))
    return {
        "hours_in_training": sum(1 for count in read.rows if count),
        "hours_not_whole": sum(have != want for have, want in zip(read.rows, planned, strict=True)),
        "rows_in_training": sum(read.rows),
        "ndcg": round(mean, 4),
        "ndcg_of_the_whole_day": round(best, 4),
        "ndcg_offline": round(judged.offline_quality, 4),
        "ndcg_lost_percent": round(100 * (1 - mean / best), 3),
        "waited_s": round(passed.at_s - due_s, 3),
    }
