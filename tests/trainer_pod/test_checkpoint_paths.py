"""Each training run of a job has checkpoint names of its own, and a name means the weights that its run saved."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from gateway_sim.trainer_pod.checkpoint_paths import Address, read, read_run_id, run_id
from gateway_sim.trainer_pod.checkpoints import CheckpointStore
from gateway_sim.trainer_pod.config import PodConfig
from gateway_sim.trainer_pod.engine import TrainingModel
from gateway_sim.trainer_pod.events import StateSaved
from gateway_sim.trainer_pod.protocol import LoraConfig
from gateway_sim.trainer_pod.refusals import CheckpointRefused
from gateway_sim.trainer_pod.text import batch

Play = Callable[[Callable[[], Any]], Any]
SECOND = "session-1-1:train:1"


async def created(caller: Any, session_id: str, model_seq_id: int) -> str:
    """Create another model and return its id."""
    body = {"session_id": session_id, "model_seq_id": model_seq_id, "base_model": "byte-transformer"}
    model_id: str = (await caller.result("create_model", **body, lora_config={"rank": 4}))["model_id"]
    return model_id


async def stepped(caller: Any, model_id: str, seq_id: int, rate: float) -> None:
    """Train a model by one step."""
    caller.model_id = model_id
    await caller.result("forward_backward", **caller.forward_backward_body(seq_id))
    await caller.result("optim_step", **caller.optim_step_body(seq_id + 1, learning_rate=rate))


async def loss(caller: Any, model_id: str, seq_id: int) -> float:
    """Return a model's loss on the text."""
    caller.model_id = model_id
    body = caller.forward_backward_body(seq_id)
    asked = {"forward_input": body["forward_backward_input"], "model_id": model_id, "seq_id": seq_id}
    value: float = (await caller.result("forward", **asked))["metrics"]["loss:sum"]
    return value


@pytest.mark.parametrize("by", ["path", "name"])
def test_two_models_of_one_job_have_their_own_final(play: Play, caller: Any, by: str) -> None:
    """Both save "final"; each loads its own weights, by the path that its save returned and by the name."""

    async def story() -> None:
        first = await caller.connect()
        second = await created(caller, "session-1-1", 1)
        trained: dict[str, float] = {}
        paths: dict[str, str] = {}
        for model_id, rate in ((first, 1e-2), (second, 3e-2)):
            await stepped(caller, model_id, 1, rate)
            trained[model_id] = await loss(caller, model_id, 3)
            paths[model_id] = (await caller.result("save_weights", model_id=model_id, path="final", seq_id=4))["path"]
        assert paths == {first: "tinker://alice/weights/final", second: f"tinker://alice:{SECOND}/weights/final"}
        assert trained[first] != trained[second]
        for model_id in (first, second):
            await stepped(caller, model_id, 5, 1e-2)
            path = paths[model_id] if by == "path" else "final"
            await caller.result("load_weights", model_id=model_id, path=path, seq_id=7, optimizer=True)
            assert await loss(caller, model_id, 8) == trained[model_id]
        assert (await caller.send("GET", "list_checkpoints"))[1] == {"checkpoints": ["final"]}

    play(story)


@pytest.mark.parametrize("incarnation", [1, 2])
def test_a_resumed_run_of_a_newer_sdk_saves_its_names_again(
    play: Play, config: PodConfig, open_caller: Any, incarnation: int
) -> None:
    """A script of tinker 0.38 resumes, on its pod or on the next, and its '000004' does not meet the earlier one."""
    first = open_caller(config)
    later = first if incarnation == 1 else open_caller(replace(config, incarnation=2))
    save = {"path": "000004", "overwrite": False}

    async def model_of(caller: Any) -> str:
        if caller.pod.state.value == "COLD":
            await caller.pod.start()
        _, session = await caller.post("create_session", tags=[], sdk_version="0.38.0")
        return await created(caller, session["session_id"], 0)

    async def story() -> None:
        model_id = await model_of(first)
        path = (await first.result("save_weights", model_id=model_id, seq_id=1, **save))["path"]
        assert path == f"tinker://alice:{model_id}/weights/000004"
        refused = await first.result("save_weights", model_id=model_id, seq_id=2, **save)
        assert "there is a checkpoint '000004' already" in refused["error"]
        again = await model_of(later)
        loaded = await later.result("load_weights", model_id=again, path=path, seq_id=1, optimizer=True)
        assert loaded["path"] == path
        saved = await later.result("save_weights", model_id=again, seq_id=2, **save)
        assert saved["path"] == f"tinker://alice:{again}/weights/000004"

    play(story)
    assert len({event.path for event in [*first.seen(StateSaved), *later.seen(StateSaved)]}) == 2


def test_an_older_sdk_replaces_its_own_checkpoint(play: Play, caller: Any) -> None:
    """Its requests have no `overwrite`, and its script goes on with the run of the job when it is started again."""

    async def story() -> None:
        for number in (1, 2):
            model_id = await caller.connect()
            saved = await caller.result("save_weights", model_id=model_id, path="last", seq_id=1)
            assert saved["path"] == "tinker://alice/weights/last", number

    play(story)


def model(step: int) -> TrainingModel:
    """Return a model after some steps."""
    made = TrainingModel("byte-transformer", LoraConfig(rank=4), "cpu")
    for number in range(step):
        made.forward_backward(batch(number, 2, 16), "cross_entropy")
        made.optim_step({"learning_rate": 1e-2})
    return made


def test_a_checkpoint_of_another_job_is_found_by_its_reference(tmp_path: Path) -> None:
    """fireworks-ai resolves a name of another job to cross_job://JOB/NAME."""
    CheckpointStore(str(tmp_path), "acme", "alice").save(model(2), "step-2")
    resumed = model(0)
    later = CheckpointStore(str(tmp_path), "acme", "bob")
    later.load(resumed, "cross_job://alice/step-2", with_optimizer=True)
    assert resumed.step == 2
    with pytest.raises(CheckpointRefused, match=r"there is no checkpoint 'cross_job://alice/step-3'.*: step-2"):
        later.load(resumed, "cross_job://alice/step-3", with_optimizer=True)
    with pytest.raises(CheckpointRefused, match=r"cannot reach .* the account has no checkpoints of a job 'carol'"):
        later.load(resumed, "cross_job://carol/step-2", with_optimizer=True)
    elsewhere = CheckpointStore(str(tmp_path), "globex", "bob")
    with pytest.raises(CheckpointRefused, match="cannot reach"):
        elsewhere.load(resumed, "cross_job://alice/step-2", with_optimizer=True)


def test_a_name_that_several_other_runs_have_is_refused_with_their_paths(tmp_path: Path) -> None:
    """A later model that saved no such name gets no other run's weights by chance."""

    def store(run: str) -> CheckpointStore:
        return CheckpointStore(str(tmp_path), "acme", "alice", run=run)

    paths = [store(f"session-1-{n}:train:0").save(model(n), "final") for n in (1, 2)]
    with pytest.raises(CheckpointRefused, match="take the path of one: " + ", ".join(paths)):
        store("session-2-1:train:0").load(model(0), "final", with_optimizer=True)
    for step, path in zip((1, 2), paths, strict=True):
        loaded = model(0)
        store("session-2-1:train:0").load(loaded, path, with_optimizer=True)
        assert loaded.step == step


@pytest.mark.parametrize(
    ("path", "means"),
    [
        ("step-2", Address("bob", None, "step-2")),
        ("cross_job://alice/step-2", Address("alice", None, "step-2")),
        ("tinker://alice/weights/step-2", Address("alice", "", "step-2")),
        (f"tinker://alice:{SECOND}/weights/step-2", Address("alice", SECOND, "step-2")),
    ],
)
def test_a_path_names_job_run_and_checkpoint(path: str, means: Address) -> None:
    """A name alone leaves the run open."""
    assert read(path, "bob") == means
    if means.run is not None:
        assert read_run_id(run_id(means.job, means.run)) == (means.job, means.run)


@pytest.mark.parametrize(
    "path",
    [
        "cross_job://alice",
        "cross_job://../step-2",
        "cross_job://alice/a/b",
        "tinker://a:b/weights/c",
        "tinker://a:../s:train:0/weights/c",
        "tinker://alice:session-1-1:train:x/weights/c",
        "gs://bucket/step-2",
        "/tmp/step-2",
    ],
)
def test_a_path_of_another_form_is_refused(path: str) -> None:
    """Nothing of it reaches the file system."""
    with pytest.raises(CheckpointRefused):
        read(path, "bob")
