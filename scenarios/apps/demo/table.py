"""The tournament of one race, in virtual time and another process, sent while it runs."""

import asyncio
from collections import Counter, deque
from collections.abc import AsyncIterator, Sequence
from concurrent.futures import Executor
from itertools import islice
from typing import Any, Final

from gateway_sim.scenarios.apps.demo.beside import begun
from gateway_sim.scenarios.compare.tournament import ENDED, Score, play, specs
from gateway_sim.scenarios.judge.limits import AT_ONCE_S, BUSY_PER_S
from gateway_sim.scenarios.run.matrix import CLIENTS

SEND_EVERY_S: Final = 0.25
AHEAD: Final = 4
"""Runs in the pool's queue at a time: a short queue lets other requests in."""


async def table(pool: Executor, race: str, seeds: int) -> AsyncIterator[dict[str, Any]]:
    """Yield the table of a race while it fills, and the complete one at the end. Raises `UnknownWord`.

    Closing the iterator cancels the runs that have not begun. Runs are in order of seed, so that all cells fill evenly.
    """
    entries = sorted(specs(seeds, [race]), key=lambda spec: spec.seed)
    loop = asyncio.get_running_loop()
    rest = iter(entries)
    ahead = deque([await begun(pool, play, entry) for entry in islice(rest, AHEAD)])
    found: list[Score] = []
    sent_s = loop.time()
    try:
        while ahead:
            found.append(await ahead.popleft())
            ahead.extend([await begun(pool, play, entry) for entry in islice(rest, 1)])
            if ahead and loop.time() - sent_s > SEND_EVERY_S:
                sent_s = loop.time()
                yield document(race, found, len(entries))
        yield document(race, found, len(entries))
    finally:
        for future in ahead:
            future.cancel()


def document(race: str, found: Sequence[Score], runs: int) -> dict[str, Any]:
    """Return the scores for the page: a row for each gateway, a cell for each client."""
    cells: dict[str, dict[str, list[Score]]] = {}
    for score in found:
        cells.setdefault(score.gateway, {}).setdefault(score.client, []).append(score)
    rows = [
        {"gateway": gateway, "cells": [_cell(race, of.get(client, [])) for client in CLIENTS]}
        for gateway, of in cells.items()
    ]
    return {"race": race, "clients": list(CLIENTS), "rows": rows, "played": len(found), "runs": runs}


def _cell(race: str, scores: Sequence[Score]) -> dict[str, str]:
    if not scores:
        return {"text": "", "tone": "quiet", "detail": "not played yet"}
    peak, twice = max(s.peak for s in scores), sum(s.twice for s in scores)
    costs = [f"at most {peak} requests a second for one result", f"{twice} steps applied twice"]
    spoilt = peak > BUSY_PER_S or twice > 0
    if race in ENDED:
        (how, _), *_ = Counter(s.outcome for s in scores).most_common(1)
        told_s = max((s.told_s for s in scores if s.told_s is not None), default=None)
        slow = how == "hung" or (told_s is not None and told_s > AT_ONCE_S)
        text = how.replace("_", " ") + (f", told after {told_s:.1f} s" if told_s is not None else "")
        return {"text": text, "tone": "bad" if slow or spoilt else "good", "detail": "; ".join(costs)}
    finished = sum(s.finished for s in scores)
    tone = "bad" if finished < len(scores) else "held" if spoilt else "good"
    text = f"{finished}/{len(scores)}" + (f", {twice} twice" if twice else f", {peak}/s" if peak > BUSY_PER_S else "")
    return {"text": text, "tone": tone, "detail": f"{finished} of {len(scores)} runs finish; " + "; ".join(costs)}
