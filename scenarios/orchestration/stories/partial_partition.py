"""A ranker is trained on 18 of the day's 24 hours, and its offline quality is better than ever.

The evening's hours arrive late. A sensor finds the partition, a freshness check finds a recent row, and both let
training begin. The held-out lists are of the same hours, so the offline quality does not show what is missing. A count
of hours waits for all 24, and accepts any part of an hour as one; a check of the number of rows accepts an hour of
which most has landed. What is complete, the producer's manifest says. A day that passed may be under correction when
training reads it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from gateway_sim.control_plane.data import partitions
from gateway_sim.control_plane.events import DatasetWritten, GateDecided
from gateway_sim.scenarios.judge.damage import Damage
from gateway_sim.scenarios.orchestration.ports import gate as gates
from gateway_sim.scenarios.orchestration.promises.a_model_is_as_good_as_its_day_allows import (
    a_model_is_as_good_as_its_day_allows,
)
from gateway_sim.scenarios.orchestration.promises.models_are_trained_on_whole_days import (
    models_are_trained_on_whole_days,
)
from gateway_sim.scenarios.orchestration.promises.training_reads_the_version_that_passed import (
    training_reads_the_version_that_passed,
)
from gateway_sim.scenarios.orchestration.workloads import day, nightly, ranking
from gateway_sim.scenarios.orchestration.workloads.model_events import ModelJudged, QualityCrossChecked
from gateway_sim.scenarios.orchestration.workloads.sandbox import Sandbox, at_least, one_of
from gateway_sim.scenarios.sim.trace import Trace

if TYPE_CHECKING:
    from gateway_sim.control_plane.data.datasets import Dataset

DATE = "day-1"
YOUNG_S = 12 * day.HOUR_S


@dataclass(frozen=True)
class Settings(nightly.NightlySettings):
    """A day of `lists` lists in each hour, of which `punctual` hours have arrived when training is due.

    Of a late hour the share `lands_first` arrives before the rest. The half-fixed gate `omits` one thing:
    "completeness" (it checks the age of the newest row), "rows" (it counts hours only), the "manifest" (it accepts half
    to twice the usual rows of an hour), or the "pin" (training reads the newest version, not the one that passed). With
    `cross_check` the NDCG is also computed by scikit-learn.
    """

    punctual: int = at_least(1, nightly.PUNCTUAL)
    cross_check: bool = False
    omits: str = one_of("completeness", "rows", "manifest", "pin")

    def __post_init__(self) -> None:
        """Refuse more punctual hours than a day has."""
        super().__post_init__()
        self.within_a_day("punctual")


origin = "Training Orchestration Failure Modes in Production; docs/reference/stories.md §3 g"
settings = Settings()
does = {
    "broken": "Training begins when the day's partition is there.",
    "half-fixed, completeness": "Training begins when the newest row of the day is recent.",
    "half-fixed, rows": "Training begins when each of the 24 hours has at least one row.",
    "half-fixed, manifest": "Training begins when each of the 24 hours has half to twice its usual rows.",
    "half-fixed, pin": "Training begins when the day is as its manifest says; it reads the newest version, not the "
    "one that was checked.",
    "fixed": "Training begins when the day is as its manifest says, and reads the version that was checked.",
}
full = {"lists": "100", "cross_check": "true"}
needs = ("deltalake", "pyarrow")
promises = [
    models_are_trained_on_whole_days,
    training_reads_the_version_that_passed,
    a_model_is_as_good_as_its_day_allows,
]
must_reach = [DatasetWritten, GateDecided, ModelJudged]
parts = ("gate",)


async def play(sandbox: Sandbox[Settings]) -> None:
    """Write the day's hours as they arrive, train when the gate passes, and judge the model on the next day."""
    s = sandbox.settings
    seed = sandbox.seeds.stream("lists").getrandbits(32)
    whole = ranking.lists_of_a_day(seed, 1, s.lists)
    table = nightly.table_of_days(sandbox)
    manifest = nightly.Manifest(sandbox.bucket("manifests"), DATE)
    async with asyncio.TaskGroup() as others:
        landing = others.create_task(nightly.land(sandbox, table, DATE, whole, s.punctual, manifest))
        others.create_task(_correct(sandbox, table, whole, landing))
        snapshot = await nightly.passed(sandbox, table, DATE, partial(_decide, s, gates.made(sandbox), manifest))
        await asyncio.sleep(nightly.STARTS_IN_S)
        if s.variant == "broken" or s.omitted == "pin":
            # training was not given the snapshot, so it opens the table by its name
            snapshot = table.open()
        ranker = await nightly.train(sandbox, snapshot, DATE, seed, s.lists)
        if s.cross_check:
            checked = ranking.cross_checked(ranker, ranking.lists_of_a_day(seed, 2, s.lists))
            sandbox.emit(QualityCrossChecked(nightly.TABLE, DATE, checked))


async def _correct(
    sandbox: Sandbox[Settings], table: Dataset, whole: ranking.Lists, landing: asyncio.Task[None]
) -> None:
    """Remove the late hours and write them again, once the day is complete and may be read."""
    await landing
    await sandbox.trace.until(GateDecided, date=DATE, passed=True)
    late = whole.where(whole.hours >= sandbox.settings.punctual)
    if len(late.hours):
        await asyncio.sleep(sandbox.seeds.stream("correction").uniform(60.0, 300.0))
        writer = table.open()
        part = f"date = '{DATE}' AND hour >= {sandbox.settings.punctual}"
        await sandbox.blocking(lambda: writer.remove(part), takes_s=nightly.WRITES_IN_S)
        await asyncio.sleep(2 * nightly.STARTS_IN_S)
        await nightly.write(sandbox, writer, DATE, late)


def _decide(
    s: Settings, own: gates.Gate | None, manifest: nightly.Manifest, parts: Sequence[partitions.Part], now_s: float
) -> partitions.Decision:
    wanted = day.wanted(DATE, s.lists)
    if own is not None:
        return own.decide(parts, wanted, manifest.read(), now_s)
    if s.variant == "broken":
        return partitions.there(parts, wanted)
    match s.omitted:
        case "completeness":
            return partitions.fresh([part for part in parts if part.date == DATE], now_s, YOUNG_S)
        case "rows":
            return partitions.counted(parts, wanted)
        case "manifest":
            return partitions.complete(parts, wanted)
    return partitions.declared(parts, wanted, manifest.read())


MEASURED = {
    18: {"ndcg_card": 0.8526, "ndcg_offline_card": 0.9537, "ndcg_lost_percent_card": 7.7},
    24: {"ndcg_card": 0.9239, "ndcg_lost_percent_card": 0.0},
}
"""The figures of docs/reference/stories.md §3 g, measured on other lists of this kind, by hours in training."""


def damage(trace: Trace, s: Settings) -> Damage:
    """Count the hours of the day that were missing or incomplete in training.

    The unit is the hour, which is how the day arrives and is checked. An incomplete hour counts even where it happens
    to teach as much as a complete one; what the model lost by it is beside the number.
    """
    figures = nightly.outcome(trace)
    # the reference measured complete and missing hours, none in part
    reference = {} if s.omitted in ("rows", "manifest") else MEASURED.get(int(figures["hours_in_training"]), {})
    checked = next(trace.of(QualityCrossChecked), None)
    return Damage(
        amount=figures["hours_not_whole"],
        unit="incomplete hours in training",
        sentence=f"trained on {figures['hours_in_training']} of {ranking.HOURS} hours, {figures['hours_not_whole']} "
        f"of the day incomplete, the ranker has an NDCG@10 of "
        f"{figures['ndcg']:.4f} on the next day instead of {figures['ndcg_of_the_whole_day']:.4f}, while its offline "
        f"quality is {figures['ndcg_offline']:.4f}",
        figures=figures | reference | ({"ndcg_by_sklearn": round(checked.event.quality, 4)} if checked else {}),
        also={"% of NDCG lost": max(figures["ndcg_lost_percent"], 0.0)},
    )
