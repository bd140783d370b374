"""A save that was cut short is no checkpoint, whatever `latest` says, and resuming from the one before costs little."""

from functools import cache

import pytest

from gateway_sim.scenarios.orchestration.workloads.events import ResumeRefused, RunResumed, ScriptDied
from gateway_sim.scenarios.run.result import RunResult
from gateway_sim.scenarios.run.runner import run
from gateway_sim.scenarios.run.spec import RunSpec
from gateway_sim.scenarios.sim.errors import SettingsRefused
from gateway_sim.trainer_pod.events import StateLoaded


@cache
def played(variant: str) -> RunResult:
    """Play the scenario in a variant."""
    return run(RunSpec("torn-checkpoint", settings={"variant": variant}))


def broken(result: RunResult) -> set[str]:
    """Return the promises that a run broke."""
    return {violation.promise for violation in result.violations}


def test_a_pointer_that_leads_the_save_ends_in_a_crash_loop():
    """Each life is refused the same checkpoint, by name, until the script has no life left."""
    result = played("broken")
    reasons = {entry.event.reason for entry in result.trace.of(ResumeRefused)}
    assert len(reasons) == 1
    assert "has no COMMIT marker: its save was cut short" in reasons.pop()
    assert len(list(result.trace.of(ScriptDied))) == 4
    assert "every run ends as if undisturbed" in broken(result)


def test_beginning_anew_ends_well_and_costs_everything():
    """The weights are right, and all steps were made again."""
    result = played("half-fixed")
    assert broken(result) == {"a preemption costs at most one interval", "latest names a committed checkpoint"}
    assert [entry.event.step for entry in result.trace.of(RunResumed)] == [0, 0]


def test_a_pointer_that_follows_resumes_one_save_earlier():
    """What was being written is lost, and nothing else."""
    result = played("fixed")
    (loaded,) = result.trace.of(StateLoaded)
    assert loaded.event.with_optimizer
    (died,) = result.trace.of(ScriptDied)
    resumed = [entry.event.step for entry in result.trace.of(RunResumed)]
    assert resumed == [0, loaded.event.step]
    assert loaded.event.step in (2, 4)
    assert died.event.attempt == 1


@pytest.mark.parametrize(("word", "least"), [({"steps": "4"}, 5), ({"lives": "0"}, 1), ({"save_every": "0"}, 1)])
def test_a_run_without_a_second_save_is_refused(word, least):
    """With the setting's name and the least that it may be."""
    (name,) = word
    with pytest.raises(SettingsRefused, match=f"{name} is {word[name]}; it must be {least} or more"):
        run(RunSpec("torn-checkpoint", settings=word))
