"""A log's path and how it is read, in one word that can stand wherever a race is named: `incident.csv?job=acme/job-1`.

The words after `?` are the options of `import`, so that a run that is played again reads its log in the same way.
"""

import gzip
import io
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qsl, urlencode

from gateway_sim.scenarios.races.incidents.formats import FIELDS
from gateway_sim.scenarios.races.incidents.log import LogRefused
from gateway_sim.scenarios.sim.errors import UsageError, check

LOGS = (".csv", ".log", ".txt", ".jsonl", ".ndjson", ".json")
OPTIONS = ("job", "miss", "columns")
MISS = "404"
LONGEST_LINE = 1 << 20
MOST_CHARACTERS = 1 << 31
"""Of a log, unpacked: a small file that is called .gz can unpack without end."""
EVERY_BYTES = 1 << 20
"""How often the reading of a file reports how far it is."""


@dataclass(frozen=True)
class Source:
    """A log: its path, the job to read (None: the only one), which answers are misses, and the columns that are named.

    `miss` holds statuses and Envoy's response flags; `columns` gives names of the file's own to `FIELDS`.
    """

    path: Path
    job: str | None = None
    miss: tuple[str, ...] = (MISS,)
    columns: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse a path or an option that means nothing. Raises `LogRefused` or `UsageError`."""
        if not is_log(str(self.path)):
            called = ", ".join(LOGS)
            raise LogRefused(f"{self.path}: its path is to stand for a race's name; call it something {called}, or .gz")
        for word in self.miss:
            if not (word.isdecimal() and 400 <= int(word) <= 599) and not (word.isalpha() and word.isupper()):
                raise UsageError(f"--miss {word}: write statuses from 400 to 599, or Envoy's flags such as UH")
        for name in self.columns:
            check("field of --columns", name, FIELDS)

    @property
    def word(self) -> str:
        """The path, and the options that were given: it names the race of this log."""
        options = {
            "job": self.job or "",
            "miss": ",".join(self.miss) if self.miss != (MISS,) else "",
            "columns": ",".join(f"{name}={column}" for name, column in self.columns.items()),
        }
        given = urlencode({name: told for name, told in options.items() if told}, safe="/,=@:")
        return f"{self.path}?{given}" if given else str(self.path)

    def lines(self, progress: Callable[[int, int], None] | None = None) -> Generator[str, None, None]:
        """Yield the lines of the file; `progress` is told of (bytes read, bytes in all) now and then.

        Raises `OSError`, also for what is no gzip though it is called .gz, `UnicodeDecodeError`, and `LogRefused` for a
        line or a file without end.
        """
        whole, told, length, number = self.path.stat().st_size, 0, 0, 0
        with self.path.open("rb") as raw:
            opened = gzip.GzipFile(fileobj=raw) if self.path.suffix == ".gz" else raw
            with io.TextIOWrapper(opened, encoding="utf-8-sig") as text:
                while line := text.readline(LONGEST_LINE + 1):
                    length, number = length + len(line), number + 1
                    if len(line) > LONGEST_LINE:
                        raise LogRefused(f"line {number}: it is longer than {LONGEST_LINE:,} characters")
                    if length > MOST_CHARACTERS:
                        raise LogRefused(f"it has more than {MOST_CHARACTERS:,} characters; import a part of it")
                    yield line
                    if progress and raw.tell() - told >= EVERY_BYTES:
                        told = raw.tell()
                        progress(told, whole)


def is_log(word: str) -> bool:
    """Say whether a race's name is the path of a log, perhaps with options."""
    return word.partition("?")[0].removesuffix(".gz").endswith(LOGS)


def source_of(word: str) -> Source:
    """Return the source that a word names. Raises `LogRefused` or `UsageError`."""
    path, _, options = word.partition("?")
    given = dict(parse_qsl(options))
    for name in given:
        check("option of a log", name, OPTIONS)
    return Source(Path(path), given.get("job"), misses_of(given.get("miss")), columns_of(given.get("columns")))


def misses_of(words: str | None) -> tuple[str, ...]:
    """Return the statuses and flags of `--miss`."""
    return tuple(word.strip().upper() for word in words.split(",")) if words else (MISS,)


def columns_of(words: str | None) -> dict[str, str]:
    """Return the file's name of each field of `--columns time=@timestamp,status=code`. Raises `UsageError`."""
    pairs = [pair.partition("=") for pair in words.split(",")] if words else []
    if wrong := ["".join(pair) for pair in pairs if not pair[0].strip() or not pair[2].strip()]:
        raise UsageError(f"--columns {wrong[0]}: write field=column, such as time=@timestamp")
    return {name.strip(): column.strip() for name, _, column in pairs}
