"""An incident from a log, as a race: its log is read into a world, and every pair can be played in it.

The path of a log can stand wherever a race is named: `gateway-sim run incident.csv`. `log.py` reads the file and
`reading.py` finds its world; here the two become a race.
"""

from __future__ import annotations

import asyncio
import math
import random
from pathlib import Path

from gateway_sim.events import RouteMissed
from scenarios import races
from scenarios.faults.stale_route import StaleRoute
from scenarios.judge.promises.no_busy_polling import no_busy_polling
from scenarios.races import TRAINING, Expected, Race
from scenarios.races.incidents.log import LogRefused, read_log
from scenarios.races.incidents.reading import Incident, Window, resolve
from scenarios.world.builder import Pairing, World
from trainer_pod.events import OperationAccepted

JSON_LINES = (".jsonl", ".ndjson", ".json")
LOGS = (".csv", ".log", ".txt", *JSON_LINES)


def names(word: str) -> list[str]:
    """Return the names of all races, and the word itself if it is the path of a log."""
    return [*races.names(), word] if word.endswith(LOGS) else races.names()


def load(name: str) -> Race:
    """Load a race by its name, or from a log by its path. Raises `LogRefused`, a sentence that begins with the path."""
    return race_of(read(Path(name)), name) if name.endswith(LOGS) else races.load(name)


def read(path: Path) -> Incident:
    """Read a log. Raises `LogRefused`, a sentence that begins with the path."""
    if not path.name.endswith(LOGS):
        raise LogRefused(f"{path}: its path is to stand for a race's name; call it something {', '.join(LOGS)}")
    try:
        text = path.read_text(encoding="utf-8-sig")
        # a log's name does not say which format it has
        return resolve(read_log(text, json_lines=path.suffix in JSON_LINES or text.lstrip().startswith("{")))
    except (LogRefused, UnicodeDecodeError) as wrong:
        told = wrong if isinstance(wrong, LogRefused) else f"it is no text in UTF-8 (byte {wrong.start})"
        raise LogRefused(f"{path}: {told}") from None
    except OSError as error:
        raise LogRefused(f"{path}: {error.strerror}") from None


def race_of(incident: Incident, name: str) -> Race:
    """Return the race of an incident; its verdict is measured for no pair, so each is "either"."""

    async def play(world: World) -> None:
        rng = world.seeds.stream("incident")
        await world.start_job()
        striking = [asyncio.ensure_future(strike(world, window, *drawn(window, rng))) for window in incident.windows]
        # a window that was open from the start is open before the user connects
        await asyncio.sleep(0)
        await world.start_training()
        for task in striking:
            task.cancel()

    def expected(pairing: Pairing) -> Expected:
        return "either"

    return Race(
        name=name,
        summary="An incident that happened, from its log.",
        origin=name,
        settings=incident.settings,
        promises=[*TRAINING, no_busy_polling],
        must_reach=[RouteMissed],
        expected=expected,
        play=play,
    )


async def strike(world: World, window: Window, begin_s: float, end_s: float) -> None:
    """Hide the route from the window's replicas, counted from the last call before the window."""
    if window.calls:
        await world.until(OperationAccepted, seq_id=window.calls)
    begin_s = max(begin_s, window.called_s)
    if begin_s > window.called_s:
        await asyncio.sleep(begin_s - window.called_s)
    # a world may be told to have fewer replicas than its log names
    if there := tuple(n for n in window.replicas if n < len(world.replicas)):
        world.inject(StaleRoute(for_s=end_s - begin_s, replicas=there))


def drawn(window: Window, rng: random.Random) -> tuple[float, float]:
    """Draw when a window began and ended, in seconds from the log's first line; -inf: it was there from the start."""
    end_s = rng.uniform(window.to_s, window.before_s)
    begin_s = rng.uniform(window.after_s, window.from_s) if math.isfinite(window.after_s) else -math.inf
    return begin_s, end_s
