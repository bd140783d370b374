"""Real SDKs draw sequences while their route is stale and their pod moves: as our model of them, and always rightly."""

from dataclasses import replace

import pytest

from gateway_sim.client.sdk.profiles import PROFILES
from gateway_sim.scenarios.compare.parity import cells
from gateway_sim.scenarios.engines.live.sdks.environments import SdkEnvironment
from gateway_sim.scenarios.run.runner import run
from gateway_sim.scenarios.run.spec import RunSpec
from gateway_sim.scenarios.sim.errors import SettingsRefused
from gateway_sim.scenarios.sim.sampling_events import SequenceReceived

pytestmark = pytest.mark.sdk
RACES = ("sampler-fresh-route", "sampler-moved-pod")


@pytest.mark.parametrize("gateway", ["not-found", "leased-generation"])
@pytest.mark.parametrize("race", RACES)
def test_our_model_and_the_sdk_end_alike(environment: SdkEnvironment, race: str, gateway: str) -> None:
    """Verdict, outcome, exception, status and leg; and each drew the same tokens up to its end."""
    spec = RunSpec(race, gateway=gateway, sdk=environment.name)
    if PROFILES[environment.name].sampling is None:
        for driver in ("client", "sdk"):
            with pytest.raises(SettingsRefused, match="sample from a deployment"):
                run(replace(spec, driver=driver))
        return
    model, sdk = run(spec), run(replace(spec, driver="sdk"))
    ends = [
        (one.verdict, one.outcome, one.error and (one.error.type, one.error.status, one.error.leg))
        for one in (model, sdk)
    ]
    assert ends[0] == ends[1]
    assert model.verdict == model.expected
    assert {violation.promise for one in (model, sdk) for violation in one.violations} <= {"the run finishes"}
    drawn = [[entry.event for entry in one.trace.of(SequenceReceived)] for one in (model, sdk)]
    assert drawn[0] == drawn[1]


def test_a_healthy_run_draws_the_undisturbed_sequences(environment: SdkEnvironment) -> None:
    """Over JSON and, with tinker 0.38, over protobuf: tokens and logprobs to the last bit."""
    if PROFILES[environment.name].sampling is None:
        assert not [cell for cell in cells([environment.name], full=True) if cell.race in RACES]
        return
    result = run(RunSpec("healthy", sdk=environment.name, driver="sdk", settings={"samples": "2"}))
    assert result.outcome == "completed"
    model = run(RunSpec("healthy", sdk=environment.name, settings={"samples": "2"}))
    drawn = [[entry.event for entry in one.trace.of(SequenceReceived)] for one in (result, model)]
    assert drawn[0] == drawn[1]
    assert len(drawn[0]) == 6
