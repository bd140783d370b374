"""The published SDKs train in virtual time, unmodified: they die of what they die of live, and each seed is one run."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from gateway_sim.scenarios.apps.cli import main
from gateway_sim.scenarios.compare.parity import cells, compare
from gateway_sim.scenarios.engines.live.sdks.environments import SdkEnvironment
from gateway_sim.scenarios.run.runner import run
from gateway_sim.scenarios.run.spec import RunSpec
from gateway_sim.scenarios.run.workers import Workers
from gateway_sim.scenarios.sim.events import StepAcknowledged
from tests.scenarios.documents import unlike

pytestmark = pytest.mark.sdk
ROOT = Path(__file__).parents[2]


def guest(environment: SdkEnvironment, race: str, **words: object) -> RunSpec:
    """Return the spec of a race with a real SDK in virtual time."""
    return replace(RunSpec(race, sdk=environment.name, driver="sdk"), **words)  # type: ignore[arg-type]


def test_a_healthy_run_ends_with_the_undisturbed_weights(environment: SdkEnvironment) -> None:
    """Three steps, each acknowledged once, and within seconds of the world."""
    result = run(guest(environment, "healthy"))
    assert (result.outcome, result.verdict) == ("completed", "kept"), result.violations
    assert len(list(result.trace.of(StepAcknowledged))) == 3
    assert result.metrics.finished_s is not None
    assert result.metrics.finished_s < 10


def test_the_incident_kills_it_with_one_digest_in_any_process(environment: SdkEnvironment) -> None:
    """A 404 of a poll is a ValueError of the SDK; the digest is the same in fresh processes of other hash seeds."""
    found = []
    for seed in ("1", "2"):
        words = ["run", "poll-404", "--sdk", environment.name, "--driver", "sdk", "--seed", "3", "--json"]
        told = subprocess.run(
            [sys.executable, "-m", "gateway_sim", *words], capture_output=True, text=True, timeout=300,
            cwd=ROOT, env={"PYTHONHASHSEED": seed, "HOME": str(Path.home())},
        )  # fmt: skip
        found.append(json.loads(told.stdout))
    assert [one["outcome"] for one in found] == ["crashed", "crashed"]
    assert {one["error"]["type"] for one in found} == {"ValueError"}
    assert len({one["digest"] for one in found}) == 1


def test_it_dies_of_what_it_dies_of_live(environment: SdkEnvironment) -> None:
    """The same race in real time: the same end, the same exception, on the same leg."""
    virtual, live = (run(guest(environment, "fresh-route", engine=engine)) for engine in ("virtual", "live"))
    assert virtual.error is not None
    assert live.error is not None
    assert (virtual.error.type, virtual.error.status, virtual.error.leg) == (
        live.error.type, live.error.status, live.error.leg,
    )  # fmt: skip


def test_a_503_for_a_minute_is_waited_out_in_its_own_backoff(environment: SdkEnvironment) -> None:
    """The SDK's retries take virtual time: it finishes after the lag of the only replicas, and not of ours."""
    words = {"stale": "3", "lag_s": "20", "retry_after_s": "1", "hold_poll_s": "1"}
    result = run(guest(environment, "fresh-route", gateway="route-not-ready", settings=words))
    assert result.outcome == "completed", result.error
    assert result.metrics.finished_s is not None
    assert result.metrics.finished_s > 20


def test_our_model_and_the_sdk_agree_in_every_race_that_it_can_follow(environment: SdkEnvironment) -> None:
    """One cell a race, in virtual time both: the same verdict, outcome and exception.

    Where a race is expected to end either way, each has luck of its own with the replicas of its connections.
    """
    pairs, left_out = compare(
        list(cells([environment.name], quick=True)), Workers(), jobs=1, each=lambda: None, live=False
    )
    assert len(pairs) > 20
    assert left_out == []
    assert [p.replay for p in pairs if not p.agree and p.virtual.expected != "either"] == []


def test_the_survey_plays_the_sdk_itself(environment: SdkEnvironment, capsys: pytest.CaptureFixture[str]) -> None:
    """A 404 on a poll ends it under today's gateway, and the PR's claim about it does not hold."""
    with pytest.raises(SystemExit) as left:
        main(["sdk", "survey", "--sdk", environment.name, "--seeds", "1", "--race", "poll-404", "--json"])
    assert left.value.code == 0
    printed = capsys.readouterr().out
    assert unlike(printed) == []
    told = json.loads(printed)
    under = {one["gateway"]: one for one in told["gateways"]}
    assert (under["not-found"]["finished"], under["leased-generation"]["finished"]) == (0, 2)
    assert sum(under["not-found"]["endings"].values()) == 2
    claims = {row["question"]: row["holds"] for row in told["comparisons"][environment.name]}
    assert claims["404 on a poll in mid-training (the incident)"] is False
