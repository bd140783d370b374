"""A ranker is trained on 18 of the day's 24 hours, and its offline judgement is better than ever.

The evening's hours come late. The sensor sees the partition, a freshness check sees a young row, and both let training
begin; the held-out lists are those of the day too, so nobody sees that nobody knows the evening. A count of hours waits
for 24, and takes a sixteenth of an hour for one. What passed whole may be under correction when it is read.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from control_plane import partitions
from control_plane.events import DatasetWritten, GateDecided
from scenarios.oracles.a_model_is_as_good_as_its_day_allows import a_model_is_as_good_as_its_day_allows
from scenarios.oracles.models_are_trained_on_whole_days import models_are_trained_on_whole_days
from scenarios.oracles.training_reads_the_version_that_passed import training_reads_the_version_that_passed
from scenarios.site import day, ranking
from scenarios.site.damage import Damage
from scenarios.site.model_events import DayPlanned, ModelJudged, QualityCrossChecked, TrainingSetRead
from scenarios.site.settings import SiteSettings
from scenarios.site.site import Site
from scenarios.world.settings import SettingsRefused
from scenarios.world.trace import Trace

if TYPE_CHECKING:
    from control_plane.datasets import Dataset, Snapshot

TABLE, DATE = "feedback", "day-1"
DUE_S = 24.5 * day.HOUR_S
ASKS_EVERY_S = 1800.0
STARTS_IN_S = 600.0
YOUNG_S = 12 * day.HOUR_S

lacks = ("completeness", "rows", "pin")


@dataclass(frozen=True)
class Settings(SiteSettings):
    """A day of `lists` lists in each hour, of which `punctual` hours are there when training is due.

    The half-fixed gate lacks one thing: "completeness", for it asks how old the newest row is; "rows", for it counts
    hours; or the "pin", for training reads the table as it is by then. With `cross_check`, scikit-learn's ndcg_score
    stands beside our own.
    """

    lists: int = 16
    punctual: int = 18
    cross_check: bool = False
    lacks: str = "completeness"

    def __post_init__(self) -> None:
        """Refuse a day without lists, one of more than 24 hours, and a lack that is none."""
        super().__post_init__()
        self.one_of("lacks", lacks)
        self.at_least_one("lists", "punctual")
        if self.lists < 4:
            raise SettingsRefused(f"lists is {self.lists}; every fourth is held out, so it must be 4 or more")
        if self.punctual > ranking.HOURS:
            raise SettingsRefused(f"punctual is {self.punctual}; a day has {ranking.HOURS} hours")

    @property
    def without(self) -> str:
        """Return what the gate does without: "everything" where broken, nothing where fixed."""
        return {"broken": "everything", "half-fixed": self.lacks, "fixed": ""}[self.variant]


origin = "the second seed; ORCHESTRATION §3 g"
settings = Settings()
needs = ("deltalake", "pyarrow")
promises = [
    models_are_trained_on_whole_days,
    training_reads_the_version_that_passed,
    a_model_is_as_good_as_its_day_allows,
]
must_reach = [DatasetWritten, GateDecided, ModelJudged]


async def play(site: Site[Settings]) -> None:
    """Let the day land, train when the gate passes, and judge the model by the next day."""
    from control_plane.datasets import Dataset

    seed = site.seeds.stream("lists").getrandbits(32)
    whole = ranking.lists_of_a_day(seed, 1, site.settings.lists)
    table = Dataset(site.folder, TABLE, emit=site.emit)
    table.create(day.columns(), by=["date", "hour"])
    site.emit(DayPlanned(TABLE, DATE, day.rows_by_hour(whole)))
    landing = asyncio.create_task(_land(site, table, whole))
    correcting = asyncio.create_task(_correct(site, table, whole, landing))
    snapshot = await _passed(site, table)
    await asyncio.sleep(STARTS_IN_S)
    if site.settings.without in ("everything", "pin"):
        # nobody handed the snapshot on, so training finds the table by its name
        snapshot = table.open()
    await _train(site, snapshot, seed)
    await asyncio.gather(landing, correcting)


async def _land(site: Site[Settings], table: Dataset, whole: ranking.Lists) -> None:
    writer = table.open()
    for landing in day.landings(whole, site.settings.punctual, site.seeds.stream("landings")):
        await site.until_s(landing.at_s)
        writer.append(day.rows(DATE, landing.lists, site.now_s))


async def _correct(site: Site[Settings], table: Dataset, whole: ranking.Lists, landing: asyncio.Task[None]) -> None:
    """Take the late hours away and write them anew, once the day is whole and somebody may be reading it."""
    await landing
    await site.trace.until(GateDecided, table=TABLE, passed=True)
    late = whole.where(whole.hours >= site.settings.punctual)
    if len(late.hours):
        await asyncio.sleep(site.seeds.stream("correction").uniform(60.0, 300.0))
        writer = table.open()
        writer.remove(f"date = '{DATE}' AND hour >= {site.settings.punctual}")
        await asyncio.sleep(2 * STARTS_IN_S)
        writer.append(day.rows(DATE, late, site.now_s))


async def _passed(site: Site[Settings], table: Dataset) -> Snapshot:
    """Ask the gate again and again from when training is due, and return the snapshot that passed."""
    await site.until_s(DUE_S)
    while True:
        snapshot = table.open()
        decision = _decide(site.settings, snapshot.parts(), site.now_s)
        site.emit(GateDecided(TABLE, snapshot.version, DATE, decision.passed, decision.reason))
        if decision.passed:
            return snapshot
        await asyncio.sleep(ASKS_EVERY_S)


def _decide(s: Settings, parts: Sequence[partitions.Part], now_s: float) -> partitions.Decision:
    size = s.lists * ranking.ITEMS
    wanted = partitions.Wanted(DATE, range(ranking.HOURS), size // 2, size * 2)
    match s.without:
        case "everything":
            return partitions.there(parts, wanted)
        case "completeness":
            return partitions.fresh([part for part in parts if part.date == DATE], now_s, YOUNG_S)
        case "rows":
            return partitions.counted(parts, wanted)
    return partitions.complete(parts, wanted)


async def _train(site: Site[Settings], snapshot: Snapshot, seed: int) -> None:
    rows = await site.held(snapshot.rows, for_s=5.0)
    read = day.lists_in(rows, DATE)
    site.emit(TrainingSetRead(TABLE, DATE, snapshot.version, day.rows_by_hour(read)))
    ranker = await site.held(lambda: ranking.trained(read), for_s=1200.0)
    tomorrow = ranking.lists_of_a_day(seed, 2, site.settings.lists)
    offline, quality = ranking.offline(ranker, read), ranking.by_hour(ranker, tomorrow)
    site.emit(ModelJudged(TABLE, DATE, offline, quality, _reference(seed, site.settings.lists)))
    if site.settings.cross_check:
        site.emit(QualityCrossChecked(TABLE, DATE, ranking.cross_checked(ranker, tomorrow)))


@lru_cache(maxsize=64)
def _reference(seed: int, lists: int) -> tuple[float, ...]:
    """Return the quality by hour of the ranker of the whole day, which no table had a hand in."""
    whole = ranking.trained(ranking.lists_of_a_day(seed, 1, lists))
    return ranking.by_hour(whole, ranking.lists_of_a_day(seed, 2, lists))


def damage(trace: Trace, s: Settings) -> Damage:
    """Say what share of the whole day's NDCG the model lacks on the next day."""
    judged = next(trace.of(ModelJudged))
    read = next(trace.of(TrainingSetRead)).event
    passed = next(entry for entry in trace.of(GateDecided) if entry.event.passed)
    mean, best = (sum(hours) / len(hours) for hours in (judged.event.quality, judged.event.reference_quality))
    lost = round(max(100 * (1 - mean / best), 0.0), 3)
    hours = sum(1 for count in read.rows if count)
    checked = next(trace.of(QualityCrossChecked), None)
    return Damage(
        amount=lost,
        unit="% of NDCG lost",
        sentence=f"trained on {hours} of {len(read.rows)} hours, the ranker has an NDCG@10 of {mean:.4f} on the next "
        f"day instead of {best:.4f}, while its offline judgement says {judged.event.offline_quality:.4f}",
        figures={
            "hours_in_training": hours,
            "rows_in_training": sum(read.rows),
            "ndcg": round(mean, 4),
            "ndcg_of_the_whole_day": round(best, 4),
            "ndcg_offline": round(judged.event.offline_quality, 4),
            "waited_s": round(passed.at_s - DUE_S, 3),
        }
        | ({"ndcg_by_sklearn": round(checked.event.quality, 4)} if checked else {}),
    )
