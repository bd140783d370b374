"""A world's settings of admission and of repeats, each with a value of its own."""

import random
from types import SimpleNamespace
from typing import Any

import pytest

from gateway_sim.admission import AdmissionRule
from gateway_sim.repeats import RepeatRule
from gateway_sim.scenarios.sim.seeds import Seeds
from gateway_sim.scenarios.sim.trace import Trace
from gateway_sim.scenarios.world.gateway_traffic import admission_of, repeats_of
from gateway_sim.scenarios.world.settings import Settings


def world(**settings: Any) -> Any:
    """Return what the two read of a world."""
    engine = SimpleNamespace(time_of_day_s=lambda: 1700.0)
    return SimpleNamespace(settings=Settings(**settings), engine=engine, trace=Trace(), seeds=Seeds(7))


@pytest.mark.parametrize(("told", "as_date"), [("seconds", False), ("date", True)])
def test_every_setting_of_the_admission_is_in_its_rule(told: str, as_date: bool) -> None:
    """The clock of its dates is the world's."""
    given = world(
        admit_per_s=2.5, admit_burst=3, admit_queue=4, admit_queue_s=5.5, admit_status=503, admit_retry_after_s=6.5,
        admit_told=told,
    )  # fmt: skip
    admission = admission_of(given)
    assert [rule for rule, _ in admission._rules] == [AdmissionRule(2.5, 3, 4, 5.5, 503, 6.5, as_date)]
    assert admission.time_of_day_s() == 1700.0
    admission.emit("an event")
    assert [(entry.source, entry.event) for entry in given.trace.entries] == [("gateway", "an event")]


def test_without_a_rate_every_request_is_admitted() -> None:
    """Until a fault narrows it."""
    assert admission_of(world())._rules == []


@pytest.mark.parametrize(
    ("settings", "rule"),
    [
        ({"gateway_retries": 2}, RepeatRule(2, 0.0, 0.0)),
        ({"gateway_try_s": 3.0}, RepeatRule(0, 3.0, 0.0)),
        ({"hedge_s": 4.0}, RepeatRule(0, 0.0, 4.0)),
        ({"gateway_retries": 2, "gateway_try_s": 3.0, "hedge_s": 4.0}, RepeatRule(2, 3.0, 4.0)),
        ({}, None),
    ],
)
def test_any_of_three_settings_makes_the_gateway_repeat(settings: dict[str, Any], rule: RepeatRule | None) -> None:
    """Its waits have a stream of their own."""
    given = world(**settings)
    repeats = repeats_of(given)
    assert (repeats and repeats._rule) == rule
    if repeats is not None:
        assert repeats._rng.random() == random.Random("7/gateway.repeats").random()
        repeats._emit("an event")
        assert [(entry.source, entry.event) for entry in given.trace.entries] == [("gateway", "an event")]
