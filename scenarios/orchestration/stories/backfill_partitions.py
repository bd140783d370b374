"""Two backfills of the same day overlap, and the table ends with duplicated rows and missing cities.

Each worker writes a few cities. Where the date alone is the key, the last writer removes the other workers' cities.
Where a commit is not checked, two writers that planned on the same listing both leave their files. The key alone leaves
duplicates, the check alone leaves gaps. With both, the second writer is refused, and reads and writes its part again.
The second backfill was started because the source was corrected. The slowest worker of the first one read the source
before that and writes last: where its commit is not checked, the correction is lost.

Boosted trees that stop early are judged by a part of their own rows. Where each row is there twice, they know that part
by heart, and their training loss says how good they look.
"""

from __future__ import annotations

import asyncio
import importlib.util
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import TYPE_CHECKING

import numpy as np

from gateway_sim.control_plane.events import DatasetWritten, WriteRefused
from gateway_sim.scenarios.judge.damage import Damage
from gateway_sim.scenarios.orchestration.ports import dataset as datasets
from gateway_sim.scenarios.orchestration.promises.no_partition_is_lost import no_partition_is_lost
from gateway_sim.scenarios.orchestration.promises.no_row_is_counted_twice import no_row_is_counted_twice
from gateway_sim.scenarios.orchestration.promises.no_update_is_lost import no_update_is_lost
from gateway_sim.scenarios.orchestration.promises.the_model_is_that_of_the_true_rows import (
    the_model_is_that_of_the_true_rows,
)
from gateway_sim.scenarios.orchestration.workloads import boosting, cities
from gateway_sim.scenarios.orchestration.workloads.cities import NOISE
from gateway_sim.scenarios.orchestration.workloads.model_events import (
    BackfillEnded,
    ModelCompared,
    RowsCompared,
    TableCounted,
    TreesCompared,
    WorkerDied,
)
from gateway_sim.scenarios.orchestration.workloads.sandbox import Sandbox, SandboxSettings, at_least, one_of
from gateway_sim.scenarios.sim.errors import SettingsRefused
from gateway_sim.scenarios.sim.trace import Trace

if TYPE_CHECKING:
    from gateway_sim.scenarios.orchestration.workloads.lakes import Lake

TABLE = "rides"
WRITES_IN_S = 2.0
"""The seconds of a commit."""

CORRECTED_S = 10.0
"""The second at which the source is corrected, in the cities of the first worker."""

SPREAD_S = 10.0
"""The longest time that a worker takes beyond its setting."""


@dataclass(frozen=True)
class Settings(SandboxSettings):
    """`cities` cities of `rows` rows each, `a_worker` of them to a worker; a worker dies unreported with chance `dies`.

    A backfill begins its workers `slot_s` apart; the second backfill begins each one 20 to 40 s after the first's. A
    worker begins to commit `takes_s` to 10 s more after its read of the source, and the first of all `slow_s` to 10 s
    more. The first worker of each backfill does not die. The source's correction changes a tenth of the rows of its
    cities. `noise` is the standard deviation of what no model can learn of a target. With `boosted` scikit-learn's
    boosted trees are trained too, for at most `rounds` rounds, on the table and on the true rows; `rows` must then be
    10 or more.
    The half-fixed backfill `omits` one thing: the "commit-check", or the "city" in its key.
    """

    cities: int = at_least(1, 10)
    rows: int = at_least(1, 60)
    a_worker: int = at_least(1, 2)
    dies: float = 0.2
    slot_s: float = 90.0
    takes_s: float = 50.0
    slow_s: float = 110.0
    noise: float = NOISE
    boosted: bool = False
    rounds: int = at_least(1, 50)
    omits: str = one_of("commit-check", "city")

    def __post_init__(self) -> None:
        """Refuse workers that always die or begin too late, and boosted trees of too few rows or without library."""
        super().__post_init__()
        self.begins_within("slot_s", len(self.groups))
        if self.dies >= 1:
            raise SettingsRefused(f"dies is {self.dies}; it must be below 1, or no backfill ever ends")
        if self.boosted:
            self.require("rows", 10, "what boosted trees need: a fifth of one city decides when they stop")
        if self.boosted and importlib.util.find_spec("sklearn") is None:
            raise SettingsRefused("boosted needs scikit-learn; run: pip install 'gateway-sim[orchestration]'")

    @property
    def groups(self) -> list[range]:
        """The cities of each worker."""
        return [range(n, min(n + self.a_worker, self.cities)) for n in range(0, self.cities, self.a_worker)]


origin = "Training Orchestration Failure Modes in Production; docs/reference/stories.md §3 a"
settings = Settings()
does = {
    "broken": "The date alone is the key, and a commit is not checked against other writers.",
    "half-fixed, commit-check": "The key has date and city, so no worker removes another's cities; a commit is not "
    "checked.",
    "half-fixed, city": "A commit is checked against other writers; the date alone is the key, so a later writer "
    "removes cities.",
    "fixed": "The key has date and city, and a commit that was planned on an old listing is refused and made again.",
}
full = {"cities": "30", "rows": "300", "a_worker": "6"}
needs = ("deltalake", "pyarrow")
promises = [no_row_is_counted_twice, no_partition_is_lost, no_update_is_lost, the_model_is_that_of_the_true_rows]
must_reach = [DatasetWritten, BackfillEnded, TableCounted, RowsCompared, ModelCompared]
parts = ("dataset",)


async def play(sandbox: Sandbox[Settings]) -> None:
    """Run both backfills, count what the table holds, and train on it."""
    from gateway_sim.scenarios.orchestration.workloads.lakes import DeltaLake, FolderLake, PartLake

    s, seed = sandbox.settings, sandbox.seeds.stream("cities").getrandbits(32)
    old = cities.rows_of(seed, "training", s.cities, s.rows, s.noise)
    true = corrected(old, s)

    def source() -> cities.Rows:
        return true if sandbox.now_s >= CORRECTED_S else old

    own = datasets.made(sandbox, TABLE, cities.columns(), ["date", "city"])
    if own is not None:
        lake: Lake = PartLake(own, TABLE, sandbox.emit, by_city=s.has("city"))
    else:
        kind = DeltaLake if s.has("commit-check") else FolderLake
        lake = kind(sandbox.folder, TABLE, sandbox.emit, by_city=s.has("city"))
    later_s = sandbox.seeds.stream("backfills").uniform(20.0, 40.0)
    await asyncio.gather(
        _backfill(sandbox, lake, source, "backfill-1", 0.0), _backfill(sandbox, lake, source, "backfill-2", later_s)
    )
    table = await sandbox.blocking(lake.rows, takes_s=5.0)
    read = cities.rows_in(table)
    keys = np.stack([read.cities, read.numbers], axis=-1)
    counts, distinct = (np.bincount(some[:, 0], minlength=s.cities) for some in (keys, np.unique(keys, axis=0)))
    sandbox.emit(TableCounted(TABLE, tuple(counts.tolist()), tuple(distinct.tolist()), (s.rows,) * s.cities))
    newest = true.targets.reshape(s.cities, s.rows)[read.cities, read.numbers]
    outdated = np.bincount(read.cities[read.targets != newest], minlength=s.cities)
    sandbox.emit(RowsCompared(TABLE, tuple(outdated.tolist())))
    held_out = cities.rows_of(seed, "validation", s.cities, s.rows, s.noise)
    fitted = await sandbox.blocking(lambda: cities.fitted(read, held_out, s.cities), takes_s=600.0)
    reference = _reference(seed, s)
    sandbox.emit(ModelCompared(TABLE, fitted.weights, reference.weights, fitted.loss, reference.loss))
    if s.boosted:
        trees, others = [
            await sandbox.blocking(partial(boosting.boosted, rows, held_out, s.rounds), takes_s=600.0)
            for rows in (read, true)
        ]
        sandbox.emit(TreesCompared(TABLE, trees.loss, others.loss, (trees.rounds, others.rounds)))


def corrected(rows: cities.Rows, s: Settings) -> cities.Rows:
    """Return the source's rows after its correction."""
    targets = rows.targets.copy()
    targets[(rows.cities < s.a_worker) & (rows.numbers % 10 == 0)] += 2 * cities.SCALE
    return cities.Rows(rows.cities, rows.numbers, rows.features, targets)


async def _backfill(
    sandbox: Sandbox[Settings], lake: Lake, source: Callable[[], cities.Rows], name: str, later_s: float
) -> None:
    """Start a worker for each group of cities, slot by slot."""
    workers = []
    for slot, group in enumerate(sandbox.settings.groups):
        await sandbox.until_s(slot * sandbox.settings.slot_s + later_s)
        workers.append(asyncio.create_task(_work(sandbox, lake, source, name, group)))
    await asyncio.gather(*workers)
    sandbox.emit(BackfillEnded(name))


async def _work(
    sandbox: Sandbox[Settings], lake: Lake, source: Callable[[], cities.Rows], name: str, group: range
) -> None:
    """Read a group's rows and write them, until a worker has written and reported them."""
    from gateway_sim.control_plane.data.datasets import WriteConflict

    chance = sandbox.seeds.stream(f"{name}/{group.start}")
    s = sandbox.settings
    takes_s = s.slow_s if name == "backfill-1" and group.start == 0 else s.takes_s
    while True:
        write, rows = lake.planned(group), source().of(group)
        await asyncio.sleep(chance.uniform(takes_s, takes_s + SPREAD_S))
        try:
            await sandbox.blocking(partial(write, rows), takes_s=WRITES_IN_S)
        except WriteConflict:
            continue
        if group.start == 0 or chance.random() >= s.dies:
            return
        sandbox.emit(WorkerDied(name, f"cities {group.start} to {group.stop - 1}"))


@lru_cache(maxsize=64)
def _reference(seed: int, s: Settings) -> cities.Fitted:
    """Return the model of the true rows, trained without a table."""
    old, held_out = (cities.rows_of(seed, draw, s.cities, s.rows, s.noise) for draw in ("training", "validation"))
    return cities.fitted(corrected(old, s), held_out, s.cities)


def damage(trace: Trace, s: Settings) -> Damage:
    """Count the duplicated, the missing and the outdated rows."""
    counted, model = next(trace.of(TableCounted)).event, next(trace.of(ModelCompared)).event
    twice = sum(counted.rows) - sum(counted.distinct)
    lost = sum(counted.wanted) - sum(counted.distinct)
    outdated = sum(next(trace.of(RowsCompared)).event.outdated)
    gone = sum(have < want for have, want in zip(counted.distinct, counted.wanted, strict=True))
    boosted = next((entry.event for entry in trace.of(TreesCompared)), None)
    (train, val), (true_train, true_val) = model.loss, model.reference_loss
    return Damage(
        amount=twice + lost + outdated,
        unit="rows twice, lost or outdated",
        sentence=f"{twice} rows are duplicates, {outdated} have an older content, and {gone} of {s.cities} cities lack "
        f"rows; the model has loss {train:.3f} in training and {val:.3f} in validation instead of {true_train:.3f} and "
        f"{true_val:.3f}{_said(boosted) if boosted else ''}",
        figures={
            "rows_twice": twice,
            "rows_lost": lost,
            "rows_outdated": outdated,
            "partitions_lost": gone,
            "train_loss": train,
            "validation_loss": val,
            "train_loss_of_the_true_rows": true_train,
            "validation_loss_of_the_true_rows": true_val,
            "commits_refused": sum(1 for _ in trace.of(WriteRefused)),
            "workers_died_unheard": sum(1 for _ in trace.of(WorkerDied)),
            **(_figures(boosted) if boosted else {}),
        },
    )


def _said(boosted: TreesCompared) -> str:
    (train, val), (true_train, true_val) = boosted.loss, boosted.reference_loss
    return (
        f"; boosted trees have {train:.3f} in training and {val:.3f} in validation instead of {true_train:.3f} and "
        f"{true_val:.3f}"
    )


def _figures(boosted: TreesCompared) -> dict[str, float]:
    names = ("boosted_train_loss", "boosted_validation_loss")
    own, true = (dict(zip(names, loss, strict=True)) for loss in (boosted.loss, boosted.reference_loss))
    rounds, true_rounds = boosted.tree_rounds
    others = {f"{name}_of_the_true_rows": loss for name, loss in true.items()}
    return own | others | {"boosted_rounds": rounds, "boosted_rounds_of_the_true_rows": true_rounds}
