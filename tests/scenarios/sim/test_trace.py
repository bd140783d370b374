"""One trace for people, tests and promises."""

import asyncio
import dataclasses
import json
import pickle
import re
from pathlib import Path

from gateway_sim.client.events import CallAnswered
from gateway_sim.scenarios.sim.clock import run
from gateway_sim.scenarios.sim.events import FaultInjected, RunFinished, StepAcknowledged, WorldBuilt
from gateway_sim.scenarios.sim.trace import OMITTED, Entry, Trace


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


@dataclasses.dataclass(frozen=True)
class Odd:
    """An event with a field of each kind that is shown in its own way."""

    digest: str
    share: float
    sentence: str
    place: Path
    nothing: str | None = None


ODD = Odd("0123456789abcdef" * 4, 0.30000000000000004, "two words", Path("/a/b"))


def test_a_fact_is_short() -> None:
    """A digest by its first 12 digits, a float without its rounding, a sentence in quotation marks, and no None."""
    entry = Entry(1.0, "user", ODD)
    assert entry.facts == "digest=0123456789ab share=0.3 sentence='two words' place=/a/b"
    assert Entry(1.0, "user", dataclasses.replace(ODD, digest="0123456789abcdef" * 2)).facts.startswith(
        "digest=0123456789abcdef0123456789abcdef "
    )
    assert entry.fields() == {name: getattr(ODD, name) for name in ("digest", "share", "sentence", "place", "nothing")}
    assert (entry.name, entry.words, Entry(0.0, "", StepAcknowledged(1)).words) == ("Odd", "odd", "step acknowledged")


def test_a_document_is_exact_to_the_microsecond_and_plain_json() -> None:
    """What JSON has no form for is its text."""
    trace = Trace()
    trace.clock(lambda: 1.23456789)
    trace.emitter("user")(ODD)
    _, line = map(json.loads, trace.json_lines().splitlines())
    assert (line["at_s"], line["place"], line["nothing"]) == (1.234568, "/a/b", None)
    assert trace.entries[0].document()["at_s"] == 1.234568


def test_a_text_without_events_is_an_empty_line() -> None:
    """And a line has no spaces at its end."""
    assert Trace().text() == "\n"
    trace = Trace()
    trace.emitter("user")(StepAcknowledged(1))
    trace.emitter("a part")(JobGone())
    assert trace.text().splitlines()[1] == "     0.000  a part  job gone"


@dataclasses.dataclass(frozen=True)
class JobGone:
    """An event without fields."""


def test_the_digest_does_not_see_how_long_an_answer_asked_to_wait() -> None:
    """Nor any figure that another processor rounds differently; each other field, the source and the order count."""

    def digest(*told: tuple[str, object]) -> str:
        trace = Trace()
        for source, event in told:
            trace.emitter(source)(event)
        return trace.digest()

    def answer(status: int, retry_after_s: float | None) -> CallAnswered:
        return CallAnswered("poll", "/p", status, None, retry_after_s)

    asked = digest(("client", answer(503, 1.0)))
    assert asked == digest(("client", answer(503, 2.0)))
    assert asked != digest(("client", answer(404, 1.0)))
    assert asked != digest(("other", answer(503, 1.0)))
    first, second = ("user", StepAcknowledged(1)), ("user", StepAcknowledged(2))
    assert digest(first, second) != digest(second, first)
    assert re.fullmatch(r"[0-9a-f]{16}", asked)
    assert {"weights", "reference_loss", "clicks", "retry_after_s"} <= OMITTED


def test_a_trace_that_went_to_another_process_has_its_events_and_no_waiters() -> None:
    """It can go on there, with a clock that begins at 0."""

    async def main() -> bytes:
        trace = Trace()
        trace.watch(lambda event: None)
        trace.emitter("user")(StepAcknowledged(1))
        trace.outputs["stdout"] = ["many words"]
        waiter = asyncio.ensure_future(trace.until(RunFinished))
        await asyncio.sleep(1)
        waiter.cancel()
        return pickle.dumps(trace)

    trace = pickle.loads(run(main()))
    assert [entry.event for entry in trace.entries] == [StepAcknowledged(1)]
    assert trace.outputs == {}
    trace.emitter("user")(RunFinished(1))
    assert trace.entries[-1] == Entry(0.0, "user", RunFinished(1))


def test_a_part_of_a_trace_is_of_its_first_events_or_of_its_sources() -> None:
    """The whole one stays as it is."""
    trace = Trace()
    for n, source in enumerate(("user", "world", "client", "user")):
        trace.emitter(source)(StepAcknowledged(n))
    assert [entry.event.step for entry in trace.first(3).entries] == [0, 1, 2]
    assert [entry.event.step for entry in trace.reported_by("user", "client").entries] == [0, 2, 3]
    assert len(trace.entries) == 4
    assert trace.first(0).entries == []


def test_a_watcher_is_told_of_later_events_and_may_report_others() -> None:
    """After the event itself, and in the order in which the watchers came."""
    trace = Trace()
    emit = trace.emitter("user")
    emit(StepAcknowledged(1))
    told: list[object] = []
    trace.watch(lambda event: emit(RunFinished(1)) if event == StepAcknowledged(2) else None)
    trace.watch(told.append)
    emit(StepAcknowledged(2))
    assert told == [RunFinished(1), StepAcknowledged(2)]
    assert [entry.event for entry in trace.entries] == [StepAcknowledged(1), StepAcknowledged(2), RunFinished(1)]


def test_each_waiter_gets_the_first_event_that_fits() -> None:
    """One of several values, all fields, of a kind; a waiter that gave up is not woken, and each is woken once."""

    async def main() -> list[object]:
        trace = Trace()
        emit = trace.emitter("user")
        waits = [
            asyncio.ensure_future(trace.until(StepAcknowledged, step=frozenset({2, 3}))),
            asyncio.ensure_future(trace.until(StepAcknowledged, step=2, job="job-1")),
            asyncio.ensure_future(trace.until(StepAcknowledged, step=1)),
        ]
        gives_up = asyncio.ensure_future(trace.until(StepAcknowledged))
        await asyncio.sleep(1)
        gives_up.cancel()
        await asyncio.sleep(1)
        for event in (FaultInjected("x"), StepAcknowledged(3), StepAcknowledged(2, "acme", "job-1", "m")):
            emit(event)
        await asyncio.sleep(1)
        assert [wait.done() for wait in waits] == [True, True, False]
        emit(StepAcknowledged(1))
        emit(StepAcknowledged(1, "acme"))
        return [await wait for wait in waits]

    assert run(main()) == [StepAcknowledged(3), StepAcknowledged(2, "acme", "job-1", "m"), StepAcknowledged(1)]
