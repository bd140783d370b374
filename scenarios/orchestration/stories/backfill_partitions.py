"""Two backfills of the same day overlap, and the table ends with rows that are there twice and cities that are gone.

Each worker writes a few cities. Where a date alone is the key, whoever writes last removes the others' cities; where
nobody checks at commit, two who planned on the same listing both leave their files. The key alone leaves the second,
the check alone the first; with both, whoever comes second is refused and does its part again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Protocol

import numpy as np

from control_plane.events import DatasetWritten, WriteRefused
from scenarios.judge.damage import Damage
from scenarios.orchestration.promises.no_partition_is_lost import no_partition_is_lost
from scenarios.orchestration.promises.no_row_is_counted_twice import no_row_is_counted_twice
from scenarios.orchestration.promises.the_model_is_that_of_the_true_rows import the_model_is_that_of_the_true_rows
from scenarios.orchestration.workloads import cities
from scenarios.orchestration.workloads.data_events import BackfillEnded, ModelCompared, TableCounted, WorkerDied
from scenarios.orchestration.workloads.sandbox import Sandbox
from scenarios.orchestration.workloads.settings import SandboxSettings
from scenarios.sim.errors import SettingsRefused
from scenarios.sim.trace import Trace

if TYPE_CHECKING:
    import pyarrow as pa

TABLE = "rides"
SLOT_S = 90.0
"""Each backfill starts a worker this often; the later backfill half a minute after the earlier, every time."""

WRITES_IN_S = 2.0
"""What a commit is charged, once it has landed."""

omits = ("commit-check", "city")


@dataclass(frozen=True)
class Settings(SandboxSettings):
    """`cities` cities of `rows` rows each, `a_worker` of them to a worker; a worker dies unheard with chance `dies`.

    The half-fixed backfill omits one thing: the "commit-check", or the "city" in its key.
    """

    cities: int = 10
    rows: int = 60
    a_worker: int = 2
    dies: float = 0.2
    omits: str = "commit-check"

    def __post_init__(self) -> None:
        """Refuse a table without rows, workers without cities or that never live, and a lack that is none."""
        super().__post_init__()
        self.one_of("omits", omits)
        self.at_least_one("cities", "rows", "a_worker")
        if self.dies >= 1:
            raise SettingsRefused(f"dies is {self.dies}; it must be below 1, or no backfill ever ends")

    @property
    def by_city(self) -> bool:
        """Say whether the city is part of the key."""
        return self.variant == "fixed" or (self.variant == "half-fixed" and self.omits != "city")

    @property
    def checked(self) -> bool:
        """Say whether a commit is refused whose part was written since it was planned."""
        return self.variant == "fixed" or (self.variant == "half-fixed" and self.omits != "commit-check")

    @property
    def groups(self) -> list[range]:
        """Return the cities of each worker."""
        return [range(n, min(n + self.a_worker, self.cities)) for n in range(0, self.cities, self.a_worker)]


origin = "the second seed; ORCHESTRATION §3 a"
settings = Settings()
full = {"cities": "30", "rows": "300", "a_worker": "6"}
needs = ("deltalake", "pyarrow")
promises = [no_row_is_counted_twice, no_partition_is_lost, the_model_is_that_of_the_true_rows]
must_reach = [DatasetWritten, BackfillEnded, TableCounted, ModelCompared]


class Lake(Protocol):
    """A table that workers plan on and write to."""

    def planned(self, group: range) -> Callable[[cities.Rows], None]:
        """Look at the table as it is, and return what writes these cities over what was seen."""
        ...

    def rows(self) -> pa.Table:
        """Return every row, in the order of all columns."""
        ...


async def play(sandbox: Sandbox[Settings]) -> None:
    """Run both backfills, count what the table holds, and train on it."""
    s, seed = sandbox.settings, sandbox.seeds.stream("cities").getrandbits(32)
    true = cities.rows_of(seed, "training", s.cities, s.rows)
    lake = _checked(sandbox) if s.checked else _unchecked(sandbox)
    later_s = sandbox.seeds.stream("backfills").uniform(20.0, 40.0)
    await asyncio.gather(
        _backfill(sandbox, lake, true, "backfill-1", 0.0), _backfill(sandbox, lake, true, "backfill-2", later_s)
    )
    table = await sandbox.held(lake.rows, for_s=5.0)
    read = cities.rows_in(table)
    counts, distinct = (np.bincount(_cities(read, once), minlength=s.cities).tolist() for once in (False, True))
    sandbox.emit(TableCounted(TABLE, tuple(counts), tuple(distinct), (s.rows,) * s.cities))
    held_out = cities.rows_of(seed, "validation", s.cities, s.rows)
    fitted = await sandbox.held(lambda: cities.fitted(read, held_out, s.cities), for_s=600.0)
    reference = _reference(seed, s.cities, s.rows)
    sandbox.emit(ModelCompared(TABLE, fitted.weights, reference.weights, fitted.loss, reference.loss))


def _cities(rows: cities.Rows, once: bool) -> cities.Array:
    keys = np.stack([rows.cities, rows.numbers], axis=-1)
    found: cities.Array = (np.unique(keys, axis=0) if once else keys)[:, 0]
    return found


async def _backfill(sandbox: Sandbox[Settings], lake: Lake, true: cities.Rows, name: str, later_s: float) -> None:
    """Start a worker for each group of cities, slot by slot."""
    workers = []
    for slot, group in enumerate(sandbox.settings.groups):
        await sandbox.until_s(slot * SLOT_S + later_s)
        workers.append(asyncio.create_task(_work(sandbox, lake, true.of(group), name, group)))
    await asyncio.gather(*workers)
    sandbox.emit(BackfillEnded(name))


async def _work(sandbox: Sandbox[Settings], lake: Lake, rows: cities.Rows, name: str, group: range) -> None:
    """Write a group's rows until they are written and somebody has heard of it."""
    from control_plane.data.datasets import WriteConflict

    chance = sandbox.seeds.stream(f"{name}/{group.start}")
    while True:
        write = lake.planned(group)
        await asyncio.sleep(chance.uniform(50.0, 60.0))
        try:
            await sandbox.held(partial(write, rows), for_s=WRITES_IN_S)
        except WriteConflict:
            continue
        if chance.random() >= sandbox.settings.dies:
            return
        sandbox.emit(WorkerDied(name, f"cities {group.start} to {group.stop - 1}"))


def _unchecked(sandbox: Sandbox[Settings]) -> Lake:
    """Return a table of folders, where an overwrite removes what it saw."""
    from scenarios.orchestration.workloads.folders import Folders

    folders, by_city = Folders(sandbox.folder, TABLE, emit=sandbox.emit), sandbox.settings.by_city

    class Unchecked:
        """Folders by date, or by date and city."""

        def planned(self, group: range) -> Callable[[cities.Rows], None]:
            """List the files of the parts, and return what removes them."""
            parts = [f"date={cities.DATE}/city={city}" for city in group] if by_city else [f"date={cities.DATE}"]
            seen = [file for part in parts for file in folders.seen(part)]

            def write(rows: cities.Rows) -> None:
                each = [rows.of(range(city, city + 1)) for city in group] if by_city else [rows]
                folders.overwrite({part: cities.table_of(some) for part, some in zip(parts, each, strict=True)}, seen)

            return write

        def rows(self) -> pa.Table:
            """Return every row."""
            return folders.rows()

    return Unchecked()


def _checked(sandbox: Sandbox[Settings]) -> Lake:
    """Return a Delta table, where an overwrite is refused whose part was written since it was planned."""
    from control_plane.data.datasets import Dataset

    dataset, by_city = Dataset(sandbox.folder, TABLE, emit=sandbox.emit), sandbox.settings.by_city
    dataset.create(cities.columns(), by=["date", "city"])

    class Checked:
        """A table by date and city, of which an overwrite names one or both."""

        def planned(self, group: range) -> Callable[[cities.Rows], None]:
            """Open the table, and return what replaces the part if it is still as it was."""
            snapshot = dataset.open()
            part = f"date = '{cities.DATE}'"
            if by_city:
                part += f" AND city >= {group.start} AND city < {group.stop}"
            return lambda rows: snapshot.replace(cities.table_of(rows), part)

        def rows(self) -> pa.Table:
            """Return every row."""
            return dataset.open().rows()

    return Checked()


@lru_cache(maxsize=64)
def _reference(seed: int, count: int, a_city: int) -> cities.Fitted:
    """Return the model of the true rows, which no table had a hand in."""
    true, held_out = (cities.rows_of(seed, draw, count, a_city) for draw in ("training", "validation"))
    return cities.fitted(true, held_out, count)


def damage(trace: Trace, s: Settings) -> Damage:
    """Count the rows that are there twice and those that are gone."""
    counted, model = next(trace.of(TableCounted)).event, next(trace.of(ModelCompared)).event
    twice = sum(counted.rows) - sum(counted.distinct)
    lost = sum(counted.wanted) - sum(counted.distinct)
    gone = sum(have < want for have, want in zip(counted.distinct, counted.wanted, strict=True))
    (train, val), (true_train, true_val) = model.loss, model.reference_loss
    return Damage(
        amount=twice + lost,
        unit="rows twice or lost",
        sentence=f"{twice} rows are there twice and {gone} of {s.cities} cities lack rows; the model has loss "
        f"{train:.3f} in training and {val:.3f} in validation instead of {true_train:.3f} and {true_val:.3f}",
        figures={
            "rows_twice": twice,
            "rows_lost": lost,
            "partitions_lost": gone,
            "train_loss": train,
            "validation_loss": val,
            "train_loss_of_the_true_rows": true_train,
            "validation_loss_of_the_true_rows": true_val,
            "commits_refused": sum(1 for _ in trace.of(WriteRefused)),
            "workers_died_unheard": sum(1 for _ in trace.of(WorkerDied)),
        },
    )
