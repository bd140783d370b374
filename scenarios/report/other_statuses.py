"""The reason for 503 in the proposal: each SDK's reaction to every candidate status. Pure."""

from collections.abc import Iterator, Sequence
from typing import Final

from gateway_sim.client.sdk.profiles import PROFILES
from gateway_sim.scenarios.compare.conformance.cell import Found
from gateway_sim.scenarios.judge.limits import BUSY_PER_S
from gateway_sim.scenarios.report.table import Cell, Table

PLACES: Final = {"forward_backward": "dispatch", "forward_backward's result": "poll"}
"""The places that a run calls repeatedly, with their leg."""
OTHERS: Final = ("408", "409", "410", "421", "425", "429")
ALONE: Final = ("503", "503 + Retry-After", "503 + queue_state")
HELD: Final = "503 held 1 s"
ANSWERS: Final = (*OTHERS, *ALONE, HELD)
HOLD_S: Final = 2.0
"""The duration of each answer: enough to count the requests of one second."""


def cells() -> list[tuple[str, str, str]]:
    """Return the cells to play: (sdk, place, answer)."""
    return [(sdk, place, answer) for answer in ANSWERS for sdk in PROFILES for place in PLACES]


def status_table(found: Sequence[Found]) -> Table:
    """Return the results: a row for each answer and leg, a column for each SDK."""
    by_name = {(cell.answer, cell.place, cell.sdk): cell for cell in found}
    rows = [
        (answer, leg, *(_result(by_name[answer, place, sdk]) for sdk in PROFILES))
        for answer in ANSWERS
        for place, leg in PLACES.items()
    ]
    return Table(["answer", "leg", *PROFILES], rows)


def status_sentences(found: Sequence[Found]) -> Iterator[str]:
    """Yield the conclusions from the table, one a line."""
    peaks = [f"{_peak(found, answer)} with {answer}" for answer in ALONE]
    yield (
        "* A 503 alone makes pollers busy: requests a second for one result are up to "
        f"{', '.join(peaks)}; the SDK reads neither header nor body there. With a poll held for a second first, they "
        f"are {_peak(found, HELD)}: the gateway must hold the poll."
    )  # fmt: skip
    faults = {answer: fault for answer in OTHERS if (fault := _fault(found, answer))}
    yield f"* No way out: {'; '.join(f'{answer} {fault}' for answer, fault in faults.items())}."
    left = [answer for answer in OTHERS if answer not in faults]
    if left:
        yield f"* {', '.join(left)} would do as well, by this table."


def _fault(found: Sequence[Found], answer: str) -> str:
    """Return the faults of an answer with their leg and SDKs; empty if every SDK waits the answer out."""
    faults = []
    for place, leg in PLACES.items():
        here = [cell for cell in found if (cell.answer, cell.place) == (answer, place)]
        for word, bad in (("ends the run", _fatal), ("spins", _spins)):
            sdks = [cell.sdk for cell in here if bad(cell)]
            if sdks:
                faults.append(f"{word} on a {leg} of {'every SDK' if len(sdks) == len(here) else ' and '.join(sdks)}")
    return " and ".join(faults)


def _fatal(cell: Found) -> bool:
    return cell.seen != "ok"


def _spins(cell: Found) -> bool:
    return cell.peak_per_s > BUSY_PER_S


def _peak(found: Sequence[Found], answer: str) -> int:
    return max(cell.peak_per_s for cell in found if cell.answer == answer and PLACES[cell.place] == "poll")


def _result(cell: Found) -> Cell:
    if _fatal(cell):
        return Cell(cell.seen, "bad", strong=True)
    return Cell(f"{cell.peak_per_s} requests/s", "held", strong=True) if _spins(cell) else Cell("waited out", "good")
