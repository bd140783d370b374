"""A loop's knowledge ends with its terminal; a backfill object's is in a table."""

from functools import partial

import pytest

from gateway_sim.scenarios.orchestration.workloads.events import HolderBegan
from gateway_sim.scenarios.orchestration.workloads.pipeline_events import LauncherEnded
from gateway_sim.scenarios.run.runner import run
from gateway_sim.scenarios.run.spec import RunSpec
from gateway_sim.scenarios.sim.errors import SettingsRefused
from tests.scenarios.orchestration.stories.playing import broken_by, figures_of, play

TWICE, LOST = "no row is counted twice", "no partition is lost"
BOTH, BEYOND = "no day is computed by two runs at once", "no more runs compute than a limit allows"

played, figures = partial(play, "manual-backfill"), partial(figures_of, "manual-backfill")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "promises"),
    [
        ({"variant": "half-fixed", "omits": "claims"}, {TWICE, BOTH, BEYOND}),
        ({"variant": "half-fixed", "omits": "reports"}, {LOST, BEYOND}),
        ({"variant": "half-fixed", "omits": "replacement"}, {TWICE}),
        ({"variant": "fixed"}, set()),
    ],
)
def test_each_part_of_the_fix_has_its_promise(words, promises):
    """A file of ended days repeats what was under way, one of submitted days forgets what died, and appends repeat."""
    assert broken_by(played(**words)) == promises


@pytest.mark.slow
def test_a_loop_without_a_file_does_all_again():
    """And a loop with a file repeats what was under way when its terminal closed, and what had not been reported."""
    assert figures("broken")["days_twice"] > 8
    noted = figures("half-fixed", omits="claims")
    assert noted["days_twice"] in (4, 5)
    assert noted["runs_under_way_when_the_launcher_ended"] == 4


@pytest.mark.slow
def test_an_object_begins_no_run_beside_those_that_outlived_its_scheduler():
    """It takes up where the table says that it is."""
    result = played("fixed")
    (ended,) = result.trace.of(LauncherEnded)
    assert ended.event.running == 4
    began = [entry.at_s for entry in result.trace.of(HolderBegan) if entry.at_s > ended.at_s]
    assert min(began) >= ended.at_s + 600
    assert figures("fixed")["runs_started"] == 22


@pytest.mark.parametrize(
    ("word", "sentence"),
    [
        ({"days": "7"}, "days is 7; it must be 8 or more"),
        ({"renews_s": "1200"}, r"lease_s is 1200\.0; it must be 1201 or more"),
        ({"omits": "luck"}, "omits is 'luck'; it must be one of claims, reports, replacement"),
    ],
)
def test_settings_that_contradict_themselves_are_refused(word, sentence):
    """With a sentence that names the setting."""
    with pytest.raises(SettingsRefused, match=sentence):
        run(RunSpec("manual-backfill", settings=word))
