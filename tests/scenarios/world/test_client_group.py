"""A group of scripts is reported as one run: its steps, its end, its first error."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from gateway_sim.scenarios.sim import events
from gateway_sim.scenarios.sim.sampling_events import SequenceReceived
from gateway_sim.scenarios.world.client_group import ClientGroup
from tests import clock

Told = tuple[float, Any]
SEQUENCE = SequenceReceived(1, 0, "mark")


class Script:
    """A script that reports events at its own seconds, and may raise."""

    def __init__(self, emit: Callable[[object], None], told: Sequence[Told], error: Exception | None = None) -> None:
        self._emit, self._told, self._error = emit, told, error
        self.closed = 0

    async def train(self) -> None:
        """Report each event after its seconds."""
        for after_s, event in self._told:
            await asyncio.sleep(after_s)
            self._emit(event)
        if self._error is not None:
            raise self._error

    async def close(self) -> None:
        """Count the calls."""
        self.closed += 1


def played(
    *scripts: Sequence[Told],
    starts_s: Sequence[float] = (),
    error: Exception | None = None,
    record: list[Told] | None = None,
) -> list[Told]:
    """Play a group and return what it reported, with the seconds; each script must be closed once."""
    record = [] if record is None else record
    made: list[Script] = []

    async def story() -> None:
        loop = asyncio.get_running_loop()

        def member(told: Sequence[Told], error: Exception | None) -> Callable[..., Any]:
            def make(emit: Callable[[object], None]) -> Script:
                made.append(Script(emit, told, error))
                return made[-1]

            return make

        members = {f"client-{n}": member(told, None if n else error) for n, told in enumerate(scripts)}
        group = ClientGroup(members, lambda event: record.append((loop.time(), event)), starts_s)
        try:
            await group.train()
        finally:
            await group.close()

    clock.run(story())
    assert [script.closed for script in made] == [1] * len(scripts)
    return record


def script(name: str, after_s: float) -> list[Told]:
    """Return a script of one step, which takes so long."""
    return [
        (0.0, events.RunStarted(1)), (after_s, events.StepAcknowledged(1, "acme", "job-1", name)),
        (0.0, events.RunFinished(1)),
    ]  # fmt: skip


def test_a_step_is_acknowledged_with_its_last_member_and_the_run_begins_and_ends_once() -> None:
    """Each member's own acknowledgement names its model; the group's step names none."""
    assert played(script("a", 1.0), script("b", 3.0)) == [
        (0.0, events.RunStarted(1)),
        (1.0, events.MemberAcknowledged("client-0", 1, "acme", "job-1", "a")),
        (3.0, events.MemberAcknowledged("client-1", 1, "acme", "job-1", "b")),
        (3.0, events.StepAcknowledged(1)),
        (3.0, events.RunFinished(1)),
    ]


def test_a_name_that_is_not_known_is_empty() -> None:
    """A real SDK's script may not know its account, job and model."""
    nameless = [(1.0, events.StepAcknowledged(1)), (0.0, events.RunFinished(1))]
    assert played(nameless)[0] == (1.0, events.MemberAcknowledged("client-0", 1, "", "", ""))


def test_each_member_begins_at_its_own_second() -> None:
    """And one that begins at 0 at once."""
    told = played(script("a", 1.0), script("b", 1.0), starts_s=[0.0, 4.0])
    assert [at_s for at_s, event in told if isinstance(event, events.MemberAcknowledged)] == [1.0, 5.0]
    assert [at_s for at_s, event in told if isinstance(event, events.RunStarted)] == [0.0]


def test_the_first_failure_is_the_runs_and_is_reported_when_all_have_ended() -> None:
    """The others go on; a later failure and the others' ends are not the run's."""
    first, second = (events.RunFailed("E", 404, "poll", text) for text in ("first", "second"))
    assert played([(1.0, first)], [(2.0, second)], script("c", 5.0))[-1] == (5.0, first)
    told = [event for _, event in played([(1.0, first)], [(2.0, second)], script("c", 5.0))]
    assert [event for event in told if isinstance(event, events.RunFailed | events.RunFinished)] == [first]


def test_a_sequence_is_reported_as_it_is_and_nothing_else_is() -> None:
    """A member's thought is not the run's."""
    told = played([(1.0, SEQUENCE), (1.0, events.UserThought(1.0)), (1.0, events.RunFinished(1))])
    assert told == [(1.0, SEQUENCE), (3.0, events.RunFinished(1))]


def test_an_error_of_a_script_is_raised_after_all_have_ended() -> None:
    """It is the laboratory's own error, not the run's."""
    record: list[Told] = []
    with pytest.raises(KeyError, match="tokens"):
        played([(1.0, events.RunStarted(1))], script("b", 3.0), error=KeyError("tokens"), record=record)
    assert record[-1] == (3.0, events.MemberAcknowledged("client-1", 1, "acme", "job-1", "b"))
