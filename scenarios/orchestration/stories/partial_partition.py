"""A ranker is trained on 18 of the day's 24 hours, and its offline quality is better than ever.

The evening's hours arrive late. A sensor finds the partition, a freshness check finds a recent row, and both let
training begin. The held-out lists are of the same hours, so the offline quality does not show what is missing. A count
of hours waits for all 24, and accepts any part of an hour as one; a check of the number of rows accepts an hour of
which most has landed. What is complete, the producer's manifest says. A day that passed may be under correction when
training reads it.

With visits the ranker goes online. The position of an item and its true grade decide about clicks, and an online test
compares the click-through of the new ranker with that of the one before it. The test finds days later what the offline
quality did not show: the ranker is rolled back, the manifest is enforced, and the next training waits for a whole day.
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
from gateway_sim.scenarios.orchestration.promises.a_model_draws_the_clicks_that_its_day_allows import (
    a_model_draws_the_clicks_that_its_day_allows,
)
from gateway_sim.scenarios.orchestration.promises.a_model_is_as_good_as_its_day_allows import (
    a_model_is_as_good_as_its_day_allows,
)
from gateway_sim.scenarios.orchestration.promises.models_are_trained_on_whole_days import (
    models_are_trained_on_whole_days,
)
from gateway_sim.scenarios.orchestration.promises.no_model_is_rolled_back_by_chance import (
    no_model_is_rolled_back_by_chance,
)
from gateway_sim.scenarios.orchestration.promises.training_reads_the_version_that_passed import (
    training_reads_the_version_that_passed,
)
from gateway_sim.scenarios.orchestration.workloads import day, nightly, online, ranking
from gateway_sim.scenarios.orchestration.workloads.model_events import GateEnforced, ModelJudged, QualityCrossChecked
from gateway_sim.scenarios.orchestration.workloads.sandbox import Sandbox, above_zero, at_least, one_of
from gateway_sim.scenarios.sim.errors import SettingsRefused
from gateway_sim.scenarios.sim.trace import Trace

if TYPE_CHECKING:
    from gateway_sim.control_plane.data.buckets import Bucket
    from gateway_sim.control_plane.data.datasets import Dataset
    from gateway_sim.trainer_pod.tabular import TabularModel

DATE = "day-1"
CORRECTS_IN_S = 1200.0
"""The seconds between the removal of hours and their corrected rows."""


@dataclass(frozen=True)
class Settings(nightly.NightlySettings):
    """A day of `lists` lists in each hour, of which `punctual` hours arrive on time.

    The training begins `starts_in_s` after the gate has passed. One to five minutes after the day is complete and has
    passed, its late hours are removed; they are written again, corrected, 20 minutes later.

    With `visits` visits a day above 0 the model goes online for at most `online_days` days: the share `tested_share` of
    the visits gets it, and a test with `error_rate` compares the arms each midnight. `error_rate` is the chance that
    any of its looks finds a difference between equal arms. An item without relevance that is looked at is clicked with
    chance `click_noise`.

    Of a late hour the share `lands_first` arrives before the rest. The half-fixed gate `omits` one thing:
    "completeness" (it checks the age of the newest row), "rows" (it counts hours only), the "manifest" (it accepts half
    to twice the usual rows of an hour), or the "pin" (training reads the newest version, not the one that passed). With
    `cross_check` the NDCG is also computed by scikit-learn.
    """

    punctual: int = at_least(1, nightly.PUNCTUAL)
    starts_in_s: float = 600.0
    cross_check: bool = False
    visits: int = 0
    online_days: int = at_least(1, 28)
    tested_share: float = above_zero(0.5)
    error_rate: float = above_zero(0.05)
    click_noise: float = 0.1
    omits: str = one_of("completeness", "rows", "manifest", "pin")

    def __post_init__(self) -> None:
        """Refuse more punctual hours than a day has, and an online test without a control or without a chance."""
        super().__post_init__()
        self.within_a_day("punctual")
        for name in ("tested_share", "error_rate", "click_noise"):
            if getattr(self, name) >= 1:
                raise SettingsRefused(f"{name} is {getattr(self, name)}; it must be below 1")


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
full = {"lists": "100", "cross_check": "true", "visits": "500"}
needs = ("deltalake", "pyarrow")
promises = [
    models_are_trained_on_whole_days,
    training_reads_the_version_that_passed,
    a_model_is_as_good_as_its_day_allows,
    a_model_draws_the_clicks_that_its_day_allows,
    no_model_is_rolled_back_by_chance,
]
must_reach = [DatasetWritten, GateDecided, ModelJudged]
parts = ("gate",)


async def play(sandbox: Sandbox[Settings]) -> None:
    """Write the day's hours as they arrive, train when the gate passes, and judge the model on the next day."""
    s = sandbox.settings
    seed = sandbox.seeds.stream("lists").getrandbits(32)
    whole = ranking.lists_of_a_day(seed, 1, s.lists)
    table = nightly.table_of_days(sandbox)
    bucket = sandbox.bucket("manifests")
    manifest = nightly.Manifest(bucket, DATE)
    async with asyncio.TaskGroup() as others:
        landing = others.create_task(nightly.land(sandbox, table, DATE, whole, s.punctual, manifest))
        others.create_task(_correct(sandbox, table, whole, landing))
        snapshot = await nightly.passed(sandbox, table, DATE, partial(_decide, s, gates.made(sandbox), manifest))
        await asyncio.sleep(s.starts_in_s)
        if s.variant == "broken" or s.omitted == "pin":
            # training was not given the snapshot, so it opens the table by its name
            snapshot = table.open()
        ranker = await nightly.train(sandbox, snapshot, DATE, seed, s.lists)
        if s.cross_check:
            checked = ranking.cross_checked(ranker, ranking.lists_of_a_day(seed, 2, s.lists))
            sandbox.emit(QualityCrossChecked(nightly.TABLE, DATE, checked))
    if s.visits:
        await _online(sandbox, table, bucket, ranker, seed)


async def _online(sandbox: Sandbox[Settings], table: Dataset, bucket: Bucket, ranker: TabularModel, seed: int) -> None:
    """Test the model online; where it is rolled back, enforce the manifest, train on the last day and test again."""
    s, former = sandbox.settings, nightly.whole_day(seed, 0, sandbox.settings.lists)
    found = await online.tested(sandbox, DATE, ranker, former, seed)
    if found is None:
        return
    sandbox.emit(GateEnforced(nightly.TABLE, found))
    date, since_s = f"day-{found}", (found - 1) * online.DAY_S
    manifest, whole = nightly.Manifest(bucket, date), ranking.lists_of_a_day(seed, found, s.lists)

    def enforced(parts: Sequence[partitions.Part], now_s: float) -> partitions.Decision:
        return partitions.declared(parts, day.wanted(date, s.lists), manifest.read())

    async with asyncio.TaskGroup() as others:
        others.create_task(nightly.land(sandbox, table, date, whole, s.punctual, manifest, since_s=since_s))
        snapshot = await nightly.passed(sandbox, table, date, enforced, since_s=since_s)
        again = await nightly.train(sandbox, snapshot, date, seed, s.lists)
    await online.tested(sandbox, date, again, former, seed)


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
        await asyncio.sleep(CORRECTS_IN_S)
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
            return partitions.fresh([part for part in parts if part.date == DATE], now_s, s.recent_s)
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
    figures = nightly.outcome(trace, s.due_s)
    # the reference measured complete and missing hours, none in part
    reference = {} if s.omitted in ("rows", "manifest") else MEASURED.get(int(figures["hours_in_training"]), {})
    checked = next(trace.of(QualityCrossChecked), None)
    clicks = online.outcome(trace, DATE, s.error_rate)
    found = ""
    if clicks.get("days_until_found"):
        found = (
            f"; the online test found it in the night after day {clicks['days_until_found']:g} of serving, with a "
            f"click-through {clicks['click_through_lost_percent']:.1f} % lower, and the model was rolled back"
        )
    elif clicks:
        found = "; the online test found no fewer clicks"
    return Damage(
        amount=figures["hours_not_whole"],
        unit="incomplete hours in training",
        sentence=f"trained on {figures['hours_in_training']} of {ranking.HOURS} hours, {figures['hours_not_whole']} "
        f"of the day incomplete, the ranker has an NDCG@10 of "
        f"{figures['ndcg']:.4f} on the next day instead of {figures['ndcg_of_the_whole_day']:.4f}, while its offline "
        f"quality is {figures['ndcg_offline']:.4f}{found}",
        figures=figures
        | reference
        | ({"ndcg_by_sklearn": round(checked.event.quality, 4)} if checked else {})
        | clicks,
        also={"% of NDCG lost": max(figures["ndcg_lost_percent"], 0.0)} | online.beside(clicks),
    )
