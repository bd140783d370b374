"""Reinforcement learning by tinker's own calls, behind replicas that are stale at first: the reward rises."""

import json
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

from gateway_sim.scenarios.engines.live.sdks.environments import SdkUnavailable, require

pytestmark = pytest.mark.sdk
TINKER = Path(__file__).parents[2] / "examples/tinker"
RUN = ("-m", "gateway_sim", "run", "fresh-route", "--gateway", "leased-generation", "--json")


def test_the_reward_of_sampled_answers_rises(tmp_path: Path) -> None:
    """From the share of letters among any bytes to letters alone; a picture shows it."""
    try:
        python = require("tinker-0.38").python
    except SdkUnavailable as missing:
        pytest.skip(str(missing))
    script = ("--script", str(TINKER / "reward.py"), "--python", str(python))
    ran = subprocess.run(
        [sys.executable, *RUN, "--trace", "reward.txt", *script],
        cwd=tmp_path, capture_output=True, text=True, timeout=300, check=True,
    )  # fmt: skip
    assert json.loads(ran.stdout)["verdict"] == "kept"
    curve = runpy.run_path(str(TINKER / "curve.py"))
    told = curve["points"]((tmp_path / "reward.stdout").read_text(), "reward")
    rewards = [value for _, value in told]
    assert [step for step, _ in told] == list(range(1, 17))
    assert max(rewards[:3]) < 0.2
    assert min(rewards[-3:]) > 0.9
    drawn = curve["drawn"]({"reward": told}, "reward")
    assert drawn.count("<polyline") == 1
    assert ">reward</text>" in drawn
