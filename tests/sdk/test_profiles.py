"""The profiles that the virtual engine plays by are held against the SDKs themselves, where those are installed."""

from pathlib import Path

import pytest

from gateway_sim.scenarios.apps.cli.conformance import FULL_HOLD_S, QUICK_HOLD_S
from gateway_sim.scenarios.compare.conformance import answers, kept, places
from gateway_sim.scenarios.compare.conformance.by_guest import by_guests
from gateway_sim.scenarios.compare.conformance.by_profile import apart, expected
from gateway_sim.scenarios.compare.conformance.places import QUICK_PLACES
from gateway_sim.scenarios.compare.conformance.table import cells, fill
from gateway_sim.scenarios.engines.live.sdks.environments import SdkEnvironment
from gateway_sim.scenarios.run.workers import Workers

pytestmark = pytest.mark.sdk
DOCS = Path(__file__).parents[2] / "docs"
EVERY = 9
PLACES = (*QUICK_PLACES, "save_state")
ANSWERS = ("404", "400 empty", "409", "503", "503 + Retry-After", "503 after it was done", "connection refused")


def test_the_sdk_does_in_virtual_time_what_it_did_live(environment: SdkEnvironment) -> None:
    """In a ninth of all cells: what the user sees, the requests, the waits, and what the pod did."""
    measured = kept.read((DOCS / "conformance.jsonl").read_text().splitlines(), "conformance.jsonl", FULL_HOLD_S)
    some = list(cells([environment.name], places.PLACES, answers.ANSWERS))[::EVERY]
    virtual = list(by_guests(some, Workers(2), hold_s=FULL_HOLD_S))
    assert apart([cell for cell in measured if cell.name in some], virtual) == []


def test_the_sdk_does_what_its_profile_says(environment: SdkEnvironment) -> None:
    """On each leg, answer by answer: what the user sees, how often it asks, and that nothing is applied twice."""
    wanted = list(cells([environment.name], PLACES, ANSWERS))
    measured = fill(wanted, hold_s=QUICK_HOLD_S, jobs=5, keep_in=None, each=lambda row: None)
    assert len(measured) == len(wanted)
    assert apart(measured, expected(wanted, hold_s=QUICK_HOLD_S)) == []
