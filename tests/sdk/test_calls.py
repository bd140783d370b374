"""What a real SDK's user is told, call by call, is in the trace of the run."""

import pytest

from gateway_sim.scenarios.engines.live.sdks.environments import SdkEnvironment
from gateway_sim.scenarios.run.runner import run
from gateway_sim.scenarios.run.spec import RunSpec
from gateway_sim.scenarios.sim import events

pytestmark = pytest.mark.sdk


def test_every_call_is_told_and_the_race_begins_when_the_sdk_is_loaded(environment: SdkEnvironment) -> None:
    """Connecting, and three steps of two calls each; loading the SDK is no part of it."""
    trace = run(RunSpec("healthy", sdk=environment.name, engine="live", driver="sdk")).trace
    told = [entry.event for entry in trace.of(events.CallReturned)]
    assert [call.call for call in told] == ["connect", *["forward_backward", "optim_step"] * 3]
    assert all(call.took_s > 0 for call in told)
    assert all(call.told["loss"] > 0 for call in told if call.call == "forward_backward")  # type: ignore[operator]
    assert next(trace.of(events.WorldBuilt)).at_s < 1.0


def test_a_call_that_raises_is_told_as_its_user_sees_it(environment: SdkEnvironment) -> None:
    """The class with its module: fireworks-ai 1.2 has one of its own (docs/reference/protocol.md §4.1)."""
    trace = run(RunSpec("mid-training-flap", sdk=environment.name, engine="live", driver="sdk")).trace
    (raised,) = (entry.event for entry in trace.of(events.CallRaised))
    module = "fireworks.training.sdk._core._exceptions" if environment.name == "fireworks-1.2" else "tinker"
    assert raised.type == f"{module}.NotFoundError"
    assert (raised.call, raised.status) == ("forward_backward", 404)
