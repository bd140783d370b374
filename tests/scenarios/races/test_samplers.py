"""A sampler meets a stale route, and a moved pod: it draws the tokens of its weights, or its script gets one error."""

import dataclasses

import pytest

from gateway_sim.client.events import CallSent, SessionResumed
from gateway_sim.scenarios.run.plans import race_plan
from gateway_sim.scenarios.run.result import RaceResult
from gateway_sim.scenarios.run.runner import run_plan
from gateway_sim.scenarios.run.spec import RunSpec
from gateway_sim.scenarios.sim.errors import SettingsRefused
from gateway_sim.scenarios.sim.sampling_events import SequenceReceived, SequencesExpected
from gateway_sim.trainer_pod.events import SamplesDrawn, SamplingSessionOpened
from tests.scenarios.engines.live.test_live import live_run


def played(race: str, client: str, gateway: str, **settings: str) -> RaceResult:
    """Play a race."""
    return run_plan(race_plan(RunSpec(race, client, gateway, settings=settings)))


def test_a_404_of_the_samplers_connection_ends_a_run_whose_connect_and_warm_up_went_well():
    """The error names the leg; each fix of the PRs retries training calls alone."""
    for client in ("plain", "blanket-404", "warmup-verified"):
        result = played("sampler-fresh-route", client, "not-found")
        assert result.error is not None
        assert (result.error.type, result.error.status, result.error.leg) == ("NotFoundError", 404, "sample")
        legs = [e.event.leg for e in result.trace.of(CallSent) if e.source == "client"]
        assert legs.count("sample") == 1
        assert legs[-1] == "sample"


@pytest.mark.parametrize("client", ["plain", "exactly-once"])
def test_a_gateway_that_reads_the_table_lets_every_sequence_be_drawn_once(client):
    """Two before each of two steps, with the tokens of the undisturbed run."""
    result = played("sampler-fresh-route", client, "leased-generation")
    assert (result.outcome, result.verdict) == ("completed", "kept")
    (expected,) = result.trace.of(SequencesExpected)
    received = [e.event for e in result.trace.of(SequenceReceived)]
    assert [(one.step, one.number) for one in received] == [(1, 0), (1, 1), (2, 0), (2, 1)]
    assert [one.mark for one in received] == [mark for step in expected.event.steps for mark in step]
    assert len({one.mark for one in received}) == 4
    assert len(list(result.trace.of(SamplesDrawn))) == 4


def test_after_a_move_the_sampler_draws_the_same_tokens_on_the_next_pod():
    """Its session is opened again on the same checkpoint; what was drawn before is not drawn again."""
    result = played("sampler-moved-pod", "exactly-once", "not-found")
    assert (result.outcome, result.verdict) == ("completed", "kept")
    assert len(list(result.trace.of(SessionResumed))) == 1
    opened = [(e.event.incarnation, e.event.weights.rpartition("/")[2]) for e in result.trace.of(SamplingSessionOpened)]
    assert opened == [(1, "before-step-1"), (1, "before-step-2"), (2, "before-step-2"), (2, "before-step-3")]
    received = [(e.event.step, e.event.number) for e in result.trace.of(SequenceReceived)]
    assert received == [(step, number) for step in (1, 2, 3) for number in range(4)]


@pytest.mark.parametrize("gateway", ["not-found", "leased-generation"])
def test_without_such_a_client_the_move_is_one_clear_error(gateway):
    """Behind today's gateway that of the missing route, else the next pod's: it never opened this session."""
    result = played("sampler-moved-pod", "plain", gateway)
    assert {violation.promise for violation in result.violations} == {"the run finishes"}
    assert result.error is not None
    assert (result.error.type, result.error.status, result.error.leg) == ("NotFoundError", 404, "sample")
    if gateway == "leased-generation":
        assert "never opened sampling session" in result.error.message


def test_a_world_without_samples_has_no_event_of_them():
    """The healthy race is as it was; with the setting, the same steps have their sequences."""
    assert not list(played("healthy", "plain", "not-found").trace.of(SequencesExpected))
    sampled = played("healthy", "plain", "not-found", samples="1")
    assert sampled.outcome == "completed"
    assert len(list(sampled.trace.of(SequenceReceived))) == 3


def test_an_sdk_whose_users_sample_elsewhere_is_refused():
    """Before anything runs, in one sentence."""
    spec = RunSpec("sampler-fresh-route", sdk="fireworks-1.2")
    with pytest.raises(SettingsRefused, match="sample from a deployment"):
        race_plan(spec)
    with pytest.raises(SettingsRefused, match="sample_s is 1 and has no effect without samples"):
        race_plan(dataclasses.replace(RunSpec("healthy"), settings={"sample_s": "1"}))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("race", "client", "gateway", "verdict"),
    [
        ("sampler-fresh-route", "plain", "leased-generation", "kept"),
        ("sampler-moved-pod", "plain", "not-found", "broken"),
        ("sampler-moved-pod", "exactly-once", "not-found", "kept"),
    ],
)
def test_the_live_engine_says_the_same(race, client, gateway, verdict):
    """The sequences of real processes are byte-equal to the undisturbed ones too."""
    told = live_run(race, "--client", client, "--gateway", gateway)
    assert told["verdict"] == verdict
    assert {one["promise"] for one in told["violations"]} <= {"the run finishes"}
