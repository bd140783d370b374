"""A store of runs: a folder of Parquet files with a row for each run of a sweep, written while it is played.

The rows have the order of the sweep, whichever workers play it, and no wall-clock time, so a sweep that was stopped and
went on leaves the same bytes as one that was not. Every file is whole at any moment: the last one is replaced every
`EVERY_S`, so that a killed process loses no more.
"""

import contextlib
import fcntl
import hashlib
import importlib.util
import json
import os
import time
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self, TypeVar

from gateway_sim.scenarios.run.record import RecordRefused, text_of, value_of
from gateway_sim.scenarios.run.rows import COLUMNS, SCHEMA, Row
from gateway_sim.scenarios.run.workers import SweepEnded
from gateway_sim.scenarios.sim.errors import SettingsRefused, UsageError
from gateway_sim.scenarios.sim.release import release

T = TypeVar("T")
R = TypeVar("R")

EVERY_S: Final = 5.0
"""The longest time for which a finished run is only in memory."""
ROWS: Final = 5_000
"""Rows of a file, the last one excepted."""
NAME: Final = "part-{:05d}.parquet"
WORDS: Final = b"gateway-sim"
"""The key of a file's metadata: the schema, the release, the command, and what it was told."""


class StoreRefused(UsageError):
    """A folder that is no store, or a store of another sweep, release or schema; the message names it."""


class StoreFailed(SweepEnded):
    """A row could not be written, such as on a full disk; the message names the folder and what is in it."""


class Store:
    """The store in a folder, for one command; `told` is what a page needs beside the rows, as plain JSON values.

    Raises `StoreRefused`, or `SettingsRefused` where pyarrow is not installed.
    """

    def __init__(self, folder: Path, command: str, told: Mapping[str, Any] | None = None) -> None:
        self.folder = folder
        self._head = {"schema": SCHEMA, "release": release(), "command": command}
        self.told: dict[str, Any] = dict(told or {})
        self._places: dict[bytes, int] = {}
        self._tail: list[Row] = []
        self._full = 0
        self._new = 0
        self._written_s = time.monotonic()
        self._read: tuple[int, list[str]] = (-1, [])
        self._held: int | None = None
        self._failed = False
        check_pyarrow()
        if folder.exists() and not folder.is_dir():
            raise StoreRefused(f"--store {folder}: that is a file; name a folder")
        try:
            if told is not None:
                self._hold()
            self._open()
        except BaseException:
            self.close()
            raise

    @classmethod
    def of(cls, folder: Path, command: str) -> Self:
        """Open a whole store of a command to read it. Raises `StoreRefused`, also for a sweep that was stopped."""
        if not folder.is_dir():
            raise StoreRefused(f"--from {folder}: there is no such folder")
        store = cls(folder, command)
        if len(store) < store.told.get("runs", 0):
            held = f"{folder} holds {len(store)} of the {store.told['runs']} runs of a sweep that was stopped"
            raise StoreRefused(f"{held}; play the rest: give its command again, with --store {folder}")
        return store

    def __len__(self) -> int:
        return len(self._places)

    @property
    def written(self) -> int:
        """The number of runs that are on the disk."""
        return len(self) - self._new

    def __enter__(self) -> Self:
        """Write at the end of the block what is still in memory, and give the folder free for other writers."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        try:
            if self._new:
                # once more after a failure, which the sweep has raised already
                with contextlib.suppress(*([StoreFailed] if self._failed else [])):
                    self._write()
        finally:
            self.close()

    def close(self) -> None:
        """Give the folder free for other writers."""
        if self._held is not None:
            os.close(self._held)
            self._held = None

    def kept(
        self, items: Sequence[T], play: Callable[[Sequence[T]], Iterator[R]], row: Callable[[T, R], Row], *of: object
    ) -> Iterator[R]:
        """Yield the result of each item in order: from the store, or from `play`, which is given those it lacks.

        `row` returns the columns of a result. `of` is what else its result depends on, such as the kind of result.
        """
        texts = [text_of((*of, item)) for item in items]
        left = {text: item for item, text in zip(items, texts, strict=True) if _digest(text) not in self._places}
        with contextlib.closing(_each(play(list(left.values())))) as running:
            for item, text in zip(items, texts, strict=True):
                if (place := self._places.get(_digest(text))) is not None:
                    yield self._value(place)
                    continue
                result = next(running)
                record = text_of(result)
                self._add({**row(item, result), "key": text, "record": record})
                # what a resumed sweep reads, so that both show the same
                yield value_of(record)

    def records(self) -> Iterator[Any]:
        """Yield every result in the store, in order."""
        for place in range(len(self)):
            yield self._value(place)

    def _hold(self) -> None:
        """Make the folder, hold it against other writers, and remove what a process left that was killed in a write."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._held = os.open(self.folder, os.O_RDONLY)
        except OSError as error:
            said = f"--store {self.folder}: {error.strerror}; name a folder that you may write to"
            raise StoreRefused(said) from None
        try:
            fcntl.flock(self._held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise StoreRefused(f"--store {self.folder}: another sweep is writing to it; name another folder") from None
        except OSError as error:
            why = f"cannot be held against other sweeps: {error.strerror}"
            raise StoreRefused(f"--store {self.folder} {why}; name a folder of a local disk") from None
        for left in self.folder.glob(".part-*"):
            left.unlink()

    def _open(self) -> None:
        names = sorted(path.name for path in self.folder.iterdir() if not path.name.startswith(".part-"))
        wanted = [NAME.format(number) for number in range(len(names))]
        if odd := [name for name in names if name not in wanted]:
            raise StoreRefused(f"{self.folder} holds {odd[0]}, which is no part of a store; name a folder of its own")
        for number, name in enumerate(names):
            self._take(number, self.folder / name, last=number == len(names) - 1)

    def _take(self, number: int, path: Path, *, last: bool) -> None:
        from pyarrow import ArrowException, parquet  # type: ignore[import-untyped, unused-ignore]

        try:
            file = parquet.ParquetFile(path)
            head = json.loads((file.schema_arrow.metadata or {}).get(WORDS, b"{}"))
            known = isinstance(head, dict) and {"key", "record"} <= set(file.schema_arrow.names)
            head, keys = (head, file.read(columns=["key"])["key"].to_pylist()) if known else ({}, [])
            if None in keys:
                raise ValueError("a row has no key")
        except (ArrowException, OSError, ValueError) as error:
            raise StoreRefused(f"{path} cannot be read: {error}; move it away, and its runs are played again") from None
        self._check(head)
        if not last and len(keys) != ROWS:
            raise StoreRefused(f"{path} has {len(keys)} rows instead of {ROWS}; move it and those after it away")
        self._places |= {_digest(key): number * ROWS + at for at, key in enumerate(keys)}
        if last:
            self.told = self.told or head["told"]
            if len(keys) < ROWS:
                self._tail = file.read().to_pylist()
            self._full = number + (len(keys) == ROWS)

    def _check(self, head: Mapping[str, Any]) -> None:
        for word, wanted in self._head.items():
            if head.get(word) != wanted:
                what = {"schema": "of the schema", "release": "of gateway-sim", "command": "of the command"}[word]
                said = f"{self.folder} holds runs {what} {head.get(word, 'nothing')}, and this is {wanted}"
                raise StoreRefused(f"{said}; name another folder")

    def _add(self, row: Row) -> None:
        self._places[_digest(row["key"])] = self._full * ROWS + len(self._tail)
        self._tail.append({**row, **{name: self._head[name] for name in ("schema", "release", "command")}})
        self._new += 1
        if len(self._tail) == ROWS or time.monotonic() - self._written_s >= EVERY_S:
            self._write()

    def _write(self) -> None:
        """Write the last file anew, and begin another one once it is full."""
        import pyarrow  # type: ignore[import-untyped, unused-ignore]
        from pyarrow import parquet  # type: ignore[import-untyped, unused-ignore]

        types = {
            "text": pyarrow.string(), "count": pyarrow.int64(), "figure": pyarrow.float64(),
            "list": pyarrow.list_(pyarrow.string()),
        }  # fmt: skip
        words = {WORDS: json.dumps({**self._head, "told": self.told})}
        schema = pyarrow.schema([(name, types[kind]) for name, kind in COLUMNS.items()], metadata=words)
        path = self.folder / NAME.format(self._full)
        beside = path.with_name(f".{path.name}")
        try:
            with beside.open("wb") as file:
                parquet.write_table(pyarrow.Table.from_pylist(self._tail, schema), file, compression="zstd")
                file.flush()
                os.fsync(file.fileno())
            beside.replace(path)
        except OSError as error:
            with contextlib.suppress(OSError):
                beside.unlink()
            self._failed = True
            held = f"{self.written} runs are in it: after you have made room, the same command plays the rest"
            raise StoreFailed(f"--store {self.folder}: {error.strerror or error}; {held}") from None
        if len(self._tail) == ROWS:
            self._full, self._tail = self._full + 1, []
        self._new, self._written_s = 0, time.monotonic()

    def _value(self, place: int) -> Any:
        try:
            return value_of(self._record(place))
        except RecordRefused as error:
            path = self.folder / NAME.format(place // ROWS)
            raise StoreRefused(f"{path}, row {place % ROWS + 1}: {error}; name another folder") from None

    def _record(self, place: int) -> str:
        number, at = divmod(place, ROWS)
        if number == self._full:
            return str(self._tail[at]["record"])
        if self._read[0] != number:
            from pyarrow import parquet  # type: ignore[import-untyped, unused-ignore]

            read = parquet.read_table(self.folder / NAME.format(number), columns=["record"])["record"].to_pylist()
            self._read = (number, read)
        return self._read[1][at]


def different(items: Iterable[object]) -> int:
    """Return how many different items there are: each has one row."""
    return len({text_of(item) for item in items})


def check_pyarrow() -> None:
    """Raise `SettingsRefused` where pyarrow is not installed."""
    if importlib.util.find_spec("pyarrow") is None:
        raise SettingsRefused("--store needs pyarrow; run: pip install 'gateway-sim[store]'")


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()[:16]


def _each(results: Iterator[R]) -> Generator[R]:
    yield from results


def kept(
    store: Store | None,
    items: Sequence[T],
    play: Callable[[Sequence[T]], Iterator[R]],
    row: Callable[[T, R], Row],
    *of: object,
) -> Iterator[R]:
    """Yield the result of each item in order, from the store where there is one that has it: `Store.kept`."""
    return play(items) if store is None else store.kept(items, play, row, *of)
