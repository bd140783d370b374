"""What a run is made of is resolved once: a run that resolves it again is half of something else."""

from functools import cache

import pytest

from gateway_sim.scenarios.orchestration.workloads.events import IngredientsUsed
from gateway_sim.scenarios.run.result import RunResult
from gateway_sim.scenarios.run.runner import run
from gateway_sim.scenarios.run.spec import RunSpec
from gateway_sim.scenarios.sim.errors import SettingsRefused


@cache
def played(variant: str, **more: str) -> RunResult:
    """Play the scenario in a variant, with these settings."""
    return run(RunSpec("resume-on-latest", settings={"variant": variant, **more}))


def used(result: RunResult) -> list[tuple[str, str]]:
    """Return what each life of the run was made of."""
    return [(entry.event.snapshot, entry.event.image) for entry in result.trace.of(IngredientsUsed)]


@pytest.mark.parametrize(
    ("words", "second"),
    [
        ({"variant": "broken"}, ("rows@2", "image@2")),
        ({"variant": "half-fixed", "omits": "image"}, ("rows@1", "image@2")),
        ({"variant": "half-fixed", "omits": "snapshot"}, ("rows@2", "image@1")),
        ({"variant": "fixed"}, ("rows@1", "image@1")),
    ],
)
def test_the_second_life_is_made_of_what_was_pinned(words, second):
    """And of the newest for the rest, which the weights show."""
    result = played(**words)
    assert used(result) == [("rows@1", "image@1"), second]
    broken = {violation.promise for violation in result.violations}
    assert ("every run ends as if undisturbed" in broken) == (second != ("rows@1", "image@1"))


def test_each_ingredient_changes_the_weights():
    """Each half-fixed run ends elsewhere, so neither pin is idle."""
    ends = {
        next(v.message for v in played(**words).violations if v.promise == "every run ends as if undisturbed")
        for words in ({"variant": "half-fixed", "omits": "image"}, {"variant": "half-fixed", "omits": "snapshot"})
    }
    assert len(ends) == 2


@pytest.mark.parametrize(("word", "sentence"), [({"steps": "3"}, "steps is 3"), ({"omits": "luck"}, "omits is 'luck'")])
def test_a_run_that_cannot_be_preempted_after_a_save_is_refused(word, sentence):
    """With the setting's name."""
    with pytest.raises(SettingsRefused, match=sentence):
        run(RunSpec("resume-on-latest", settings=word))
