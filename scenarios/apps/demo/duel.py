"""Two live worlds at the same time: one race and seed under two gateways, with their states while they run."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from gateway_sim.scenarios.apps.advice import advice
from gateway_sim.scenarios.report.timeline.document import document, shared_axis, timeline_page, under_way
from gateway_sim.scenarios.run.plans import RacePlan
from gateway_sim.scenarios.run.result import RaceResult
from gateway_sim.scenarios.run.runner import run_live
from gateway_sim.scenarios.sim.trace import Trace

LOOK_EVERY_S = 0.15
"""The shortest interval between two states for a page."""


@dataclass
class Side:
    """One world of a duel: plan, trace so far, and result at the end."""

    planned: RacePlan
    trace: Trace = field(default_factory=Trace)
    result: RaceResult | None = None

    async def play(self) -> None:
        """Play it to its end."""
        self.result = await run_live(self.planned, self.trace)

    def document(self) -> dict[str, Any]:
        """Return the run for the timeline, ended or not."""
        return document(self.result) if self.result else under_way(self.planned.spec, self.trace)


class Duel:
    """Plays all sides at the same time; any number of pages may watch it."""

    def __init__(self, plans: Sequence[RacePlan]) -> None:
        self.sides = [Side(planned) for planned in plans]
        self.error: str | None = None
        self._playing = asyncio.get_running_loop().create_task(self._play(), name="duel")

    @property
    def over(self) -> bool:
        """Whether all sides have ended or were stopped."""
        return self._playing.done()

    async def stop(self) -> None:
        """End the duel; the worlds free their processes and ports."""
        self._playing.cancel()
        await asyncio.wait([self._playing])

    async def watch(self) -> AsyncIterator[dict[str, Any]]:
        """Yield the state after new events, and once more at the end."""
        seen = -1
        while not self.over:
            events = sum(len(side.trace.entries) for side in self.sides)
            if events != seen:
                seen = events
                yield self.document()
            await asyncio.wait([self._playing], timeout=LOOK_EVERY_S)
        yield self.document()

    def document(self) -> dict[str, Any]:
        """Return both sides on one axis; `live` is true until the end."""
        runs = [side.document() for side in self.sides]
        return {"runs": runs, "axis": shared_axis(runs), "live": not self.over, "error": self.error}

    def page(self) -> str | None:
        """Return the timeline as one file; None before both sides have ended."""
        results = [side.result for side in self.sides if side.result]
        return timeline_page(results) if len(results) == len(self.sides) else None

    async def _play(self) -> None:
        try:
            async with asyncio.TaskGroup() as group:
                for side in self.sides:
                    group.create_task(side.play())
        except asyncio.CancelledError:
            self.error = "stopped"
            raise
        except Exception as error:
            self.error = advice(error).sentence
