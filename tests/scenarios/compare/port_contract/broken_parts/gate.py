"""Gates, each with one defect."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from gateway_sim.control_plane.data import partitions
from gateway_sim.control_plane.data.partitions import Decision, Part, Wanted
from tests.scenarios.compare.port_contract.defect import Defect

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


DEFECTS = {
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
}
"""The defect of each clause."""
