"""How a told wait, a common start and a repeated POST come out in whole runs."""

import pytest

from gateway_sim.client.events import CallSent
from gateway_sim.events import RequestRepeated
from gateway_sim.scenarios.faults.gateway_overload import GatewayOverload
from gateway_sim.scenarios.faults.pod_errors import PodErrors
from gateway_sim.scenarios.run.runner import run
from gateway_sim.scenarios.run.spec import RunSpec
from gateway_sim.scenarios.sim.errors import SettingsRefused, UnknownWord
from gateway_sim.scenarios.sim.events import RunFailed


@pytest.mark.parametrize("client", ["plain", "exactly-once"])
def test_longer_waits_make_fewer_requests(client: str) -> None:
    """A client that is told 10 s asks less often than one that is told 1 s."""
    sent = {}
    for told in ("1", "10"):
        words = {"retry_after_s": told, "hold_poll_s": "1", "fault_s": "40"}
        result = run(RunSpec("mid-training-flap", client=client, gateway="route-not-ready", settings=words))
        sent[told] = result.metrics.requests
    assert sent["10"] < sent["1"], sent


@pytest.mark.parametrize("told", ["seconds", "date"])
def test_an_overloaded_gateway_is_heeded_in_both_forms(told: str) -> None:
    """Admission by the world's settings, from the first request on."""
    words = {"clients": "6", "admit_per_s": "2", "admit_burst": "2", "admit_retry_after_s": "3", "admit_told": told}
    assert run(RunSpec("overloaded-gateway", client="exactly-once", settings=words)).verdict == "kept"


def test_an_old_sdk_dies_of_a_429_on_a_poll() -> None:
    """A later one repeats it."""
    old, new = (run(RunSpec("overloaded-gateway", sdk=sdk)) for sdk in ("tinker-0.15", "tinker-0.38"))
    assert [entry.event.type for entry in old.trace.of(RunFailed)] == ["ValueError"]
    assert new.verdict == "kept"


def test_a_gateway_that_repeats_more_often_multiplies_the_requests_of_every_client() -> None:
    """The promise names the call."""
    words = {"gateway_retries": "5"}
    result = run(RunSpec("retry-storm-across-layers", client="exactly-once", settings=words))
    assert {violation.promise for violation in result.violations} == {"requests per call stay within a budget"}


def test_a_post_that_the_gateway_repeats_after_a_reset_is_applied_once() -> None:
    """The pod knows the repetition by its seq_id."""
    result = run(RunSpec("lost-reply-then-404", client="exactly-once", settings={"gateway_retries": "1"}))
    assert result.trace.reached(RequestRepeated)
    assert result.verdict == "kept"


def test_clients_with_a_phase_start_at_moments_of_their_own() -> None:
    """Without one they start together."""
    together, apart = (
        run(RunSpec("thundering-herd", client="exactly-once", settings={"clients": "8", "phase_s": phase}))
        for phase in ("0", "5")
    )

    def first(result: object) -> set[float]:
        found: dict[str, float] = {}
        for entry in result.trace.of(CallSent):  # type: ignore[attr-defined]
            found.setdefault(entry.source, round(entry.at_s, 3))
        return set(found.values())

    assert len(first(together)) == 1
    assert len(first(apart)) == 8


def test_a_fault_with_a_wrong_word_is_refused() -> None:
    """With what would do."""
    with pytest.raises(UnknownWord):
        PodErrors(1.0, how="504")
    with pytest.raises(UnknownWord):
        GatewayOverload(1.0, told="soon")
    with pytest.raises(SettingsRefused, match="it must be above 0"):
        GatewayOverload(1.0, per_s=0.0)
    with pytest.raises(SettingsRefused, match="it must be 429 or 503"):
        GatewayOverload(1.0, status=500)
