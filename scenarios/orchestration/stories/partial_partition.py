"""A ranker is trained on 18 of the day's 24 hours, and its offline judgement is better than ever.

The evening's hours come late. The sensor sees the partition, a freshness check sees a young row, and both let training
begin; the held-out lists are those of the day too, so nobody sees that nobody knows the evening. A count of hours waits
for 24, and takes a sixteenth of an hour for one. What passed whole may be under correction when it is read.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from control_plane.data import partitions
from control_plane.events import DatasetWritten, GateDecided
from scenarios.judge.damage import Damage
from scenarios.orchestration.promises.a_model_is_as_good_as_its_day_allows import a_model_is_as_good_as_its_day_allows
from scenarios.orchestration.promises.models_are_trained_on_whole_days import models_are_trained_on_whole_days
from scenarios.orchestration.promises.training_reads_the_version_that_passed import (
    training_reads_the_version_that_passed,
)
from scenarios.orchestration.workloads import day, nightly, ranking
from scenarios.orchestration.workloads.data_events import ModelJudged, QualityCrossChecked
from scenarios.orchestration.workloads.sandbox import Sandbox
from scenarios.orchestration.workloads.settings import SandboxSettings
from scenarios.sim.errors import SettingsRefused
from scenarios.sim.trace import Trace

if TYPE_CHECKING:
    from control_plane.data.datasets import Dataset

DATE = "day-1"
YOUNG_S = 12 * day.HOUR_S

omits = ("completeness", "rows", "pin")


@dataclass(frozen=True)
class Settings(SandboxSettings):
    """A day of `lists` lists in each hour, of which `punctual` hours are there when training is due.

    The half-fixed gate omits one thing: "completeness", for it asks how old the newest row is; "rows", for it counts
    hours; or the "pin", for training reads the table as it is by then. With `cross_check`, scikit-learn's ndcg_score
    stands beside our own.
    """

    lists: int = 16
    punctual: int = nightly.PUNCTUAL
    cross_check: bool = False
    omits: str = "completeness"

    def __post_init__(self) -> None:
        """Refuse a day without lists, one of more than 24 hours, and a lack that is none."""
        super().__post_init__()
        self.one_of("omits", omits)
        self.at_least_one("lists", "punctual")
        if self.lists < 4:
            raise SettingsRefused(f"lists is {self.lists}; every fourth is held out, so it must be 4 or more")
        if self.punctual > ranking.HOURS:
            raise SettingsRefused(f"punctual is {self.punctual}; a day has {ranking.HOURS} hours")

    @property
    def without(self) -> str:
        """Return what the gate does without: "everything" where broken, nothing where fixed."""
        return {"broken": "everything", "half-fixed": self.omits, "fixed": ""}[self.variant]


origin = "the second seed; ORCHESTRATION §3 g"
settings = Settings()
full = {"lists": "100", "cross_check": "true"}
needs = ("deltalake", "pyarrow")
promises = [
    models_are_trained_on_whole_days,
    training_reads_the_version_that_passed,
    a_model_is_as_good_as_its_day_allows,
]
must_reach = [DatasetWritten, GateDecided, ModelJudged]


async def play(sandbox: Sandbox[Settings]) -> None:
    """Let the day land, train when the gate passes, and judge the model by the next day."""
    s = sandbox.settings
    seed = sandbox.seeds.stream("lists").getrandbits(32)
    whole = ranking.lists_of_a_day(seed, 1, s.lists)
    table = nightly.table_of_days(sandbox)
    async with asyncio.TaskGroup() as others:
        landing = others.create_task(nightly.land(sandbox, table, DATE, whole, s.punctual))
        others.create_task(_correct(sandbox, table, whole, landing))
        snapshot = await nightly.passed(sandbox, table, DATE, lambda parts, now_s: _decide(s, parts, now_s))
        await asyncio.sleep(nightly.STARTS_IN_S)
        if s.without in ("everything", "pin"):
            # nobody handed the snapshot on, so training finds the table by its name
            snapshot = table.open()
        ranker = await nightly.train(sandbox, snapshot, DATE, seed, s.lists)
        if s.cross_check:
            checked = ranking.cross_checked(ranker, ranking.lists_of_a_day(seed, 2, s.lists))
            sandbox.emit(QualityCrossChecked(nightly.TABLE, DATE, checked))


async def _correct(
    sandbox: Sandbox[Settings], table: Dataset, whole: ranking.Lists, landing: asyncio.Task[None]
) -> None:
    """Take the late hours away and write them anew, once the day is whole and somebody may be reading it."""
    await landing
    await sandbox.trace.until(GateDecided, date=DATE, passed=True)
    late = whole.where(whole.hours >= sandbox.settings.punctual)
    if len(late.hours):
        await asyncio.sleep(sandbox.seeds.stream("correction").uniform(60.0, 300.0))
        writer = table.open()
        part = f"date = '{DATE}' AND hour >= {sandbox.settings.punctual}"
        await sandbox.held(lambda: writer.remove(part), for_s=nightly.WRITES_IN_S)
        await asyncio.sleep(2 * nightly.STARTS_IN_S)
        await nightly.write(sandbox, writer, DATE, late)


def _decide(s: Settings, parts: Sequence[partitions.Part], now_s: float) -> partitions.Decision:
    wanted = day.wanted(DATE, s.lists)
    match s.without:
        case "everything":
            return partitions.there(parts, wanted)
        case "completeness":
            return partitions.fresh([part for part in parts if part.date == DATE], now_s, YOUNG_S)
        case "rows":
            return partitions.counted(parts, wanted)
    return partitions.complete(parts, wanted)


CARD = {
    18: {"ndcg_card": 0.8526, "ndcg_offline_card": 0.9537, "ndcg_lost_percent_card": 7.7},
    24: {"ndcg_card": 0.9239, "ndcg_lost_percent_card": 0.0},
}
"""What ORCHESTRATION §3 g measured on another draw of such lists, by hours in training."""


def damage(trace: Trace, s: Settings) -> Damage:
    """Count the hours that training did not have whole, and the percent of NDCG that the model omits for it.

    With luck a part of an hour teaches as much as all of it, and training on it was a mistake all the same.
    """
    figures = nightly.outcome(trace)
    # the card knows hours that are there and hours that are not, and none that are there in part
    card = {} if s.without == "rows" else CARD.get(int(figures["hours_in_training"]), {})
    checked = next(trace.of(QualityCrossChecked), None)
    return Damage(
        amount=round(figures["hours_not_whole"] + max(figures["ndcg_lost_percent"], 0.0), 3),
        unit="hours not whole, and % of NDCG lost",
        sentence=f"trained on {figures['hours_in_training']} of {ranking.HOURS} hours, {figures['hours_not_whole']} "
        f"of the day not whole, the ranker has an NDCG@10 of "
        f"{figures['ndcg']:.4f} on the next day instead of {figures['ndcg_of_the_whole_day']:.4f}, while its offline "
        f"judgement says {figures['ndcg_offline']:.4f}",
        figures=figures | card | ({"ndcg_by_sklearn": round(checked.event.quality, 4)} if checked else {}),
    )
