"""An upgrade is noticed by the golden batch, or by the model's users, or by the run that fails."""

from functools import partial

import pytest

from gateway_sim.scenarios.orchestration.workloads.model_events import DayServed
from gateway_sim.scenarios.orchestration.workloads.pipeline_events import (
    FaultFound,
    RunCrashed,
    UpgradeAdopted,
    UpgradeTurnedDown,
)
from gateway_sim.scenarios.run.runner import run
from gateway_sim.scenarios.run.spec import RunSpec
from gateway_sim.scenarios.sim.errors import SettingsRefused
from tests.scenarios.orchestration.stories.playing import broken_by, play

FAILS, ONE = "no run fails in its runtime", "a job runs in one image"
SAME, SERVES = "preprocessing makes the same of the same", "what serves is as good as it was"

played = partial(play, "upgraded-runtime")


@pytest.mark.parametrize(
    ("words", "promises"),
    [
        ({"variant": "broken"}, {FAILS, ONE, SAME, SERVES}),
        ({"variant": "half-fixed", "omits": "digest"}, {FAILS, ONE, SAME, SERVES}),
        ({"variant": "half-fixed", "omits": "gate"}, {FAILS, SAME, SERVES}),
        ({"variant": "fixed"}, set()),
    ],
)
def test_each_part_of_the_fix_has_its_promise(words, promises):
    """A tag moves between submission and start; a digest does not, and brings every upgrade a day later."""
    assert broken_by(played(**words)) == promises


def test_it_works_one_day_and_fails_the_next():
    """With the error of an import of a function that is gone."""
    trace = played("broken").trace
    first = next(trace.of(RunCrashed)).event
    assert first.error.startswith("cannot import name 'resize'")
    assert first.day - 1 in [entry.event.day for entry in trace.of(DayServed)]


def test_the_crash_is_found_at_once_and_the_drift_after_days():
    """The cause of a crash takes two days of work; that anything has drifted takes six."""
    found = {entry.event.kind: entry.event for entry in played("broken").trace.of(FaultFound)}
    assert found["drift"].day - found["drift"].since_day == 6
    quick = played("broken", finds_days="1", debugs_days="1").damage
    slow = played("broken").damage
    assert quick is not None
    assert slow is not None
    assert quick.amount < slow.amount


def test_the_gate_lets_a_harmless_release_in_and_turns_the_others_down():
    """Pinning for ever would be no fix: patches have to come in."""
    trace = played("fixed").trace
    assert len(list(trace.of(UpgradeAdopted))) == 2
    reasons = [entry.event.reason for entry in trace.of(UpgradeTurnedDown)]
    assert "makes something else of its golden batch" in reasons[0]
    assert "cannot import name 'resize'" in reasons[1]


def test_days_that_end_before_the_upgrades_are_refused():
    """With a sentence that names the setting."""
    with pytest.raises(SettingsRefused, match="days is 9; it must be 10 or more"):
        run(RunSpec("upgraded-runtime", settings={"days": "9"}))
