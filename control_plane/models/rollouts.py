"""A reconciler of rollouts: deploys what the tag names where its promoter did not, because it died in between.

`promotion.overdue` decides. The loop reads both rows again and again, so it needs no message from a promoter.
"""

import asyncio
from collections.abc import Awaitable, Callable

from gateway_sim.control_plane.models.promotion import Overdue, Tag, overdue
from gateway_sim.control_plane.models.registry import Registry


async def reconcile(
    registry: Registry, deploy: Callable[[Tag], Awaitable[None]], *, every_s: float, patience_s: float
) -> None:
    """Compare the tag with what serves every `every_s` seconds, until cancelled, and deploy the tag where they differ.

    A promoter has `patience_s` seconds for its own deploy. `deploy` is fenced, so a promoter that was only slow, or a
    second reconciler, does no harm.
    """
    loop, known = asyncio.get_running_loop(), None
    while True:
        tag = registry.tag()
        known = overdue(tag, registry.deployed(), known, loop.time())
        if tag is not None and _is_due(known, loop.time(), patience_s):
            await deploy(tag)
        await asyncio.sleep(every_s)


def _is_due(known: Overdue | None, now_s: float, patience_s: float) -> bool:
    return known is not None and now_s - known.since_s >= patience_s
