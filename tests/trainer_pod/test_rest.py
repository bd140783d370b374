"""What SDKs ask about training runs and checkpoints, and what rolling checkpoints delete."""

import json
import os
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from gateway_sim.trainer_pod.checkpoints import COMMIT

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


def put_on_another_disk(folder: Path) -> None:
    """Replace the folder of the first run's checkpoint by a link to it."""
    places = [marker.parent for marker in folder.rglob(COMMIT) if SECOND not in marker.parts]
    (place,) = (found for found in places if found.parent.name == "weights")
    place.rename(folder / "disk")
    place.symlink_to(folder / "disk")


def test_a_checkpoint_on_another_disk_is_deleted_too(play: Play, caller: Any, tmp_path: Path) -> None:
    """Its folder is a link, which cannot be removed as a folder; without its marker it is no checkpoint."""

    async def story() -> None:
        await two_runs(caller)
        put_on_another_disk(tmp_path)
        assert await caller.send("DELETE", "training_runs/alice/checkpoints/weights/final") == (200, {})
        assert await listed(caller, "alice") == ["tinker://alice/sampler_weights/final"]

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


@pytest.mark.parametrize(
    ("query", "part"),
    [
        ("", (0, 100, [4, 3, 2, 1])),
        ("?offset=1", (1, 100, [3, 2, 1])),
        ("?limit=2&access_scope=owned", (0, 2, [4, 3])),
        ("?offset=1&limit=2", (1, 2, [3, 2])),
        ("?offset=4&limit=0", (4, 0, [])),
        ("?offset=999999999", (999999999, 100, [])),
    ],
)
def test_a_list_is_asked_for_in_parts(play: Play, caller: Any, query: str, part: tuple[int, int, list[int]]) -> None:
    """The newest first, with the number of all in each answer; every part is one of the whole list."""
    offset, limit, numbers = part

    async def story() -> None:
        await caller.pod.start()
        for _ in range(4):
            await caller.post("create_session")
        names = [f"session-1-{number}" for number in numbers]
        assert await caller.send("GET", f"sessions{query}") == (200, {"sessions": names})
        cursor = {"offset": offset, "limit": limit, "total_count": 0}
        assert await caller.send("GET", f"training_runs{query}") == (200, {"training_runs": [], "cursor": cursor})

    play(story)


@pytest.mark.parametrize("query", ["offset=-1", "limit=1.5", "limit=", "limit=\u0661", "offset=1000000000", "page=2"])
def test_a_part_that_no_list_has_is_refused(play: Play, caller: Any, query: str) -> None:
    """By the name of what was asked."""

    async def story() -> None:
        await caller.pod.start()
        status, problem = await caller.send("GET", f"checkpoints?{query}")
        assert (status, problem["type"]) == (400, "urn:gateway-sim:malformed-body")
        assert problem["detail"].startswith(query.partition("=")[0])

    play(story)


def test_checkpoints_are_listed_in_the_order_of_their_saves(play: Play, caller: Any, tmp_path: Path) -> None:
    """Of a run the oldest first, of the job the newest; a run's last ones are told by their kind, to the second."""
    saves = {"weights/b": 40, "sampler_weights/c": 30, "weights/a": 20, "sampler_weights/d": 10}

    async def story() -> None:
        await caller.connect()
        for seq_id, (path, saved_s) in enumerate(saves.items(), 1):
            purpose, _, name = path.partition("/")
            route = "save_weights" if purpose == "weights" else "save_weights_for_sampler"
            await caller.result(route, model_id=caller.model_id, path=name, seq_id=seq_id)
            os.utime(tmp_path / "acme" / "alice" / path / COMMIT, (saved_s, saved_s))
        _, answer = await caller.send("GET", "training_runs/alice/checkpoints")
        assert [one["checkpoint_id"] for one in answer["checkpoints"]] == list(reversed(saves))
        _, answer = await caller.send("GET", "checkpoints")
        assert [one["checkpoint_id"] for one in answer["checkpoints"]] == list(saves)
        assert [one["checkpoint_type"] for one in answer["checkpoints"]] == ["training", "sampler"] * 2
        for one in answer["checkpoints"]:
            folder = tmp_path / "acme" / "alice" / one["checkpoint_id"]
            assert one["size_bytes"] == sum(file.stat().st_size for file in folder.iterdir())
        _, run = await caller.send("GET", "training_runs/alice")
        assert (run["last_checkpoint"]["checkpoint_id"], run["last_sampler_checkpoint"]["checkpoint_id"]) == (
            "weights/b", "sampler_weights/c",
        )  # fmt: skip
        assert run["last_request_time"] == "1970-01-01T00:00:40Z"
        assert (run["base_model"], run["corrupted"]) == ("byte-transformer", False)
        await caller.result("unload_model", model_id=caller.model_id)
        assert (await caller.send("GET", "training_runs/alice"))[1] == run

    play(story)


def test_what_is_said_twice_of_a_checkpoint_is_as_if_said_once(play: Play, caller: Any) -> None:
    """A checkpoint that is private can be made private, and one that is public, public."""

    async def story() -> None:
        await two_runs(caller)
        path = "training_runs/alice/checkpoints/sampler_weights/final"
        for method, public in (("DELETE", False), ("POST", True), ("POST", True), ("DELETE", False)):
            assert await caller.send(method, f"{path}/publish") == (200, {})
            assert caller.last_headers["cache-control"] == "no-store"
            found = (await caller.send("GET", "training_runs/alice/checkpoints"))[1]["checkpoints"]
            assert [one["checkpoint_id"] for one in found if one["public"]] == ["sampler_weights/final"] * public

    play(story)


@pytest.mark.parametrize(("ttl_s", "status"), [(3599, 400), (3600, 200), (315_360_000, 200), (315_360_001, 400)])
def test_a_time_to_live_is_of_an_hour_to_ten_years(play: Play, caller: Any, ttl_s: int, status: int) -> None:
    """As the SDKs document it; it counts from when it is set."""

    async def story() -> None:
        await caller.connect()
        await caller.result("save_weights", model_id=caller.model_id, path="one", seq_id=1)
        path = "training_runs/alice/checkpoints/weights/one"
        assert (await caller.send("PUT", f"{path}/ttl", json.dumps({"ttl_seconds": ttl_s}).encode()))[0] == status
        (one,) = (await caller.send("GET", "checkpoints"))[1]["checkpoints"]
        if status == 400:
            assert "expires_at" not in one
        else:
            left = datetime.fromisoformat(one["expires_at"]) - datetime.fromisoformat(one["time"])
            assert left.total_seconds() == pytest.approx(ttl_s, abs=60)

    play(story)


def test_the_base_models_that_are_named_say_their_contexts(play: Play, caller: Any) -> None:
    """Each by its own name."""

    async def story() -> None:
        await caller.pod.start()
        _, answer = await caller.send("GET", "get_server_capabilities")
        told = {one["model_name"]: one["max_context_length"] for one in answer["supported_models"]}
        assert told == {
            "gateway-sim/bytes-32": 1024, "gateway-sim/bytes-1024": 1024,
            "gateway-sim/tokens-32000-64-context-8192": 8192,
        }  # fmt: skip
        assert all(one["trainable"] and one["sampleable"] for one in answer["supported_models"])

    play(story)
