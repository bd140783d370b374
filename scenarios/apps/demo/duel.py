"""Two live worlds at the same time: one race and seed under two gateways, with their states while they run."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

from gateway_sim.scenarios.apps.advice import advice
from gateway_sim.scenarios.apps.demo.cards import card
from gateway_sim.scenarios.apps.demo.choices import Pick
from gateway_sim.scenarios.report.timeline.document import document, shared_axis, timeline_page, under_way
from gateway_sim.scenarios.run.plans import RacePlan
from gateway_sim.scenarios.run.result import RaceResult
from gateway_sim.scenarios.run.runner import run_live
from gateway_sim.scenarios.sim.trace import Trace

LOOK_EVERY_S = 0.15
"""The shortest interval between two states for a page."""
LEFT_TO_WORLDS = 3.0
"""After a state the worlds have so many times as long as the state took."""
SILENT_FOR_S = 1.0
"""The longest interval between two states: a page that reads nothing for longer knows that its server is gone."""


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

    def __init__(self, pick: Pick) -> None:
        self.pick = pick
        self.sides = [Side(planned) for planned in pick.plans()]
        self.error: str | None = None
        loop = asyncio.get_running_loop()
        self._began_s, self._ended_s = loop.time(), 0.0
        self._playing = loop.create_task(self._play(), name="duel")

    @property
    def over(self) -> bool:
        """Whether all sides have ended or were stopped."""
        return self._playing.done()

    @property
    def lasted_s(self) -> float:
        """How many seconds it has been played, or was."""
        now_s = self._ended_s if self.over else asyncio.get_running_loop().time()
        return now_s - self._began_s

    async def stop(self) -> None:
        """End the duel; the worlds free their processes and ports."""
        self._playing.cancel()
        await asyncio.wait([self._playing])

    async def watch(self) -> AsyncIterator[dict[str, Any]]:
        """Yield the state after new events, at least once a second, and once more at the end.

        Without new events a state has `lasted_s` and nothing else. A state that took long to write, as one with
        thousands of requests does, is followed by a longer pause, because the worlds share this process.
        """
        loop, seen, sent_s, pause_s = asyncio.get_running_loop(), -1, 0.0, LOOK_EVERY_S
        while not self.over:
            events, now_s = sum(len(side.trace.entries) for side in self.sides), loop.time()
            if events != seen:
                seen, sent_s = events, now_s
                yield self.document()
                pause_s = max(LOOK_EVERY_S, LEFT_TO_WORLDS * (loop.time() - now_s))
            elif now_s - sent_s >= SILENT_FOR_S:
                sent_s = now_s
                yield {"lasted_s": round(self.lasted_s, 1), "live": True}
            await asyncio.wait([self._playing], timeout=pause_s)
        yield self.document()

    def document(self) -> dict[str, Any]:
        """Return both sides on one axis; `live` is true until the end."""
        live = not self.over
        runs = [side.document() for side in self.sides]
        for run in runs:
            run["card"] = card(run, live=live)
        return {
            "runs": runs, "axis": shared_axis(runs), "live": live, "error": self.error,
            "lasted_s": round(self.lasted_s, 1), "pick": self.pick.model_dump(),
        }  # fmt: skip

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
        finally:
            self._ended_s = asyncio.get_running_loop().time()
