"""Supervised fine-tuning by fireworks-ai's own calls, in virtual time: to its end, through a race, and resumed."""

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from gateway_sim.scenarios.engines.live.sdks.environments import SdkUnavailable, require

pytestmark = pytest.mark.sdk
SCRIPT = Path(__file__).parents[2] / "examples/fireworks/sft.py"
BEHIND_THE_FIX = ("--gateway", "leased-generation")
CHECKPOINTS = ["step-2", "step-4", "step-6", "step-8"]


@dataclass
class Played:
    """A run of the script: the document of the command, the lines that the script printed, and the trace's events."""

    document: dict[str, Any]
    lines: list[str]
    events: list[dict[str, Any]]

    @property
    def losses(self) -> list[float]:
        """The loss of each step, in the order in which the script told of them."""
        return [float(line.rpartition(" ")[2]) for line in self.lines if line.startswith("step ")]

    @property
    def weights(self) -> str:
        """The digest of the weights after the last step."""
        return str([event["weights"] for event in self.events if event["event"] == "StepApplied"][-1])

    @property
    def listed(self) -> list[str]:
        """The names of the training checkpoints, as the control plane listed them at the end."""
        rows = [line.split() for line in self.lines if line.startswith("checkpoint ")]
        return [name for _, name, kind in rows if kind == "CHECKPOINT_TYPE_TRAINING_LORA"]


def played(into: Path, *race: str, once: bool = False) -> Played:
    """Play a race with the script."""
    try:
        python = require("fireworks-1.2").python
    except SdkUnavailable as missing:
        pytest.skip(str(missing))
    command = [
        sys.executable, "-m", "gateway_sim", "run", *race, "--json", "--trace", str(into / "t.txt"),
        "--script", str(SCRIPT), "--python", str(python), "--", "8", *(["--once"] if once else []),
    ]  # fmt: skip
    ran = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert ran.returncode in (0, 1), ran.stderr[-3000:]
    events = [json.loads(line) for line in (into / "t.jsonl").read_text().splitlines()]
    lines = (into / "t.stdout").read_text().splitlines()
    return Played(json.loads(ran.stdout), lines, [event for event in events if "event" in event])


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Played:
    """Give the run in which nothing goes wrong."""
    return played(tmp_path_factory.mktemp("sft"), "healthy")


def test_a_healthy_run_learns_saves_and_ends(undisturbed: Played) -> None:
    """By the training shape's version; the control plane lists each checkpoint, and the sampler's."""
    assert (undisturbed.document["verdict"], undisturbed.document["outcome"]) == ("kept", "completed")
    assert undisturbed.lines[0] == "shape accounts/gateway-sim/trainingShapes/bytes-32/versions/1 reads 1024 tokens"
    assert len(undisturbed.losses) == 8
    assert undisturbed.losses[-1] < 0.5 * undisturbed.losses[0]
    assert undisturbed.listed == CHECKPOINTS
    assert undisturbed.lines[-1].endswith("CHECKPOINT_TYPE_INFERENCE_LORA")


def test_a_fresh_route_ends_it_behind_todays_gateway_and_not_behind_the_fix(
    tmp_path: Path, undisturbed: Played
) -> None:
    """The 404 is final for the SDK while it connects."""
    lost = played(tmp_path, "fresh-route", once=True)
    assert (lost.document["verdict"], lost.document["outcome"], lost.losses) == ("broken", "crashed", [])
    error = lost.document["error"]
    assert (error["type"], error["status"], error["leg"]) == ("NotFoundError", 404, "connect")
    kept = played(tmp_path, "fresh-route", *BEHIND_THE_FIX, once=True)
    assert (kept.document["verdict"], kept.document["outcome"]) == ("kept", "completed")
    assert kept.weights == undisturbed.weights


def test_a_preempted_run_goes_on_from_its_checkpoint_to_the_same_weights(tmp_path: Path, undisturbed: Played) -> None:
    """One step after a checkpoint: that step is lost and done again, and the judge finds every step once."""
    resumed = played(tmp_path, "preempted-not-gone", *BEHIND_THE_FIX)
    assert "resumed cross_job://job-1/step-2" in resumed.lines
    assert resumed.losses == [*undisturbed.losses[:3], *undisturbed.losses[2:]]
    assert (resumed.document["verdict"], resumed.document["outcome"]) == ("kept", "completed")
    assert resumed.weights == undisturbed.weights
    assert resumed.listed == CHECKPOINTS


def test_a_run_that_begins_again_though_it_had_steps_has_lost_them(tmp_path: Path, undisturbed: Played) -> None:
    """The flap comes before the first checkpoint: the weights are the same in the end, and the judge names the loss."""
    again = played(tmp_path, "mid-training-flap")
    assert any(line.startswith("attempt 1 died of NotFoundError") for line in again.lines)
    assert again.document["outcome"] == "completed"
    assert {one["promise"] for one in again.document["violations"]} >= {"no acknowledged step is lost"}
    assert again.weights == undisturbed.weights
