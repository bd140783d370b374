"""No place idles while a run waits: by the runs' own events, whatever the limit has counted."""

import pytest

from gateway_sim.scenarios.orchestration.promises.no_place_idles_while_a_run_waits import (
    no_place_idles_while_a_run_waits,
)
from gateway_sim.scenarios.orchestration.workloads.events import (
    HolderBegan,
    HolderDied,
    HolderEnded,
    HolderStopped,
    HolderWaits,
    LaunchingEnded,
)


def waits(at_s, holder):
    """Return a run that waits, under a limit of one place, for a scheduler that asks every 15 s."""
    return at_s, HolderWaits("backfill", holder, 1, 15.0)


def began(at_s, holder):
    """Return a run that begins."""
    return at_s, HolderBegan("backfill", holder, 1)


FIRST = [waits(0.0, "run-1"), waits(0.0, "run-2"), began(0.0, "run-1")]
ENDED = (200.0, LaunchingEnded("backfill", 1))


@pytest.mark.parametrize(
    ("freed", "free_at_s"),
    [
        ((60.0, HolderEnded("backfill", "run-1")), 60.0),
        ((60.0, HolderStopped("backfill", "run-1")), 60.0),
        ((20.0, HolderDied("backfill", "run-1", 40.0)), 60.0),
    ],
    ids=["ended", "stopped", "died, after its time"],
)
def test_a_free_place_is_taken_at_the_next_question(history, broken, freed, free_at_s):
    """And one that is taken a second later was lost for that second."""
    in_time = history(*FIRST, freed, began(free_at_s + 15.0, "run-2"), ENDED)
    assert broken(no_place_idles_while_a_run_waits, in_time) == []
    late = history(*FIRST, freed, began(free_at_s + 16.0, "run-2"), ENDED)
    assert broken(no_place_idles_while_a_run_waits, late) == [
        (0.0, "run-2 waited for 1 s too long beside a free place of backfill, which allows 1")
    ]


@pytest.mark.parametrize(("taken", "late_s"), [(1, 0), (1, 1), (2, 1)])
def test_a_place_that_becomes_free_as_others_are_taken_idles_from_then_on(history, broken, taken, late_s):
    """The scheduler asked at that moment; of two that were free before, it must have taken both."""
    runs = [f"run-{n}" for n in range(6)]
    events = [(0.0, HolderWaits("backfill", run, 3, 15.0)) for run in runs]
    events += [(0.0, HolderBegan("backfill", run, 3)) for run in runs[:3]]
    events += [(30.0, HolderEnded("backfill", run)) for run in runs[:taken]]
    events += [(45.0, HolderEnded("backfill", runs[2])), (45.0, HolderBegan("backfill", runs[3], 3))]
    events += [(60.0 + late_s, HolderBegan("backfill", run, 3)) for run in runs[4 : 4 + taken]]
    found = broken(no_place_idles_while_a_run_waits, history(*events, (61.0, LaunchingEnded("backfill", 6))))
    late = 15 + late_s if taken == 2 else late_s
    said = f"run-4 waited for {late} s too long beside a free place of backfill, which allows 3"
    assert [sentence for _, sentence in found] == ([said] if late else [])


def test_a_run_that_waits_until_the_launcher_gives_up_breaks_it(history, broken):
    """Its place was given back, and the limit did not count it."""
    trace = history(*FIRST, (60.0, HolderEnded("backfill", "run-1")), ENDED)
    assert broken(no_place_idles_while_a_run_waits, trace) == [
        (0.0, "run-2 waited for 125 s too long beside a free place of backfill, which allows 1")
    ]


def test_a_run_that_waits_for_a_place_that_is_taken_keeps_it(history, broken):
    """However long; a free place without a waiting run, too; and the place of another limit is another matter."""
    assert broken(no_place_idles_while_a_run_waits, history(*FIRST, ENDED)) == []
    done = history(waits(0.0, "run-1"), began(0.0, "run-1"), (60.0, HolderEnded("backfill", "run-1")), ENDED)
    assert broken(no_place_idles_while_a_run_waits, done) == []
    other = history(*FIRST, (60.0, HolderEnded("other", "run-1")), ENDED)
    assert broken(no_place_idles_while_a_run_waits, other) == []


def test_a_place_that_idles_until_the_end_of_the_trace_breaks_it(history, broken):
    """Nothing ended the wait."""
    trace = history(*FIRST, (100.0, HolderEnded("backfill", "run-1")), (150.0, HolderEnded("other", "run-9")))
    assert broken(no_place_idles_while_a_run_waits, trace) == [
        (0.0, "run-2 waited for 35 s too long beside a free place of backfill, which allows 1")
    ]
