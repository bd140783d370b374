"""A writer that wakes after its successor moves nothing, where the write itself carries the condition."""

from functools import partial

import pytest

from gateway_sim.scenarios.orchestration.workloads.events import (
    LatestPointed,
    RunResumed,
    TrainingEnded,
    WriteFenced,
    WriterWoke,
)
from gateway_sim.scenarios.run.runner import run
from gateway_sim.scenarios.run.spec import RunSpec
from gateway_sim.scenarios.sim.errors import SettingsRefused
from gateway_sim.trainer_pod.latest import Latest
from tests.scenarios.orchestration.stories.playing import broken_by, play, play_anew

WRITES, COSTS = "an old writer changes nothing", "a preemption costs at most one interval"

played = partial(play, "zombie-writer")


@pytest.mark.parametrize(
    ("words", "promises"),
    [
        ({"variant": "broken"}, {WRITES, COSTS}),
        ({"variant": "half-fixed", "omits": "condition"}, {WRITES, COSTS}),
        ({"variant": "half-fixed", "omits": "names"}, {WRITES}),
        ({"variant": "fixed"}, set()),
    ],
)
def test_each_part_of_the_fix_has_its_promise(words, promises):
    """A check before the save prevents nothing, because the writer froze after it."""
    assert broken_by(played(**words)) == promises


def test_the_writer_that_woke_sends_the_job_back_or_is_refused():
    """Two intervals and more, or none; either way the last attempt ends with the undisturbed weights."""
    for variant, back in (("half-fixed", True), ("fixed", False)):
        result = played(variant)
        woke = next(result.trace.of(WriterWoke))
        ahead = next(e.event for e in reversed(list(result.trace.of(LatestPointed))) if e.at_s < woke.at_s)
        resumed = list(result.trace.of(RunResumed))[-1].event.step
        assert (resumed < int(ahead.checkpoint.split("-")[1])) == back
        assert [entry.event.writer for entry in result.trace.of(WriteFenced)] == ([] if back else [1])
        (ended,) = result.trace.of(TrainingEnded)
        assert ended.event.weights == ended.event.undisturbed


@pytest.mark.slow
def test_a_writer_frozen_in_every_save_in_turn_is_fenced():
    """Not sampled: with a save after every step, seeds reach each save that a successor can overtake twice."""
    froze = set()
    for seed in range(20):
        result = run(
            RunSpec("zombie-writer", seed=seed, settings={"variant": "fixed", "steps": "5", "save_every": "1"})
        )
        assert result.verdict == "kept", result.violations
        froze.add(next(result.trace.of(WriterWoke)).at_s)
    assert len(froze) == 2


def test_a_fence_that_is_taken_away_is_missed(monkeypatch):
    """A `latest` that any writer may move is no fix."""
    move = Latest.move
    monkeypatch.setattr(Latest, "move", lambda self, checkpoint, *, fenced: move(self, checkpoint, fenced=False))
    assert broken_by(play_anew("zombie-writer", "fixed")) == {WRITES, COSTS}


def test_a_job_in_which_nobody_gets_ahead_is_refused():
    """With the setting's name."""
    with pytest.raises(SettingsRefused, match="steps is 6; it must be 7 or more"):
        run(RunSpec("zombie-writer", settings={"steps": "6"}))
