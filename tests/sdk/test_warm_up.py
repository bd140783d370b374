"""PR 348's warm-up around a real SDK is told as our own client's is, so that the promises weigh both alike."""

import pytest

from gateway_sim.client.events import WarmupFinished
from gateway_sim.scenarios.engines.live.sdks.environments import SdkEnvironment
from gateway_sim.scenarios.run.runner import run
from gateway_sim.scenarios.run.spec import RunSpec

pytestmark = pytest.mark.sdk


def test_the_warm_up_of_a_healthy_run_is_told_and_is_not_waiting_for_nothing(environment: SdkEnvironment) -> None:
    """Three successes a second apart: two seconds that the promise of the happy path allows."""
    result = run(RunSpec("healthy", "warmup-verified", sdk=environment.name, engine="live", driver="sdk"))
    (warmed,) = (entry.event for entry in result.trace.of(WarmupFinished))
    assert (warmed.outcome, 2.0 <= warmed.took_s < 3.0) == ("ready", True)
    assert (result.verdict, result.violations) == ("kept", [])
