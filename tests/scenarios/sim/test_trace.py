"""One trace for people, tests and promises."""

import asyncio
import json

from gateway_sim.scenarios.sim.clock import run
from gateway_sim.scenarios.sim.events import FaultInjected, RunFinished, StepAcknowledged, WorldBuilt
from gateway_sim.scenarios.sim.trace import Trace


def built(undisturbed: str) -> WorldBuilt:
    """Return a world's first event."""
    return WorldBuilt("r", "c", "g", "s", "b", "e", 1, undisturbed)


def test_the_text_is_aligned_and_says_what_happened() -> None:
    """Seconds, part and words stand in columns."""
    trace = Trace()
    trace.clock(lambda: 1.5)
    trace.emitter("user")(StepAcknowledged(1))
    trace.emitter("world")(FaultInjected("stale-route"))
    assert trace.text() == (
        "     1.500  user   step acknowledged  step=1\n     1.500  world  fault injected     fault=stale-route\n"
    )


def test_json_lines_carry_every_field() -> None:
    """The first names the schema; each other one is an event with its time and source."""
    trace = Trace()
    trace.emitter("user")(StepAcknowledged(2, "acme", "job-1", "a"))
    told = {"step": 2, "account": "acme", "job": "job-1", "model_id": "a"}
    schema, line = map(json.loads, trace.json_lines().splitlines())
    assert schema == {"schema": "gateway-sim/trace/1"}
    assert line == {"at_s": 0.0, "source": "user", "event": "StepAcknowledged", **told}


def test_the_digest_sees_order_time_and_fields_but_no_machine() -> None:
    """Another step gives another digest; other float results do not."""

    def digest(step: int, weights: str) -> str:
        trace = Trace()
        trace.emitter("world")(built(weights))
        trace.emitter("user")(StepAcknowledged(step))
        return trace.digest()

    assert digest(1, "aa") == digest(1, "bb")
    assert digest(1, "aa") != digest(2, "aa")


def test_the_digest_tells_microseconds_apart_and_nothing_below() -> None:
    """A replay is exact to the microsecond; what is below it is the rounding of floats."""

    def digest(at_s: float) -> str:
        trace = Trace()
        trace.clock(lambda: at_s)
        trace.emitter("user")(StepAcknowledged(1))
        return trace.digest()

    assert digest(1.0) != digest(1.000001)
    assert digest(1.0) != digest(1.4)
    assert digest(1.0) == digest(1.0000001)


def test_until_waits_for_what_has_not_happened_and_finds_what_has() -> None:
    """A race steered by `until` sees an event whether it asks before or after."""

    async def main() -> tuple[float, int]:
        trace = Trace()
        emit = trace.emitter("user")
        loop = asyncio.get_running_loop()
        loop.call_later(1, emit, StepAcknowledged(1))
        loop.call_later(2, emit, StepAcknowledged(2))
        step = await trace.until(StepAcknowledged, step=2)
        first = await trace.until(StepAcknowledged)
        assert not trace.reached(RunFinished)
        return loop.time(), step.step + first.step

    assert run(main()) == (2.0, 3)
