"""How long a duel will take: the same runs in virtual time, which a process beside the page plays in milliseconds."""

import asyncio
from concurrent.futures import Executor
from dataclasses import replace
from typing import Any, Final

from gateway_sim.scenarios.apps.demo.beside import begun
from gateway_sim.scenarios.apps.demo.choices import Pick
from gateway_sim.scenarios.run.runner import run
from gateway_sim.scenarios.run.spec import RunSpec

LIVE_START_S: Final = 2.5
"""What a live world takes before its own time begins: its table, and a pod that imports torch."""


async def estimate(pool: Executor, pick: Pick) -> dict[str, Any]:
    """Return the seconds that each side will take, and those of the duel. Raises `UnknownWord` or `SettingsRefused`."""
    specs = [replace(plan.spec, engine="virtual") for plan in pick.plans()]
    sides = await asyncio.gather(*[await begun(pool, virtual_end_s, spec) for spec in specs])
    lasts = [round(LIVE_START_S + end_s, 1) for end_s in sides]
    return {"sides_s": lasts, "duel_s": max(lasts)}


def virtual_end_s(spec: RunSpec) -> float:
    """Play a spec in virtual time and return the second of its last event."""
    entries = run(spec).trace.entries
    return float(entries[-1].at_s) if entries else 0.0
