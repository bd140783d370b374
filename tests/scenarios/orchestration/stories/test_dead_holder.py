"""The place of a dead run comes back by a lease; one that is not renewed, or not obeyed, gives places twice."""

from functools import partial

import pytest

from gateway_sim.control_plane.events import LimitLeaseEnded
from gateway_sim.control_plane.scheduling.concurrency import ConcurrencyLimit
from gateway_sim.scenarios.orchestration.workloads.events import HolderDied, HolderFroze, HolderStopped, HolderWoke
from gateway_sim.scenarios.run.runner import run
from gateway_sim.scenarios.run.spec import RunSpec
from gateway_sim.scenarios.sim.errors import SettingsRefused
from tests.scenarios.orchestration.stories.playing import broken_by, figures_of, play, play_anew

DEAD, BEYOND = "a dead holders place comes back", "no more runs compute than a limit allows"
IDLE = "no place idles while a run waits"

played, figures = partial(play, "dead-holder"), partial(figures_of, "dead-holder")


@pytest.mark.slow
def test_without_a_lease_as_many_deaths_as_places_stop_the_backfill_for_good():
    """With a lease all runs are done; two deaths only make it slower."""
    stopped = figures("broken", deaths="4")
    assert stopped["runs_done"] < 12
    assert stopped["ended_s"] == 4 * 3600
    mended, slower = figures("fixed", deaths="4"), figures("broken")
    assert mended["runs_done"] == slower["runs_done"] == 12
    assert mended["ended_s"] < slower["ended_s"]


@pytest.mark.parametrize(
    ("words", "promises"),
    [
        ({"variant": "broken"}, {DEAD, IDLE}),
        ({"variant": "half-fixed", "omits": "renewal"}, {BEYOND}),
        ({"variant": "half-fixed", "omits": "stop"}, {BEYOND}),
        ({"variant": "fixed"}, set()),
    ],
)
def test_each_part_of_the_fix_has_its_promise(words, promises):
    """Dead places without leases; too many runs without renewals, or where a run does not stop."""
    assert broken_by(played(**words)) == promises


def test_the_place_comes_back_within_a_lease_of_its_last_renewal():
    """Of both dead runs."""
    result = played("fixed")
    freed = {entry.event.holder: entry.at_s for entry in result.trace.of(LimitLeaseEnded)}
    died = list(result.trace.of(HolderDied))
    assert len(died) == 2
    for entry in died:
        assert 120 - 30 < freed[entry.event.holder] - entry.at_s <= 120 + 15


def test_a_run_that_froze_for_longer_than_its_lease_stops_when_it_wakes():
    """A shorter freeze does not matter."""
    stopped = played("fixed")
    assert len(list(stopped.trace.of(HolderStopped))) == 1
    assert not stopped.trace.reached(HolderWoke)
    short = played("fixed", freezes_s="60")
    assert short.trace.reached(HolderFroze)
    assert short.trace.reached(HolderWoke)
    assert not short.trace.reached(HolderStopped)
    assert short.verdict == "kept"


@pytest.mark.parametrize(
    ("method", "answer", "promise"), [("reap", lambda *_: [], DEAD), ("renew", lambda *_: True, BEYOND)]
)
def test_a_guard_that_is_taken_away_is_missed(monkeypatch, method, answer, promise):
    """A limit that frees no place, and one that confirms every renewal and writes none."""
    monkeypatch.setattr(ConcurrencyLimit, method, answer)
    assert promise in broken_by(play_anew("dead-holder", "fixed"))


@pytest.mark.parametrize(
    ("word", "sentence"),
    [
        ({"runs": "2"}, "runs is 2; it must be 3 or more"),
        ({"renews_s": "120"}, r"lease_s is 120\.0; it must be 121 or more"),
        ({"omits": "luck"}, "omits is 'luck'; it must be one of renewal, stop"),
    ],
)
def test_settings_that_contradict_themselves_are_refused(word, sentence):
    """With a sentence that names the setting."""
    with pytest.raises(SettingsRefused, match=sentence):
        run(RunSpec("dead-holder", settings=word))
