"""The reading of the journals sees what it is there for."""

from typing import Any

import pytest

from tests.chaos.steps import faults, whole


def applied(step: int, seq_id: int, incarnation: int = 1, weights: str = "w") -> dict[str, Any]:
    """Return the line of an applied step."""
    return {
        "event": "StepApplied", "incarnation": incarnation, "model_id": f"m{incarnation}", "seq_id": seq_id,
        "step": step, "weights": weights,
    }  # fmt: skip


def saved(step: int) -> dict[str, Any]:
    """Return the line of a checkpoint."""
    return {"event": "StateSaved", "incarnation": 1, "path": f"step-{step}", "step": step}


def loaded(step: int, as_step: int | None = None) -> dict[str, Any]:
    """Return the line of a loaded checkpoint."""
    return {"event": "StateLoaded", "incarnation": 2, "path": f"step-{step}", "step": as_step or step}


THOUGHT = {"event": "UserThought"}


def acknowledged(step: int) -> dict[str, Any]:
    """Return the line of an acknowledged step."""
    return {"event": "StepAcknowledged", "step": step}


FIRST = [THOUGHT, applied(1, 2), acknowledged(1), saved(1), THOUGHT]
SECOND = [applied(2, 5), acknowledged(2), saved(2), THOUGHT]


def test_a_run_that_goes_on_from_its_checkpoint_is_in_order() -> None:
    """Also where a step that was not in a checkpoint is applied again by the next pod."""
    assert faults([*FIRST, applied(2, 5), loaded(1), applied(2, 2, 2), acknowledged(2)]) == []


@pytest.mark.parametrize(
    ("journal", "fault"),
    [
        ([*FIRST, applied(2, 2)], "applied twice"),
        ([*FIRST, applied(3, 5)], "step 3 was applied to a model of 1 steps"),
        ([*FIRST, *SECOND, loaded(1)], "step 2 was in a checkpoint, and a pod began again at 1"),
        ([*FIRST, applied(1, 2, 2)], "step 1 was in a checkpoint, and a model began at 0"),
        ([*FIRST, loaded(1, 2)], "as step 2, which was not saved so"),
        ([*FIRST, loaded(7)], "which was not saved so"),
        ([*FIRST, acknowledged(3)], "step 3 was acknowledged after step 1"),
    ],
)
def test_a_lost_or_doubled_step_is_seen(journal: list[dict[str, Any]], fault: str) -> None:
    """Each in a journal that differs in one line from one that is in order."""
    (found,) = faults(journal)[:1]
    assert fault in found


def test_a_run_that_ended_well_has_all_its_steps_and_the_right_weights() -> None:
    """Either is missed."""
    built = {"event": "WorldBuilt", "steps": 1, "undisturbed": "w"}
    assert whole([built, *FIRST]) == []
    assert len(whole([{**built, "steps": 2, "undisturbed": "v"}, *FIRST])) == 2
