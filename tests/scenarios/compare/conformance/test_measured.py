"""What was measured of the SDKs is kept beside the page, and the profiles are held to all of it: no SDK is needed."""

import re
from pathlib import Path

import pytest

from gateway_sim.client.sdk.profiles import PROFILES
from gateway_sim.scenarios.apps.cli.conformance import FULL_HOLD_S
from gateway_sim.scenarios.compare.conformance import kept
from gateway_sim.scenarios.compare.conformance.answers import ANSWERS
from gateway_sim.scenarios.compare.conformance.by_profile import apart, expected
from gateway_sim.scenarios.compare.conformance.cell import Found
from gateway_sim.scenarios.compare.conformance.places import PLACES
from gateway_sim.scenarios.compare.conformance.table import cells
from gateway_sim.scenarios.report.conformance import in_order, markdown

DOCS = Path(__file__).parents[4] / "docs"


@pytest.fixture(scope="module")
def measured() -> list[Found]:
    """Read every cell."""
    file = DOCS / "conformance.jsonl"
    return kept.read(file.read_text().splitlines(), file.name, FULL_HOLD_S)


@pytest.mark.parametrize("sdk", list(PROFILES))
@pytest.mark.parametrize("every", [15, pytest.param(1, marks=pytest.mark.slow)])
def test_the_profile_says_of_the_cells_what_was_measured(measured: list[Found], sdk: str, every: int) -> None:
    """What the user sees, what the pod did, requests, timeouts, and when the SDK gives up; of all cells, if slow."""
    wanted = list(cells([sdk], PLACES, ANSWERS))
    assert sorted(cell.name for cell in measured if cell.sdk == sdk) == sorted(wanted)
    some = wanted[::every]
    assert apart([cell for cell in measured if cell.name in some], expected(some, hold_s=FULL_HOLD_S)) == []


def test_the_peak_of_no_cell_is_below_its_mean(measured: list[Found]) -> None:
    """A spin's most requests within one second, of those that it sent in nine."""
    spinning = [cell for cell in measured if ANSWERS[cell.answer].may_spin_at(PLACES[cell.place])]
    assert len(spinning) == (4 * 2 + 3) * 7  # three of the SDKs have a sampling client
    for cell in spinning:
        assert cell.peak_per_s >= cell.requests / FULL_HOLD_S, cell


def test_the_page_shows_these_cells(measured: list[Found]) -> None:
    """It was made from them by the command that it names, and not by hand."""
    page = (DOCS / "conformance.md").read_text()
    told = re.search(r"Measured on (\S+) by `([^`]+)`", page)
    assert told is not None
    assert markdown(in_order(measured), [], command=told[2], date=told[1], hold_s=FULL_HOLD_S) == page
