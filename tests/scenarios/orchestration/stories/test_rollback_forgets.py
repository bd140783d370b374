"""After a rollback a cache answers for steps that are gone; with the incarnation in its key it cannot."""

import asyncio
from functools import cache

import pytest

from gateway_sim.scenarios.orchestration.workloads.events import AnswerRepeated, RunPreempted, RunResumed
from gateway_sim.scenarios.orchestration.workloads.rolled_back import ForgettingLedger
from gateway_sim.scenarios.run.result import RunResult
from gateway_sim.scenarios.run.runner import run
from gateway_sim.scenarios.run.spec import RunSpec
from gateway_sim.scenarios.sim import clock
from gateway_sim.scenarios.sim.errors import SettingsRefused
from gateway_sim.trainer_pod.ledger import Fresh, Ledger, OperationKey, Repeat

SMALL = {"steps": "9", "save_every": "3"}


@cache
def played(variant: str, **more: str) -> RunResult:
    """Play the scenario in a variant, with these settings; once for all tests that change nothing else."""
    return run(RunSpec("rollback-forgets", settings={"variant": variant, **SMALL, **more}))


def test_as_many_steps_are_lost_as_were_rolled_back():
    """Each of them is acknowledged a second time, out of the cache."""
    result = played("broken")
    (preempted,), resumed = result.trace.of(RunPreempted), list(result.trace.of(RunResumed))
    back = preempted.event.step - resumed[-1].event.step
    figures = result.damage.figures
    assert (figures["steps_lost"], figures["steps_in_the_weights"]) == (back, 9 - back)
    assert figures["acknowledgements"] == 9 + back


def test_a_cache_that_forgets_in_time_loses_steps_and_takes_one_twice():
    """The rollback comes too soon for it, and the client that was cut off too late."""
    figures = played("half-fixed").damage.figures
    assert figures["steps_lost"] > 0
    assert figures["steps_twice"] == 1


def test_within_an_incarnation_a_repeat_still_gets_the_first_answer():
    """The fix takes nothing from what the cache is for."""
    result = played("fixed", unheard="0.5")
    assert result.verdict == "kept"
    assert sum(1 for _ in result.trace.of(AnswerRepeated)) > 5


def test_a_ledger_that_forgets_the_incarnation_is_missed(monkeypatch):
    """The same ledger with a key of model and seq_id alone is the broken one."""
    consult, record = Ledger.consult, Ledger.record

    def bare(key):
        return OperationKey(key.model_id, 0, key.seq_id)

    monkeypatch.setattr(Ledger, "consult", lambda self, key, text: consult(self, bare(key), text))
    monkeypatch.setattr(Ledger, "record", lambda self, key, text, request: record(self, bare(key), text, request))
    assert played.__wrapped__("fixed").verdict == "broken"


def test_a_ledger_that_forgets_takes_an_old_request_for_new():
    """From one moment to the next, and not before."""

    async def story() -> list[object]:
        ledger, key = ForgettingLedger(10.0), OperationKey("model-1", 0, 1)
        ledger.record(key, "step", "req-1")
        said: list[object] = []
        for wait_s in (10.0, 0.5):
            await asyncio.sleep(wait_s)
            said.append(ledger.consult(key, "step"))
        ledger.record(key, "step", "req-2")
        return [*said, ledger.consult(key, "step")]

    assert clock.run(story()) == [Repeat("req-1"), Fresh(), Repeat("req-1")]


@pytest.mark.parametrize(
    ("word", "sentence"),
    [
        ({"steps": "29"}, "steps is 29; with saves every 10 it must be three times that"),
        ({"save_every": "2"}, "save_every is 2; it must be 3 or more, or nothing is rolled back"),
        ({"unheard": "1"}, "unheard is 1.0; it must be below 1, or the run never ends"),
    ],
)
def test_settings_that_contradict_themselves_are_refused(word, sentence):
    """With a sentence that names the setting."""
    with pytest.raises(SettingsRefused, match=sentence):
        run(RunSpec("rollback-forgets", settings=word))
