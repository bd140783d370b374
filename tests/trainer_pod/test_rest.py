"""What SDKs ask about training runs and checkpoints, and what rolling checkpoints delete."""

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

Play = Callable[[Callable[[], Any]], Any]
SECOND = "session-1-1:train:1"


async def two_runs(caller: Any) -> None:
    """Create two models of one job, and save with each."""
    await caller.connect()
    body = {"session_id": "session-1-1", "model_seq_id": 1, "base_model": "byte-transformer"}
    await caller.result("create_model", **body, lora_config={"rank": 8, "train_mlp": False})
    for model_id in (caller.model_id, SECOND):
        labels = {"ttl_seconds": 7200, "user_metadata": {"epoch": "1"}}
        await caller.result("save_weights", model_id=model_id, path="final", seq_id=1, **labels)
        await caller.result("save_weights_for_sampler", model_id=model_id, path="final", seq_id=2)


def test_a_session_names_its_runs_and_samplers(play: Play, caller: Any) -> None:
    """Also a finished one; its labels are the client's."""

    async def story() -> None:
        await two_runs(caller)
        await caller.post("create_session", user_metadata={"who": "alice"}, display_name="night run")
        opened = {"session_id": "session-1-1", "sampling_session_seq_id": 0, "base_model": "byte-transformer"}
        assert (await caller.post("create_sampling_session", **opened))[0] == 200
        joined = [await caller.post("join_sampling_session", sampling_session_id="session-1-1:sample:0") for _ in "ab"]
        assert [answer["client_counter"] for _, answer in joined] == [1, 2]
        await caller.post("sessions/session-1-1/finish", reason={"type": "success"})
        assert await caller.send("GET", "sessions") == (200, {"sessions": ["session-1-2", "session-1-1"]})
        assert await caller.send("GET", "sessions/session-1-1") == (
            200, {"training_run_ids": ["alice", f"alice:{SECOND}"], "sampler_ids": ["session-1-1:sample:0"]},
        )  # fmt: skip
        labels = {"user_metadata": {"who": "alice"}, "display_name": "night run"}
        assert await caller.send("GET", "sessions/session-1-2") == (
            200,
            {"training_run_ids": [], "sampler_ids": [], **labels},
        )
        assert (await caller.send("GET", "sessions/session-9-9"))[1]["type"] == "urn:gateway-sim:unknown-session"
        status, problem = await caller.send("GET", "training_runs?project_id=p")
        assert (status, problem["detail"]) == (
            400, "project_id is not understood: a list here is asked for by offset and limit",
        )  # fmt: skip

    play(story)


def test_a_session_names_the_run_of_a_model_that_was_unloaded(play: Play, caller: Any) -> None:
    """It has neither a model in memory nor a checkpoint, and is no reason to refuse the session."""

    async def story() -> None:
        await caller.connect()
        await caller.result("unload_model", model_id=caller.model_id)
        status, session = await caller.send("GET", "sessions/session-1-1")
        assert (status, session["training_run_ids"]) == (200, ["alice"])

    play(story)


async def listed(caller: Any, run: str) -> list[str]:
    """Return the paths of a run's checkpoints, in order of their names."""
    status, answer = await caller.send("GET", f"training_runs/{run}/checkpoints")
    assert status == 200, answer
    return sorted(one["tinker_path"] for one in answer["checkpoints"])


def test_runs_and_checkpoints_are_listed_by_the_ids_in_their_paths(play: Play, caller: Any) -> None:
    """A run is named by its id or by its model's; each has its own checkpoints."""

    async def story() -> None:
        await two_runs(caller)
        status, answer = await caller.send("GET", "training_runs")
        assert (status, answer["cursor"]) == (200, {"offset": 0, "limit": 100, "total_count": 2})
        told = [(run["training_run_id"], run["lora_rank"], run["model_owner"]) for run in answer["training_runs"]]
        assert told == [("alice", 4, "acme"), (f"alice:{SECOND}", 8, "acme")]
        assert answer["training_runs"][1]["last_checkpoint"]["checkpoint_id"] == "weights/final"
        for run in (f"alice:{SECOND}", SECOND):
            assert (await caller.send("GET", f"training_runs/{run}"))[1]["training_run_id"] == f"alice:{SECOND}"
            assert await listed(caller, run) == [
                f"tinker://alice:{SECOND}/sampler_weights/final", f"tinker://alice:{SECOND}/weights/final",
            ]  # fmt: skip
        assert await listed(caller, "alice") == await listed(caller, caller.model_id)
        status, answer = await caller.send("GET", "checkpoints")
        assert answer["cursor"]["total_count"] == len(answer["checkpoints"]) == 4
        saved = next(one for one in answer["checkpoints"] if one["checkpoint_id"] == "weights/final")
        assert (saved["checkpoint_type"], saved["public"], saved["user_metadata"]) == (
            "training",
            False,
            {"epoch": "1"},
        )
        assert saved["size_bytes"] > 0
        kept = datetime.fromisoformat(saved["expires_at"]) - datetime.fromisoformat(saved["time"])
        assert kept.total_seconds() == pytest.approx(7200, abs=5)

    play(story)


def test_a_deleted_checkpoint_is_gone_and_its_namesake_of_the_other_run_stays(play: Play, caller: Any) -> None:
    """Rolling checkpoints delete old ones; what was deleted cannot be loaded, listed or deleted again."""

    async def story() -> None:
        await two_runs(caller)
        one = "training_runs/alice/checkpoints/weights/final"
        assert await caller.send("DELETE", one) == (200, {})
        status, problem = await caller.send("DELETE", one)
        assert (status, problem["type"]) == (404, "urn:gateway-sim:unknown-checkpoint")
        assert await listed(caller, "alice") == ["tinker://alice/sampler_weights/final"]
        load = {"model_id": caller.model_id, "path": "tinker://alice/weights/final", "optimizer": True}
        assert "there is no checkpoint" in (await caller.result("load_weights", seq_id=3, **load))["error"]
        load = {"model_id": SECOND, "path": "final", "optimizer": True}
        assert "path" in await caller.result("load_weights", seq_id=3, **load)
        assert "path" in await caller.result("save_weights", model_id=caller.model_id, path="final", seq_id=4)

    play(story)


def test_a_checkpoint_is_published_and_its_time_to_live_is_set(play: Play, caller: Any) -> None:
    """Both are seen in the list, and both can be taken back; a save again begins without them."""

    async def one() -> dict[str, Any]:
        found = (await caller.send("GET", "training_runs/alice/checkpoints"))[1]["checkpoints"]
        return {entry["checkpoint_id"]: entry for entry in found}["weights/final"]

    async def story() -> None:
        await two_runs(caller)
        path = "training_runs/alice/checkpoints/weights/final"
        assert (await caller.send("POST", f"{path}/publish"))[0] == 200
        assert (await caller.send("PUT", f"{path}/ttl", json.dumps({"ttl_seconds": None}).encode()))[0] == 200
        assert ((await one())["public"], (await one()).get("expires_at")) == (True, None)
        assert (await caller.send("DELETE", f"{path}/publish"))[0] == 200
        assert (await caller.send("PUT", f"{path}/ttl", json.dumps({"ttl_seconds": 86400}).encode()))[0] == 200
        assert (await one())["public"] is False
        assert "expires_at" in await one()
        status, problem = await caller.send("PUT", f"{path}/ttl", json.dumps({"ttl_seconds": 5}).encode())
        assert (status, problem["detail"].partition(":")[0]) == (400, "ttl_seconds")
        await caller.result("save_weights", model_id=caller.model_id, path="final", seq_id=3)
        assert "expires_at" not in await one()

    play(story)


def test_weights_info_says_what_a_model_must_be(play: Play, caller: Any) -> None:
    """The model of the path's run, not that of its namesake."""

    async def story() -> None:
        await two_runs(caller)
        _, info = await caller.post("weights_info", tinker_path=f"tinker://alice:{SECOND}/weights/final")
        assert (info["base_model"], info["is_lora"], info["lora_rank"]) == ("byte-transformer", True, 8)
        assert (info["train_mlp"], info["train_attn"]) == (False, True)
        assert (await caller.post("weights_info", tinker_path="tinker://alice/weights/none"))[0] == 404

    play(story)


@pytest.mark.parametrize(
    "path",
    ["training_runs/bob", "training_runs/session-9-1:train:0", "training_runs/bob/checkpoints", "training_runs/.."],
)
def test_an_unknown_run_is_404_and_named(play: Play, caller: Any, path: str) -> None:
    """Also a run of another job: each pod lists its own."""

    async def story() -> None:
        await two_runs(caller)
        status, problem = await caller.send("GET", path)
        assert (status, problem["type"]) == (404, "urn:gateway-sim:unknown-run")

    play(story)


def test_a_place_outside_the_runs_checkpoints_cannot_be_deleted(play: Play, caller: Any) -> None:
    """A purpose or a name that is none is refused."""

    async def story() -> None:
        await two_runs(caller)
        for end in ("..%2F/final", f"{SECOND}/weights", "weights/final~", "weights/.."):
            assert (await caller.send("DELETE", f"training_runs/alice/checkpoints/{end}"))[0] in (400, 404), end
        assert len(await listed(caller, "alice")) == 2

    play(story)


def test_the_pod_names_base_models(play: Play, caller: Any) -> None:
    """The models of get_server_capabilities can be trained."""

    async def story() -> None:
        await caller.pod.start()
        _, answer = await caller.send("GET", "get_server_capabilities")
        first = answer["supported_models"][0]
        assert first == {
            "model_name": "gateway-sim/bytes-32", "max_context_length": 1024, "trainable": True, "sampleable": True,
        }  # fmt: skip

    play(story)


def test_a_run_without_a_checkpoint_and_one_without_a_model_are_both_listed(play: Play, caller: Any) -> None:
    """The first by its model in memory, of which every weight is trained; the second by its last checkpoint."""

    async def story() -> None:
        await caller.connect(rank=0)
        body = {"session_id": "session-1-1", "model_seq_id": 1, "base_model": "byte-transformer"}
        await caller.result("create_model", **body, lora_config={"rank": 8})
        for seq_id, name in enumerate(("one", "two", "three"), 1):
            await caller.result("save_weights", model_id=SECOND, path=name, seq_id=seq_id)
        await caller.result("unload_model", model_id=SECOND)
        _, answer = await caller.send("GET", "training_runs")
        own, saved = answer["training_runs"]
        assert (own["training_run_id"], own["is_lora"], own.get("lora_rank")) == ("alice", False, None)
        assert datetime.fromisoformat(own["last_request_time"]).year == 1970
        assert (own.get("last_checkpoint"), own.get("last_sampler_checkpoint")) == (None, None)
        assert (saved["training_run_id"], saved["is_lora"], saved["lora_rank"]) == (f"alice:{SECOND}", True, 8)
        assert saved["last_checkpoint"]["checkpoint_id"] == "weights/three"
        assert saved["last_request_time"] == saved["last_checkpoint"]["time"]

    play(story)


def test_weights_of_a_model_without_adapters_say_so(play: Play, caller: Any) -> None:
    """Rank 0 is no adapter."""

    async def story() -> None:
        await caller.connect(rank=0)
        await caller.result("save_weights", model_id=caller.model_id, path="one", seq_id=1)
        _, info = await caller.post("weights_info", tinker_path="tinker://alice/weights/one")
        assert (info["is_lora"], info.get("lora_rank")) == (False, None)

    play(story)
