"""No task begins before its past: the same task of the run before, in the same pipeline."""

import pytest

from gateway_sim.scenarios.orchestration.promises.no_task_begins_before_its_past import no_task_begins_before_its_past
from gateway_sim.scenarios.orchestration.workloads.pipeline_events import RunAsked, TaskBegan, TaskEnded

ASKED = [(0.0, RunAsked("daily", "day-1")), (1.0, RunAsked("daily", "day-2"))]
BEGAN = (9.0, TaskBegan("daily", "day-2", 1))


@pytest.mark.parametrize(
    ("event", "kept"),
    [
        (TaskEnded("daily", "day-1", 1), True),
        (TaskEnded("daily", "day-1", 0), False),
        (TaskEnded("other", "day-1", 1), False),
        (TaskBegan("daily", "day-1", 1), False),
    ],
)
def test_the_same_task_of_the_run_before_must_have_ended(history, broken, event, kept):
    """An earlier task, another pipeline's, and a task that has only begun are not it."""
    text = "day-2 of daily began task 1 before day-1 ended it"
    found = broken(no_task_begins_before_its_past, history(*ASKED, (5.0, event), BEGAN))
    assert found == ([] if kept else [(9.0, text)])


def test_the_first_run_has_no_past(history, broken):
    """It may begin at any time."""
    assert broken(no_task_begins_before_its_past, history(*ASKED, (2.0, TaskBegan("daily", "day-1", 0)))) == []
