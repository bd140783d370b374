"""The acts of a presentation: each run ends as its sentence says, in virtual time."""

from dataclasses import replace

import pytest

from gateway_sim.scenarios.apps.demo.acts import ACTS, Act
from gateway_sim.scenarios.apps.demo.estimate import virtual_end_s
from gateway_sim.scenarios.run.runner import run

ENDS = (
    (["crashed"], ["completed"]),
    (["crashed"], ["completed"]),
    (["crashed"], ["completed", "no busy polling"]),
    (["completed", "no busy polling"], ["completed"]),
    (["gave_up", "a gone job fails fast"], ["failed_fast"]),
)
"""By act, the outcome of each side; then the promise that it breaks beside its end."""


@pytest.mark.parametrize(("act", "ends"), list(zip(ACTS, ENDS, strict=True)), ids=[act.title for act in ACTS])
def test_an_act_shows_what_its_sentence_says(act: Act, ends: tuple[list[str], list[str]]) -> None:
    """On both sides; the two runs differ in the gateway alone."""
    for plan, (outcome, *broken) in zip(act.pick.plans(), ends, strict=True):
        result = run(replace(plan.spec, engine="virtual"))
        others = [violation.promise for violation in result.violations if violation.promise != "the run finishes"]
        assert (result.outcome, sorted(set(others))) == (outcome, broken)


def test_each_act_is_one_sentence_of_what_to_watch() -> None:
    """It ends with a full stop and has no other; it names a side, and a title is short."""
    for act in ACTS:
        assert act.watch.endswith(".")
        assert ". " not in act.watch
        assert "left" in act.watch or "right" in act.watch
        assert len(act.title) < 40


def test_the_long_act_says_how_long() -> None:
    """Five minutes, as its sentence says, and every other act is a quarter of a minute."""
    longest = [max(virtual_end_s(replace(plan.spec, engine="virtual")) for plan in act.pick.plans()) for act in ACTS]
    assert all(end_s < 15 for end_s in longest[:4])
    assert 270 < longest[4] < 330
