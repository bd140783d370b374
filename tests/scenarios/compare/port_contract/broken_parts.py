"""A part with one defect for each clause of each port, and what is seen of it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pyarrow as pa

from gateway_sim.control_plane.data import partitions
from gateway_sim.control_plane.data.datasets import WriteConflict
from gateway_sim.control_plane.data.partitions import Decision, Part, Wanted
from gateway_sim.control_plane.models.promotion import Tag
from gateway_sim.control_plane.models.registry import Registry, TagWasMoved, UnknownVersion
from gateway_sim.control_plane.scheduling.concurrency import ConcurrencyLimit
from gateway_sim.scenarios.orchestration.ports import dataset
from gateway_sim.scenarios.orchestration.workloads.sandbox import Sandbox


@dataclass(frozen=True)
class Defect:
    """What makes a part that misses a clause, and the words that the miss has."""

    make: Callable[..., Any]
    saw: str


def _of_registry(kind: type[Registry], saw: str) -> Defect:
    def make(sandbox: Sandbox[Any], *, model: str) -> Registry:
        return kind(*sandbox.table("registry"), model, emit=sandbox.emit)

    return Defect(make, saw)


class BornWithATag(Registry):
    """Has a champion before there is one."""

    def tag(self) -> Tag | None:
        """Read the tag."""
        return super().tag() or Tag(1, 0.1, 0)


class Caching(Registry):
    """Reads its own moves only."""

    seen: Tag | None = None

    def tag(self) -> Tag | None:
        """Read the tag."""
        return self.seen

    def move_tag(self, version: int, read: Tag | None, *, locked: bool = True) -> Tag:
        """Move the tag."""
        self.seen = super().move_tag(version, read)
        return self.seen


class Unlocked(Registry):
    """Moves a tag whatever was read, but not the first time."""

    def move_tag(self, version: int, read: Tag | None, *, locked: bool = True) -> Tag:
        """Move the tag."""
        return super().move_tag(version, self.tag() if read else read)


class UnlockedAtFirst(Registry):
    """Does not check that there still is no tag."""

    def move_tag(self, version: int, read: Tag | None, *, locked: bool = True) -> Tag:
        """Move the tag."""
        return super().move_tag(version, read or self.tag())


class ComparesVersions(Registry):
    """Takes a tag that names the same version for the same tag."""

    def move_tag(self, version: int, read: Tag | None, *, locked: bool = True) -> Tag:
        """Move the tag."""
        now = self.tag()
        return super().move_tag(version, now if now and read and now.version == read.version else read)


class MovesAndRefuses(Registry):
    """Writes before it compares."""

    def move_tag(self, version: int, read: Tag | None, *, locked: bool = True) -> Tag:
        """Move the tag."""
        try:
            return super().move_tag(version, read)
        except TagWasMoved:
            super().move_tag(version, self.tag())
            raise


class CountsNoMoves(ComparesVersions):
    """Its token is the version."""

    def tag(self) -> Tag | None:
        """Read the tag."""
        now = super().tag()
        return now and replace(now, token=now.version)

    def move_tag(self, version: int, read: Tag | None, *, locked: bool = True) -> Tag:
        """Move the tag."""
        moved = Registry.move_tag(self, version, Registry.tag(self))
        return replace(moved, token=moved.version)


class TagsAnything(Registry):
    """Moves a tag to a version that it does not have."""

    def move_tag(self, version: int, read: Tag | None, *, locked: bool = True) -> Tag:
        """Move the tag."""
        try:
            return super().move_tag(version, read)
        except UnknownVersion:
            return Tag(version, 0.0, 99)


class Overwriting(Registry):
    """Replaces a version that is registered again."""

    def _put(self, what: str, item: Any, condition: str = "", values: Any = None) -> bool:
        return super()._put(what, item, "" if what.startswith("version") else condition, values)


class OneForAll(Registry):
    """Keeps one tag for all models."""

    def __init__(self, client: Any, table: str, model: str, **emit: Any) -> None:
        super().__init__(client, table, "one", **emit)


class ShortSpoken(Registry):
    """Says nothing of what there is."""

    def move_tag(self, version: int, read: Tag | None, *, locked: bool = True) -> Tag:
        """Move the tag."""
        try:
            return super().move_tag(version, read)
        except UnknownVersion:
            raise UnknownVersion("not found") from None


def _of_limit(kind: type[ConcurrencyLimit], saw: str) -> Defect:
    def make(sandbox: Sandbox[Any], *, name: str, limit: int, lease_s: float | None) -> ConcurrencyLimit:
        return kind(*sandbox.table("limits"), name, limit, emit=sandbox.emit, lease_s=lease_s)

    return Defect(make, saw)


class OneTooMany(ConcurrencyLimit):
    """Compares with the limit and one."""

    def __init__(self, client: Any, table: str, name: str, limit: int, **more: Any) -> None:
        super().__init__(client, table, name, limit + 1, **more)


class CountsAlone(ConcurrencyLimit):
    """Counts its own holders."""

    held = 0

    def take(self, holder: str = "", now_s: float = 0.0) -> bool:
        """Take a place."""
        self.held += 1
        return self.held <= self.limit


class KeepsThePlace(ConcurrencyLimit):
    """Takes a place back and gives it to none."""

    def give_back(self, holder: str = "") -> bool:
        """Give a place back."""
        return True


class FreesAll(ConcurrencyLimit):
    """Forgets all holders when one leaves."""

    def give_back(self, holder: str = "") -> bool:
        """Give a place back."""
        while super().give_back(holder):
            pass
        return True


class CountsNone(ConcurrencyLimit):
    """Cannot be read."""

    def read(self) -> int:
        """Count the holders."""
        return 0


class BelowZero(ConcurrencyLimit):
    """Gives back what was never taken."""

    def give_back(self, holder: str = "") -> bool:
        """Give a place back."""
        self._update("ADD held :by", by=-1)
        return True


class OneLimitForAll(ConcurrencyLimit):
    """Counts all limits in one item."""

    def __init__(self, client: Any, table: str, name: str, limit: int, **more: Any) -> None:
        super().__init__(client, table, "one", limit, **more)


class TakesTwice(ConcurrencyLimit):
    """Gives a name as many places as it asks for."""

    def take(self, holder: str = "", now_s: float = 0.0) -> bool:
        """Take a place."""
        return super().take(f"{holder}@{self.read()}", now_s)


class NeverReaps(ConcurrencyLimit):
    """Frees nothing."""

    def reap(self, now_s: float) -> list[str]:
        """Free places."""
        return []


class ForgetsRenewals(ConcurrencyLimit):
    """Says that a lease was renewed, and changes nothing."""

    def renew(self, holder: str, now_s: float) -> bool:
        """Renew a lease."""
        return True


class Hasty(ConcurrencyLimit):
    """Ends a lease two seconds early."""

    def reap(self, now_s: float) -> list[str]:
        """Free places."""
        return super().reap(now_s + 2)


class RenewsAnything(ConcurrencyLimit):
    """Renews a lease that was given away."""

    def renew(self, holder: str, now_s: float) -> bool:
        """Renew a lease."""
        return super().renew(holder, now_s) or True


class GivesAnothersBack(ConcurrencyLimit):
    """Frees a place, no matter which holder asks."""

    def give_back(self, holder: str = "") -> bool:
        """Give a place back."""
        return super().give_back(holder) or self._update("ADD held :by", by=-1) is not None


class TakesWithoutReaping(ConcurrencyLimit):
    """Looks at the count alone."""

    def take(self, holder: str = "", now_s: float = 0.0) -> bool:
        """Take a place."""
        return self._take(holder, now_s)


Decide = Callable[[Sequence[Part], Wanted, Mapping[int, int], float], Decision]


def _of_gate(decide: Decide, saw: str) -> Defect:
    class OfFunction:
        """A gate."""

        def decide(self, *asked: Any) -> Decision:
            """Decide."""
            return decide(*asked)

    return Defect(lambda sandbox: OfFunction(), saw)


def _but(passed: bool, when: Callable[[Sequence[Part], Wanted, Mapping[int, int], float], bool]) -> Decide:
    """Decide as this project's gate, but pass or refuse where `when` says so."""

    def decide(parts: Sequence[Part], wanted: Wanted, declared: Mapping[int, int], now_s: float) -> Decision:
        if when(parts, wanted, declared, now_s):
            return Decision(passed, "so it is")
        return partitions.declared(parts, wanted, declared)

    return decide


def _rows(parts: Sequence[Part], wanted: Wanted) -> dict[int, int]:
    return {part.hour: part.rows for part in parts if part.date == wanted.date}


class BrokenTable:
    """A table of Delta whose snapshots have one defect; `late`: a snapshot is that of the moment of its use."""

    def __init__(self, sandbox: Sandbox[Any], name: str, columns: Any, by: Sequence[str], defect: str) -> None:
        self._table: Any = dataset.own(sandbox, name=name, columns=columns, by=by)
        self._defect = defect
        self._first: Any = None

    def open(self) -> "BrokenSnapshot":
        """Open a snapshot."""
        snapshot = self._table.open()
        self._first = self._first or snapshot
        return BrokenSnapshot(self._table, self._first if self._defect == "opens-once" else snapshot, self._defect)


class BrokenSnapshot:
    """A snapshot with a defect."""

    def __init__(self, table: Any, snapshot: Any, defect: str) -> None:
        self._table = table
        self._snapshot = snapshot
        self._defect = defect
        self._found_empty = snapshot.rows().num_rows == 0

    @property
    def version(self) -> int:
        """Return the version."""
        return int(self._snapshot.version)

    def replace(self, rows: Any, part: str) -> None:
        """Replace a part."""
        match self._defect:
            case "writes-nowhere":
                return
            case "appends":
                self._snapshot.append(rows)
            case "whole-day":
                self._snapshot.replace(rows, "date = 'day-1'")
            case "overwrites-rows" if not self._found_empty:
                self._table.open().replace(rows, part)
            case "overwrites-nothing" if self._found_empty:
                self._table.open().replace(rows, part)
            case "writes-and-refuses":
                try:
                    self._snapshot.replace(rows, part)
                except WriteConflict:
                    self._table.open().replace(rows, part)
                    raise
            case "locks-the-table":
                if self._table.open().version != self._snapshot.version:
                    raise WriteConflict("the table was written")
                self._snapshot.replace(rows, part)
            case _:
                self._snapshot.replace(rows, part)

    def rows(self) -> Any:
        """Read the rows."""
        return (self._table.open() if self._defect == "late" else self._snapshot).rows()


def _of_dataset(defect: str, saw: str) -> Defect:
    def make(sandbox: Sandbox[Any], *, name: str, columns: Any, by: Sequence[str]) -> BrokenTable:
        return BrokenTable(sandbox, name, columns, by, defect)

    return Defect(make, saw)


class BornWithRows(BrokenTable):
    """Has rows before there are any."""

    def __init__(self, sandbox: Sandbox[Any], name: str, columns: Any, by: Sequence[str]) -> None:
        super().__init__(sandbox, name, columns, by, "")
        row = {"date": ["day-0"], "city": [0], "row": [0], "y": [0]}
        self._table.open().append(pa.table(row, schema=columns))


BROKEN: Mapping[str, Mapping[str, Defect]] = {
    "registry": {
        "no-tag-at-first": _of_registry(BornWithATag, "returned version 1"),
        "a-move-is-read": _of_registry(Caching, "and another client reads no tag"),
        "an-old-read-is-refused": _of_registry(Unlocked, "moved it, to version 2"),
        "one-first-move": _of_registry(UnlockedAtFirst, "moved it, to version 2"),
        "moved-and-back": _of_registry(ComparesVersions, "moved it, to version 3"),
        "a-refusal-changes-nothing": _of_registry(
            MovesAndRefuses, "had version 3, score 0.3, token 2 before, and version 2"
        ),
        "tokens-grow": _of_registry(CountsNoMoves, "gave tokens 2, 3, 1, 2"),
        "an-unknown-version-is-refused": _of_registry(TagsAnything, "did not raise UnknownVersion"),
        "a-version-stays": _of_registry(Overwriting, "score 0.9"),
        "models-are-apart": _of_registry(OneForAll, "has version 2"),
        "versions-are-named": _of_registry(ShortSpoken, "said 'not found'"),
    },
    "limit": {
        "no-more-than-the-limit": _of_limit(OneTooMany, "[True, True, True]"),
        "clients-count-together": _of_limit(CountsAlone, "to another client"),
        "given-back": _of_limit(KeepsThePlace, "True to the holder and False to the next"),
        "one-place-is-freed": _of_limit(FreesAll, "[True, True] to two takers"),
        "holders-are-counted": _of_limit(CountsNone, "read [0, 0, 0]"),
        "nothing-to-give-back": _of_limit(BelowZero, "said that it gave a place back"),
        "limits-are-apart": _of_limit(OneLimitForAll, "refused a place"),
        "a-name-has-one-place": _of_limit(TakesTwice, "[True, True, False]"),
        "a-lease-ends": _of_limit(NeverReaps, "freed none"),
        "a-renewed-lease-stays": _of_limit(ForgetsRenewals, "freed a, b"),
        "a-lease-lasts": _of_limit(Hasty, "freed a, b"),
        "a-lost-lease-is-not-renewed": _of_limit(RenewsAnything, "renewed the lease"),
        "a-lost-place-is-not-given-back": _of_limit(GivesAnothersBack, "answered True to the holder"),
        "a-taker-reaps": _of_limit(TakesWithoutReaping, "refused a place"),
    },
    "dataset": {
        "empty-at-first": Defect(BornWithRows, "had 1 rows"),
        "a-write-is-read": _of_dataset("writes-nowhere", "read [] after"),
        "a-part-is-replaced": _of_dataset("appends", "read [(1, 7), (1, 8), (1, 7), (1, 8)]"),
        "other-parts-stay": _of_dataset("whole-day", "read [(2, 7), (2, 7)]"),
        "an-old-write-is-refused": _of_dataset("overwrites-rows", "wrote, and the table has [(1, 8), (1, 8)]"),
        "an-empty-part-has-one-writer": _of_dataset("overwrites-nothing", "wrote, and the table has [(1, 8), (1, 8)]"),
        "a-refusal-changes-nothing": _of_dataset("writes-and-refuses", "read [(1, 8), (1, 8)] after the refusal"),
        "refused-and-again": _of_dataset("opens-once", "did not refuse the write"),
        "different-parts-do-not-conflict": _of_dataset("locks-the-table", "refused a write to a part"),
        "a-snapshot-stays": _of_dataset("late", "read [8, 8]"),
    },
    "gate": {
        "a-whole-day-passes": _of_gate(_but(False, lambda *_: True), "refused the day"),
        "an-empty-day-is-refused": _of_gate(_but(True, lambda parts, *_: not parts), "passed the day"),
        "missing-hours-are-refused": _of_gate(
            lambda parts, wanted, declared, now_s: partitions.there(parts, wanted), "passed the day: 18 hours"
        ),
        "most-of-an-hour-is-refused": _of_gate(
            lambda parts, wanted, declared, now_s: partitions.complete(parts, wanted), "passed the day"
        ),
        "an-open-hour-is-refused": _of_gate(
            _but(True, lambda parts, wanted, declared, now_s: len(_rows(parts, wanted)) == 24 > len(declared)),
            "passed the day",
        ),
        "rows-twice-are-refused": _of_gate(
            _but(True, lambda parts, wanted, *_: max(_rows(parts, wanted).values(), default=0) > 150), "passed the day"
        ),
        "another-day-does-not-count": _of_gate(
            lambda parts, wanted, declared, now_s: partitions.fresh(parts, now_s, 3600.0), "passed the day"
        ),
        "another-days-gap-does-not-count": _of_gate(
            _but(False, lambda parts, wanted, *_: any(part.date != wanted.date for part in parts)), "refused the day"
        ),
        "an-old-day-passes": _of_gate(
            _but(False, lambda parts, wanted, declared, now_s: now_s - max(p.landed_s for p in parts) > 1e6),
            "refused the day",
        ),
        "hours-are-named": _of_gate(lambda *_: Decision(False, "not yet"), "said 'not yet'"),
    },
}
"""The defect of each clause, by port and clause."""
