"""An incident from a log, as a race: its log is read into a world, and every pair can be played in it.

The path of a log can stand wherever a race is named: `gateway-sim run incident.csv`. `source.py` finds and opens it,
`log.py` reads its lines, `reading.py` finds its world, and `replay.py` plays it.
"""

from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from functools import partial

from gateway_sim.events import RouteMissed
from gateway_sim.scenarios import races
from gateway_sim.scenarios.judge.promises.no_busy_polling import no_busy_polling
from gateway_sim.scenarios.races import TRAINING, Expected, Race
from gateway_sim.scenarios.races.incidents.log import LogRefused, read_log
from gateway_sim.scenarios.races.incidents.reading import Incident, resolve
from gateway_sim.scenarios.races.incidents.replay import play
from gateway_sim.scenarios.races.incidents.source import Source, is_log, source_of
from gateway_sim.scenarios.world.builder import Pairing

_READ: dict[tuple[str, int, int], Incident] = {}
"""Logs that this process has read, by word, time of change and size: each run of a sweep loads its race anew."""


def names(word: str) -> list[str]:
    """Return the names of all races, and the word itself if it names a log or the file of a race."""
    return [*races.names(), word] if is_log(word) else races.known(word)


def load(name: str) -> Race:
    """Load a race by its name, or from a log by its word. Raises `LogRefused`, a sentence that begins with the path."""
    return race_of(read(source_of(name)), name) if is_log(name) else races.load(name)


def read(source: Source, progress: Callable[[int, int], None] | None = None) -> Incident:
    """Read a log; `progress` is told of (bytes read, bytes in all). Raises `LogRefused`, beginning with the path."""
    try:
        stat = source.path.stat()
        key = (source.word, stat.st_mtime_ns, stat.st_size)
        if key not in _READ:
            with closing(source.lines(progress)) as lines:
                log = read_log(lines, job=source.job, miss=source.miss, columns=source.columns)
            _READ[key] = replace(resolve(log.lines), format=log.format, skipped=log.skipped)
        return _READ[key]
    except (LogRefused, UnicodeDecodeError) as wrong:
        told = wrong if isinstance(wrong, LogRefused) else f"it is no text in UTF-8 (byte {wrong.start})"
        raise LogRefused(f"{source.path}: {told}") from None
    except (OSError, EOFError) as error:
        raise LogRefused(f"{source.path}: {getattr(error, 'strerror', None) or error}") from None


def race_of(incident: Incident, name: str) -> Race:
    """Return the race of an incident; its verdict is measured for no pair, so each is "either"."""

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
        play=partial(play, incident),
    )
