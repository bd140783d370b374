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

PLAYED_STEPS: Final = 40
"""The most training steps of a run that is played for an estimate: others wait for the same process."""


async def estimate(pool: Executor, pick: Pick) -> dict[str, Any]:
    """Return the seconds that each side will take, and those of the duel. Raises `UnknownWord` or `SettingsRefused`."""
    plans = [(replace(plan.spec, engine="virtual"), plan.settings.steps) for plan in pick.plans()]
    sides = await asyncio.gather(*[await begun(pool, estimated_end_s, *planned) for planned in plans])
    lasts = [round(LIVE_START_S + end_s, 1) for end_s in sides]
    return {"sides_s": lasts, "duel_s": max(lasts)}


def estimated_end_s(spec: RunSpec, steps: int) -> float:
    """Return the second of a spec's last event in virtual time; of many steps some are played, and tell of the rest."""
    if steps <= PLAYED_STEPS:
        return virtual_end_s(spec)
    some = PLAYED_STEPS // 2
    half_s, played_s = (
        virtual_end_s(replace(spec, settings={**spec.settings, "steps": str(played)}))
        for played in (some, PLAYED_STEPS)
    )
    return played_s + (steps - PLAYED_STEPS) * (played_s - half_s) / (PLAYED_STEPS - some)


def virtual_end_s(spec: RunSpec) -> float:
    """Play a spec in virtual time and return the second of its last event."""
    entries = run(spec).trace.entries
    return float(entries[-1].at_s) if entries else 0.0
