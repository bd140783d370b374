"""The profiles that the virtual engine plays by are held against the SDKs themselves, where those are installed."""

import pytest

from gateway_sim.scenarios.apps.cli.conformance import QUICK_HOLD_S
from gateway_sim.scenarios.compare.conformance.by_profile import apart, expected
from gateway_sim.scenarios.compare.conformance.places import QUICK_PLACES
from gateway_sim.scenarios.compare.conformance.table import cells, fill
from gateway_sim.scenarios.engines.live.sdks.environments import SdkEnvironment

pytestmark = pytest.mark.sdk
PLACES = (*QUICK_PLACES, "save_state")
ANSWERS = ("404", "400 empty", "409", "503", "503 + Retry-After", "503 after it was done", "connection refused")


def test_the_sdk_does_what_its_profile_says(environment: SdkEnvironment) -> None:
    """On each leg, answer by answer: what the user sees, how often it asks, and that nothing is applied twice."""
    wanted = list(cells([environment.name], PLACES, ANSWERS))
    measured = fill(wanted, hold_s=QUICK_HOLD_S, jobs=5, keep_in=None, each=lambda row: None)
    assert len(measured) == len(wanted)
    assert apart(measured, expected(wanted, hold_s=QUICK_HOLD_S)) == []
