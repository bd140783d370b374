"""A move pays only where it does not become a crash, a wait for a stale route, or a run computed again."""

from functools import partial

import pytest

from gateway_sim.control_plane.events import WorkMoved
from gateway_sim.scenarios.orchestration.workloads.events import GpuSecondsLost, GpuSecondsWon
from gateway_sim.scenarios.run.result import RunResult
from gateway_sim.scenarios.run.runner import run
from gateway_sim.scenarios.run.spec import RunSpec
from gateway_sim.scenarios.sim.errors import SettingsRefused
from gateway_sim.scenarios.sim.events import JobPreempted, RunFailed, RunFinished
from tests.scenarios.orchestration.stories.playing import broken_by, play

played = partial(play, "consolidation-opens-the-race")


def bill(result: RunResult) -> tuple[float, float]:
    """Return the GPU-seconds that the moves won and what they cost."""
    won = sum(entry.event.gpu_s for entry in result.trace.of(GpuSecondsWon))
    return won, sum(entry.event.gpu_s for entry in result.trace.of(GpuSecondsLost))


def test_one_run_moves_and_dies_of_it_under_todays_gateway():
    """The cluster's event is what takes the pod away, and the run is one that would have ended 15 s later."""
    result = played("broken")
    (moved,) = result.trace.of(WorkMoved)
    (preempted,) = result.trace.of(JobPreempted)
    (died,) = result.trace.of(RunFailed)
    assert moved.event.work == preempted.event.job == died.source
    assert moved.at_s == preempted.at_s
    assert len(list(result.trace.of(RunFinished))) == 1


def test_what_others_win_does_not_make_up_for_a_run_that_died():
    """A run of three steps dies early, and the job that it moved for wins more than the run has lost."""
    result = played("broken", steps="3")
    won, lost = bill(result)
    assert broken_by(result) == {"every run ends as if undisturbed"}
    assert result.damage.amount == pytest.approx(lost, abs=1e-5)
    assert won > lost


@pytest.mark.parametrize("omits", ["lease", "saves"])
def test_a_run_that_survives_may_still_cost_more_than_was_won(omits):
    """It waits out a stale route, or computes all of its steps again."""
    result = played("half-fixed", omits=omits)
    assert broken_by(result) == {"moving wins more than it costs"}
    won, lost = bill(result)
    assert lost > won > 0
    assert len(list(result.trace.of(RunFinished))) == 2


def test_with_both_the_move_pays():
    """It costs the new pod's start and one step, and wins the GPUs that would have idled."""
    won, lost = bill(played("fixed"))
    assert 0 < lost < won


@pytest.mark.parametrize(("word", "sentence"), [({"steps": "1"}, "steps is 1"), ({"omits": "luck"}, "omits is 'luck'")])
def test_runs_of_nothing_are_refused(word, sentence):
    """With the setting's name."""
    with pytest.raises(SettingsRefused, match=sentence):
        run(RunSpec("consolidation-opens-the-race", settings=word))
