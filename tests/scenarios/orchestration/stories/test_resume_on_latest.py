"""What a run is made of is resolved once: a run that resolves it again is half of something else."""

from functools import partial

import pytest

from gateway_sim.control_plane.data.datasets import Dataset
from gateway_sim.control_plane.models.environments import Environments
from gateway_sim.route_table import dynamodb_client
from gateway_sim.scenarios.orchestration.workloads.events import IngredientsMoved, IngredientsUsed
from gateway_sim.scenarios.orchestration.workloads.ingredients import NAMES, Ingredients
from gateway_sim.scenarios.orchestration.workloads.sandbox import Sandbox, SandboxSettings
from gateway_sim.scenarios.run.result import RunResult
from gateway_sim.scenarios.run.runner import run
from gateway_sim.scenarios.run.spec import RunSpec
from gateway_sim.scenarios.sim.errors import SettingsRefused
from gateway_sim.scenarios.sim.moto import MOTO
from gateway_sim.scenarios.sim.seeds import Seeds
from gateway_sim.scenarios.sim.trace import Trace
from gateway_sim.trainer_pod.text import batch
from tests.scenarios.orchestration.stories.playing import broken_by, play, play_anew

played = partial(play, "resume-on-latest")


def used(result: RunResult) -> list[tuple[str, str]]:
    """Return what each life of the run was made of, the image by the number of its push."""
    moved = [entry.event.to for entry in result.trace.of(IngredientsMoved) if entry.event.name == "trainer:stable"]
    assert len({*moved}) == 2
    numbers = {to: f"image@{n}" for n, to in enumerate(moved, start=1)}
    return [(entry.event.snapshot, numbers[entry.event.image]) for entry in result.trace.of(IngredientsUsed)]


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
    broken = broken_by(result)
    assert ("every run ends as if undisturbed" in broken) == (second != ("rows@1", "image@1"))


def test_each_ingredient_changes_the_weights():
    """Each half-fixed run ends elsewhere, so neither pin is idle."""
    ends = {
        next(v.message for v in played(**words).violations if v.promise == "every run ends as if undisturbed")
        for words in ({"variant": "half-fixed", "omits": "image"}, {"variant": "half-fixed", "omits": "snapshot"})
    }
    assert len(ends) == 2


def test_the_first_snapshot_in_the_first_image_is_what_the_undisturbed_run_trains_on(tmp_path):
    """Text for text, read again from the table after it was replaced."""
    with MOTO.held():
        sandbox = Sandbox(Seeds(0), Trace(), SandboxSettings())
        sandbox.folder = tmp_path
        made = Ingredients(sandbox, 3, 2, 16)
        made.publish_rows(0)
        made.publish_image(16)
        first = made.resolve(NAMES["image"])
        made.publish_rows(1000)
        made.publish_image(8)
        newest = [made.resolve(name) for name in NAMES.values()]
        try:
            for step in (1, 2, 3):
                assert made.examples("rows@1", first)[step] == batch(step, 2, 16)
                cropped = made.examples(*newest)[step]
                assert [one.model_input.chunks[0].tokens for one in cropped] == [
                    one.model_input.chunks[0].tokens[:8] for one in batch(1000 + step, 2, 16)
                ]
        finally:
            dynamodb_client(None).delete_table(TableName="images")


@pytest.mark.parametrize("method", ["resolve", "open"])
def test_a_pin_that_is_not_kept_by_table_or_registry_is_missed(monkeypatch, method):
    """A registry that follows the tag for a digest, and a table that opens its newest version for any."""
    if method == "open":
        opened = Dataset.open
        monkeypatch.setattr(Dataset, "open", lambda self, version=None: opened(self))
    else:
        content = Environments.content
        monkeypatch.setattr(
            Environments, "content", lambda self, repository, _: content(self, repository, self.resolve(NAMES["image"]))
        )
    result = play_anew("resume-on-latest", "fixed")
    assert broken_by(result) == {"every run ends as if undisturbed"}


@pytest.mark.parametrize(("word", "sentence"), [({"steps": "3"}, "steps is 3"), ({"omits": "luck"}, "omits is 'luck'")])
def test_a_run_that_cannot_be_preempted_after_a_save_is_refused(word, sentence):
    """With the setting's name."""
    with pytest.raises(SettingsRefused, match=sentence):
        run(RunSpec("resume-on-latest", settings=word))
