"""The whole table: cells side by side in one live world, kept as they come, so that a stop loses nothing."""

from __future__ import annotations

import asyncio
import dataclasses
import json
from collections.abc import Callable, Iterable
from pathlib import Path

from scenarios.conformance.answers import ANSWERS
from scenarios.conformance.cell import Found, by_the_sdk, play
from scenarios.conformance.places import PLACES
from scenarios.live.engine import LiveEngine
from scenarios.live.sdk_environments import SDKS
from scenarios.runner import RunSpec, plan
from scenarios.world.build import World
from scenarios.world.seeds import Seeds
from scenarios.world.trace import Trace

Cell = tuple[str, str, str]
"""(sdk, place, answer), by their names."""


def kept(path: Path | None) -> list[Found]:
    """Return the cells that an earlier run left in `path`, a JSON line each."""
    if path is None or not path.exists():
        return []
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    return [Found(**{**row, "applied": tuple(row["applied"])}) for row in rows]


def fill(
    cells: Iterable[Cell], *, hold_s: float, jobs: int, keep_in: Path | None, each: Callable[[Found], None]
) -> list[Found]:
    """Play the cells, `jobs` at a time; each is given to `each` and kept as soon as it is found."""
    return asyncio.run(_fill(list(cells), hold_s, jobs, keep_in, each))


async def _fill(
    cells: list[Cell], hold_s: float, jobs: int, keep_in: Path | None, each: Callable[[Found], None]
) -> list[Found]:
    planned = plan(RunSpec("healthy", engine="live"))
    trace = Trace()
    trace.clock(asyncio.get_running_loop().time)
    gate = asyncio.Semaphore(jobs)
    found: list[Found] = []
    async with World(
        LiveEngine(trace.emitter), Seeds(0), trace, planned.cast, dataclasses.replace(planned.settings, steps=1)
    ) as world:
        await world.start_job()

        async def one(cell: Cell) -> None:
            sdk, place, answer = cell
            async with gate:
                result = await play(world, sdk, by_the_sdk(SDKS[sdk], hold_s), PLACES[place], ANSWERS[answer], hold_s)
            found.append(result)
            if keep_in is not None:
                with keep_in.open("a") as lines:
                    lines.write(json.dumps(dataclasses.asdict(result)) + "\n")
            each(result)

        async with asyncio.TaskGroup() as playing:
            for cell in cells:
                playing.create_task(one(cell), name=" ".join(cell))
    return found
