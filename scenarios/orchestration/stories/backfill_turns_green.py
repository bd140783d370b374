"""A backfill of an old day makes the table fresh, and tonight's training begins on an incomplete day.

A freshness check takes the age of the newest row. On the table, any day's row passes it; on the day, the first rows of
its late hours pass it. Neither checks that the day is complete, which its producer declares in a manifest
(docs/reference/stories.md §4 C14).
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
from gateway_sim.scenarios.orchestration.workloads import day, nightly, ranking
from gateway_sim.scenarios.orchestration.workloads.model_events import ModelJudged
from gateway_sim.scenarios.orchestration.workloads.sandbox import Sandbox, at_least
from gateway_sim.scenarios.sim.trace import Trace

if TYPE_CHECKING:
    from gateway_sim.control_plane.data.datasets import Dataset

YESTERDAY, TODAY = "day-1", "day-2"


@dataclass(frozen=True)
class Settings(nightly.NightlySettings):
    """Days of `lists` lists in each hour; a backfill rewrites the first `corrected` hours of yesterday in the night.

    The half-fixed gate checks the freshness of the day instead of the table's.
    """

    corrected: int = at_least(1, 6)
    recent_s: float = at_least(60, 7200.0)

    def __post_init__(self) -> None:
        """Refuse a backfill of more than a day."""
        super().__post_init__()
        self.within_a_day("corrected")


origin = "docs/reference/stories.md §4 C14"
settings = Settings()
does = {
    "broken": "Training begins when the newest row of the table is recent, whichever day it belongs to.",
    "half-fixed": "Training begins when the newest row of the day is recent, though late hours are missing.",
    "fixed": "Training begins when every hour that the producer's manifest declares is complete.",
}
needs = ("deltalake", "pyarrow")
promises = [models_are_trained_on_whole_days, a_model_is_as_good_as_its_day_allows]
must_reach = [DatasetWritten, GateDecided, ModelJudged]
parts = ("gate",)


async def play(sandbox: Sandbox[Settings]) -> None:
    """Write today's hours as they arrive, backfill yesterday when today's training is due, and train."""
    s = sandbox.settings
    seed = sandbox.seeds.stream("lists").getrandbits(32)
    yesterday, today = (ranking.lists_of_a_day(seed, n, s.lists) for n in (1, 2))
    table = nightly.table_of_days(sandbox)
    manifest = nightly.Manifest(sandbox.bucket("manifests"), TODAY)
    await nightly.write(sandbox, table.open(), YESTERDAY, yesterday)
    async with asyncio.TaskGroup() as others:
        others.create_task(nightly.land(sandbox, table, TODAY, today, nightly.PUNCTUAL, manifest))
        others.create_task(_backfill(sandbox, table, yesterday))
        snapshot = await nightly.passed(sandbox, table, TODAY, partial(_decide, s, gates.made(sandbox), manifest))
        await nightly.train(sandbox, snapshot, TODAY, seed, s.lists)


async def _backfill(sandbox: Sandbox[Settings], table: Dataset, yesterday: ranking.Lists) -> None:
    """Rewrite some of yesterday's hours, soon after the gate has first refused today."""
    await sandbox.until_s(sandbox.settings.due_s + sandbox.seeds.stream("backfill").uniform(60.0, 1500.0))
    corrected = yesterday.where(yesterday.hours < sandbox.settings.corrected)
    part = f"date = '{YESTERDAY}' AND hour < {sandbox.settings.corrected}"
    await nightly.write(sandbox, table.open(), YESTERDAY, corrected, part)


def _decide(
    s: Settings, own: gates.Gate | None, manifest: nightly.Manifest, parts: Sequence[partitions.Part], now_s: float
) -> partitions.Decision:
    if own is not None:
        return own.decide(parts, day.wanted(TODAY, s.lists), manifest.read(), now_s)
    match s.variant:
        case "broken":
            return partitions.fresh(parts, now_s, s.recent_s)
        case "half-fixed":
            return partitions.fresh([part for part in parts if part.date == TODAY], now_s, s.recent_s)
    return partitions.declared(parts, day.wanted(TODAY, s.lists), manifest.read())


def damage(trace: Trace, s: Settings) -> Damage:
    """Count the hours of today that were missing or incomplete in training."""
    figures = nightly.outcome(trace, s.due_s)
    lacking = figures["hours_not_whole"]
    return Damage(
        amount=lacking,
        unit="incomplete hours in training",
        sentence=f"training began {figures['waited_s'] / day.HOUR_S:.1f} h after it was due, on "
        f"{ranking.HOURS - lacking} complete hours of {ranking.HOURS}; it lost {figures['ndcg_lost_percent']:.1f} % of "
        "the NDCG that the day allows",
        figures=figures,
    )
