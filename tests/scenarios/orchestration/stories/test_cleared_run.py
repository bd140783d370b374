"""A cleared run and the later runs wait for each other, unless a waiting run gives its place back."""

from functools import partial

import pytest

from gateway_sim.scenarios.orchestration.workloads.pipeline_events import PlaceTaken, RunCleared, TaskEnded
from gateway_sim.scenarios.run.runner import run
from gateway_sim.scenarios.run.spec import RunSpec
from gateway_sim.scenarios.sim.errors import SettingsRefused
from tests.scenarios.orchestration.stories.playing import broken_by, play

HOLDS, ENDS = "a run that waits holds no place", "every run of a pipeline ends"

played = partial(play, "cleared-run")


@pytest.mark.parametrize(
    ("words", "promises"),
    [
        ({"variant": "broken"}, {HOLDS, ENDS}),
        ({"variant": "half-fixed", "omits": "both"}, {HOLDS, ENDS}),
        ({"variant": "half-fixed", "omits": "release"}, {HOLDS, ENDS}),
        ({"variant": "half-fixed", "omits": "admission"}, {HOLDS}),
        ({"variant": "fixed"}, set()),
    ],
)
def test_each_part_of_the_fix_has_its_promise(words, promises):
    """Without the release nothing ends; without the admission runs take places and give them back all day."""
    assert broken_by(played(**words)) == promises


def test_after_the_clear_no_task_ends_any_more():
    """Although the cleared run is in the queue."""
    stopped = played("broken")
    (cleared,) = stopped.trace.of(RunCleared)
    assert not [entry for entry in stopped.trace.of(TaskEnded) if entry.at_s > cleared.at_s]
    mended = played("fixed")
    assert [entry for entry in mended.trace.of(TaskEnded) if entry.at_s > cleared.at_s]


def test_more_places_last_as_many_days_longer():
    """Six places outlast the days until the clear; after one that comes later they do not."""
    longer = {"variant": "half-fixed", "omits": "both"}
    assert ENDS not in broken_by(played(**longer, raised="6"))
    assert ENDS in broken_by(played(**longer, raised="6", runs="10", clears_s=str(7.5 * 86400)))


def test_a_run_that_gave_way_gets_a_place_again_once_its_past_is_done():
    """Each run takes one at most once for each task."""
    taken = [entry.event.run for entry in played("fixed").trace.of(PlaceTaken)]
    assert max(map(taken.count, taken)) == 2


@pytest.mark.parametrize(
    ("word", "sentence"),
    [
        ({"runs": "2"}, "runs is 2; it must be 3 or more"),
        ({"task_s": "40000"}, "a daily run must end within 86400 s"),
        ({"clears_s": "900000"}, "watch_s is 86400.0; it must be"),
        ({"watch_s": "3600"}, "watch_s is 3600.0; it must be 6420 or more"),
        ({"omits": "luck"}, "omits is 'luck'; it must be one of both, release, admission"),
    ],
)
def test_settings_that_contradict_themselves_are_refused(word, sentence):
    """With a sentence that names the setting."""
    with pytest.raises(SettingsRefused, match=sentence):
        run(RunSpec("cleared-run", settings=word))
