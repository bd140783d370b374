"""The profiles that the virtual engine plays by are held against the SDKs themselves, where those are installed."""

from __future__ import annotations

import pytest

from scenarios.conformance.by_profile import apart, expected
from scenarios.conformance.places import QUICK_PLACES
from scenarios.conformance.table import fill
from scenarios.live.sdk_environments import SdkEnvironment

pytestmark = pytest.mark.sdk
ANSWERS = ("404", "400 empty", "503", "503 + Retry-After", "connection refused")


def test_the_sdk_does_what_its_profile_says(environment: SdkEnvironment) -> None:
    """On each leg, answer by answer: what the user sees, whether Retry-After is heeded, nothing applied twice."""
    cells = [(environment.name, place, answer) for place in QUICK_PLACES for answer in ANSWERS]
    measured = fill(cells, hold_s=3.0, jobs=5, keep_in=None, each=lambda row: None)
    assert len(measured) == len(cells)
    assert apart(measured, expected(cells, hold_s=3.0)) == []
