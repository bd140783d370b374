"""A tag that moves makes models worse in serving and in training; a digest, kept in the checkpoint, does not move."""

from functools import cache

import pytest

from gateway_sim.scenarios.orchestration.workloads.events import ResumeRefused
from gateway_sim.scenarios.orchestration.workloads.model_events import DayServed, ImageRan
from gateway_sim.scenarios.run.result import RunResult
from gateway_sim.scenarios.run.runner import run
from gateway_sim.scenarios.run.spec import RunSpec
from gateway_sim.scenarios.sim.errors import SettingsRefused
from gateway_sim.trainer_pod import checkpoints


@cache
def played(variant: str, **more: str) -> RunResult:
    """Play the scenario in a variant, with these settings; once for all tests that change nothing else."""
    return run(RunSpec("image-drift", settings={"variant": variant, **more}))


def test_the_accuracy_falls_on_the_day_that_the_tag_moves():
    """By about three points, for the unchanged model and for the one that was resumed that night."""
    result = played("broken")
    served = [entry.event for entry in result.trace.of(DayServed)]
    lost = {day.day: day.reference_quality - day.quality for day in served}
    assert lost[1] == lost[2] == 0
    assert lost[3] > 0.01
    assert lost[4] == lost[5] == lost[6] > 0.01
    figures = result.damage.figures
    measured, reference = (figures[f"lost_by_the_model_of_before_points{end}"] for end in ("", "_card"))
    # the noise is another draw, and 400 pictures tell points to within one or two
    assert measured == pytest.approx(reference, abs=2.5)


def test_a_resume_in_another_image_is_refused_and_made_in_its_own():
    """By the digests that checkpoint and pod carry; what was refused trained nothing."""
    result = played("fixed")
    (refused,) = result.trace.of(ResumeRefused)
    assert "was made in image sha256:" in refused.event.reason
    assert len({entry.event.digest for entry in result.trace.of(ImageRan)}) == 1


def test_a_digest_at_submit_is_not_enough_where_the_checkpoint_does_not_know_it():
    """Serving has the right image, and half of the training had another."""
    result = played("half-fixed", omits="refusal")
    resumed = [entry.event for entry in result.trace.of(ImageRan) if entry.event.purpose == "training"][1:]
    assert len({ran.digest for ran in resumed}) == 2
    assert {violation.promise for violation in result.violations} >= {
        "a job runs in one image",
        "preprocessing makes the same of the same",
    }


def test_a_checkpoint_that_forgets_its_image_is_missed(monkeypatch):
    """Without it the resume by hand goes through."""
    commit_of = checkpoints._commit_of
    monkeypatch.setattr(checkpoints, "_commit_of", lambda model, image: commit_of(model, ""))
    assert played.__wrapped__("fixed").verdict == "broken"


@pytest.mark.parametrize(
    ("word", "sentence"),
    [
        ({"steps": "3"}, "steps is 3; a run that is preempted halfway needs 4 or more"),
        ({"days": "3"}, "days is 3; the second model serves from day 4 on, so it must be 4 or more"),
        ({"omits": "time"}, "omits is 'time'; it must be one of digest, refusal"),
    ],
)
def test_settings_that_contradict_themselves_are_refused(word, sentence):
    """With a sentence that names the setting."""
    with pytest.raises(SettingsRefused, match=sentence):
        run(RunSpec("image-drift", settings=word))
