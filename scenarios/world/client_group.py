"""Several clients on one job at the same time, reported as one run."""

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from gateway_sim.scenarios.sim import events
from gateway_sim.scenarios.sim.sampling_events import SequenceReceived
from gateway_sim.scenarios.world.user import User


class ClientGroup:
    """Runs its members together: a step is acknowledged once all have its result, the run ends with the last member.

    `members` holds by name a factory of each user, which takes the callable for the user's events.
    `starts_s` holds the seconds after which each begins (empty: all at once).
    """

    def __init__(
        self,
        members: Mapping[str, Callable[[Callable[[object], None]], User]],
        emit: Callable[[object], None],
        starts_s: Sequence[float] = (),
    ) -> None:
        self._emit = emit
        self._starts_s = starts_s
        self._users = [make(partial(self._report, name)) for name, make in members.items()]
        self._steps: Counter[int] = Counter()
        self._failed: events.RunFailed | None = None
        self._begun = False

    async def train(self) -> None:
        """Run every script to its end; the first error is the run's."""
        outcomes = await asyncio.gather(
            *map(self._train, self._users, self._starts_s or [0.0] * len(self._users)), return_exceptions=True
        )
        for outcome in outcomes:
            if outcome is not None:
                raise outcome
        self._emit(self._failed or self._finished)

    async def _train(self, user: User, start_s: float) -> None:
        if start_s:
            await asyncio.sleep(start_s)
        await user.train()

    async def close(self) -> None:
        """Close every member's client and connections."""
        for user in self._users:
            await user.close()

    def _report(self, member: str, event: Any) -> None:
        match event:
            case events.StepAcknowledged(step, account, job, model_id):
                self._emit(events.MemberAcknowledged(member, step, account or "", job or "", model_id or ""))
                self._steps[step] += 1
                if self._steps[step] == len(self._users):
                    self._emit(events.StepAcknowledged(step))
            case SequenceReceived():
                self._emit(event)
            case events.RunFailed():
                self._failed = self._failed or event
            case events.RunFinished():
                self._finished = event
            case events.RunStarted() if not self._begun:
                self._begun = True
                self._emit(event)
