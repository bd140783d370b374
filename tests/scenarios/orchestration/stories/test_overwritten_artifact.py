"""A record names the model that its run trained and evaluated only with a path and a condition of its own."""

from functools import partial

import pytest

from gateway_sim.scenarios.orchestration.workloads.pipeline_events import ArtifactKept, ArtifactStored, AttemptWoke
from gateway_sim.scenarios.run.runner import run
from gateway_sim.scenarios.run.spec import RunSpec
from gateway_sim.scenarios.sim.errors import SettingsRefused
from tests.scenarios.orchestration.stories.playing import broken_by, figures_of, play

ONCE, KEEPS = "an artifact is stored once", "every run keeps the model it evaluated"

played, figures = partial(play, "overwritten-artifact"), partial(figures_of, "overwritten-artifact")


@pytest.mark.parametrize(
    ("words", "promises"),
    [
        ({"variant": "broken"}, {ONCE, KEEPS}),
        ({"variant": "half-fixed", "omits": "condition"}, {ONCE, KEEPS}),
        ({"variant": "half-fixed", "omits": "path"}, {KEEPS}),
        ({"variant": "fixed"}, set()),
    ],
)
def test_each_part_of_the_fix_has_its_promise(words, promises):
    """On a shared path the condition keeps one model, and five runs record it as theirs."""
    assert broken_by(played(**words)) == promises


def test_the_attempt_that_woke_stores_nothing():
    """Only with the condition on the put."""
    fixed, half = played("fixed").trace, played("half-fixed", omits="condition").trace
    (woke,) = [entry.event for entry in fixed.of(AttemptWoke)]
    assert [(kept.event.run, kept.event.attempt) for kept in fixed.of(ArtifactKept)] == [(woke.run, 1)]
    assert [(stored.event.run, stored.event.attempt) for stored in half.of(ArtifactStored)][-1] == (woke.run, 1)


def test_the_loss_in_a_record_is_not_that_of_its_path():
    """By as much as the learning rates differ; in the fixed variant by nothing."""
    assert figures("broken")["largest_difference_of_loss"] > 0.1
    assert figures("fixed")["largest_difference_of_loss"] == 0


def test_the_damage_lasts_until_an_audit_looks():
    """Nothing else reads what is stored."""
    assert 6.9 < figures("broken")["days_until_found"] < 7
    assert 29.9 < figures("broken", audits_s=str(30 * 86400))["days_until_found"] < 30


@pytest.mark.parametrize(
    ("word", "sentence"),
    [
        ({"runs": "1"}, "runs is 1; it must be 2 or more"),
        ({"slowest_s": "60"}, r"slowest_s is 60\.0; it must be 600 or more"),
        ({"audits_s": "600"}, r"audits_s is 600\.0; it must be 5400 or more"),
    ],
)
def test_settings_that_contradict_themselves_are_refused(word, sentence):
    """With a sentence that names the setting."""
    with pytest.raises(SettingsRefused, match=sentence):
        run(RunSpec("overwritten-artifact", settings=word))
