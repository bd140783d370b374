"""The loops of tinker-cookbook, unmodified, in virtual time: to their end, through a race, and after a resume."""

import json
import os
import runpy
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.recipes

ROOT = Path(__file__).parents[2]
INSTALLED = ROOT / ".venv-recipes"
PYTHON = INSTALLED / "bin" / "python"
EXAMPLES = ROOT / "examples" / "cookbook"
SUPERVISED = ("batch_size=8", "max_length=1000", "learning_rate=0.01", "lora_rank=8", "save_every=2")
REINFORCED = ("batch_size=4", "group_size=4", "max_tokens=8", "lora_rank=8", "save_every=2", "max_steps=3")


@dataclass
class Played:
    """A recipe's run: the document of the command, the events of its trace, and the metrics of the recipe."""

    document: dict[str, Any]
    events: list[dict[str, Any]]
    metrics: list[dict[str, float]]

    def of(self, kind: str) -> list[dict[str, Any]]:
        """Return the events of one kind, in order."""
        return [event for event in self.events if event.get("event") == kind]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder with the inputs of the recipes; skip where the cookbook is not installed."""
    if not (INSTALLED / ".installed").exists():
        pytest.skip("tinker-cookbook is not installed; run: make test-recipes")
    folder = tmp_path_factory.mktemp("recipes")
    runpy.run_path(str(EXAMPLES / "inputs.py"))["write"](folder)
    return folder


def recipe(name: str) -> str:
    """Return the path of a recipe's file."""
    asked = [str(PYTHON), "-c", "import tinker_cookbook; print(tinker_cookbook.__path__[0])"]
    package = subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip()
    return f"{package}/recipes/{name}.py"


def played(folder: Path, log: str, script: str, *words: str, race: tuple[str, ...]) -> Played:
    """Play a race with a script of the cookbook's interpreter, in the folder of its inputs."""
    command = [
        sys.executable, "-m", "gateway_sim", "run", *race, "--json", "--trace", f"{log}.txt", "--script", script,
        "--python", str(PYTHON), "--", *words,
    ]  # fmt: skip
    environ = {**os.environ, "HF_HUB_OFFLINE": "1", "HF_DATASETS_OFFLINE": "1"}
    ran = subprocess.run(command, cwd=folder, env=environ, capture_output=True, text=True, timeout=500)
    assert ran.returncode in (0, 1), ran.stderr[-3000:]
    events = [json.loads(line) for line in (folder / f"{log}.jsonl").read_text().splitlines()]
    metrics = folder / log / "metrics.jsonl"
    logged = [json.loads(line) for line in metrics.read_text().splitlines()] if metrics.exists() else []
    return Played(json.loads(ran.stdout), events, logged)


def test_supervised_training_learns_and_ends_behind_the_fix(folder: Path) -> None:
    """`sl_loop` meets the stale route while it connects: today's gateway ends it, leased-generation does not."""
    words = (*SUPERVISED, "max_steps=8")
    lost = played(folder, "lost", recipe("sl_loop"), *words, "log_path=lost", race=("fresh-route",))
    assert (lost.document["outcome"], lost.of("RunFailed")[0]["status"], lost.metrics) == ("crashed", 404, [])
    fixed = ("fresh-route", "--gateway", "leased-generation")
    kept = played(folder, "kept", recipe("sl_loop"), *words, "log_path=kept", race=fixed)
    assert (kept.document["verdict"], kept.document["outcome"]) == ("kept", "completed")
    losses = [step["train_mean_nll"] for step in kept.metrics]
    assert len(losses) == 8
    assert losses[-1] < 0.7 * losses[0]
    assert [saved["path"].rpartition("/")[2] for saved in kept.of("StateSaved")] == [
        "000002", "000004", "000006", "final",
    ]  # fmt: skip


def test_a_run_that_is_started_again_ends_with_the_weights_of_the_undisturbed_one(folder: Path) -> None:
    """The route is lost in the middle of training; the recipe dies of the 404, and resumes from its last checkpoint."""
    script = str(EXAMPLES / "supervised.py")
    undisturbed = played(folder, "undisturbed", script, "undisturbed", race=("healthy",))
    resumed = played(folder, "resumed", script, "resumed", race=("mid-training-flap",))
    died = [event["text"] for event in resumed.of("ScriptPrinted") if "died of" in event["text"]]
    assert died
    assert resumed.of("StateLoaded")
    assert undisturbed.of("StepApplied")[-1]["weights"] == resumed.of("StepApplied")[-1]["weights"]


def test_reinforcement_learning_samples_and_ends(folder: Path) -> None:
    """`rl_loop` samples from its weights before each step, behind a gateway whose replicas are stale at first."""
    fixed = ("fresh-route", "--gateway", "leased-generation")
    kept = played(folder, "rl", recipe("rl_loop"), *REINFORCED, "log_path=rl", race=fixed)
    assert (kept.document["verdict"], kept.document["outcome"]) == ("kept", "completed")
    assert len(kept.metrics) == 3
    drawn = kept.of("SamplesDrawn")
    assert len(drawn) == 12
    assert {event["sequences"] for event in drawn} == {4}
    assert len({event["sampling_session_id"] for event in drawn}) == 3
