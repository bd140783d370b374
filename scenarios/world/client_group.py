"""Several clients side by side on one job, reported as one run."""

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from scenarios.sim import events
from scenarios.world.user import User


class ClientGroup:
    """Runs its members together: a step is acknowledged once all have it, the run ends with its last member.

    `members`, by their names, are given the callable to report to.
    """

    def __init__(
        self, members: Mapping[str, Callable[[Callable[[object], None]], User]], emit: Callable[[object], None]
    ) -> None:
        self._emit = emit
        self._users = [make(partial(self._hear, name)) for name, make in members.items()]
        self._steps: Counter[int] = Counter()
        self._failed: events.RunFailed | None = None

    async def train(self) -> None:
        """Run every script to its end; the first error is the run's."""
        outcomes = await asyncio.gather(*(user.train() for user in self._users), return_exceptions=True)
        for outcome in outcomes:
            if isinstance(outcome, BaseException):
                raise outcome
        self._emit(self._failed or self._finished)

    async def close(self) -> None:
        """Let go of every member's client and connections."""
        for user in self._users:
            await user.close()

    def _hear(self, member: str, event: Any) -> None:
        match event:
            case events.StepAcknowledged(step, account, job, model_id):
                self._emit(events.MemberAcknowledged(member, step, account or "", job or "", model_id or ""))
                self._steps[step] += 1
                if self._steps[step] == len(self._users):
                    self._emit(events.StepAcknowledged(step))
            case events.RunFailed():
                self._failed = self._failed or event
            case events.RunFinished():
                self._finished = event
            case events.RunStarted() if not self._steps[0]:
                self._steps[0] += 1
                self._emit(event)
            case _:
                pass
