"""The trace of a run: its events in order, with the loop's time."""

import asyncio
import dataclasses
import hashlib
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, TypeVar

from gateway_sim.scenarios.sim.renamed import formerly

E = TypeVar("E")

SCHEMA: Final = "gateway-sim/trace/1"
"""The name of the schema of a trace as JSON lines."""
MACHINE_BOUND = frozenset(
    {"weights", "undisturbed", "loss", "device", "quality", "golden"}
    | {"reference_loss", "reference_quality", "offline_quality"}
    | {"clicks", "p_value", "click_rate", "former_click_rate", "reference_click_rate", "tree_rounds"}
)
"""The fields that the digest omits, because float results differ between processors."""
# docs/reference/costs.md §3
OMITTED: Final = MACHINE_BOUND | {"retry_after_s"}
"""The digest also omits what an answer told its caller: how long the caller waited then is in the times."""


@dataclass(frozen=True)
class Entry:
    """One event, its time `at_s` in seconds on the world's clock, and the part that reported it, `source`."""

    at_s: float
    source: str
    event: Any

    def fields(self) -> dict[str, Any]:
        """Return the event's own fields, in the order its class declares them."""
        return {name: getattr(self.event, name) for name in _field_names(self.event.__class__)}

    def document(self) -> dict[str, Any]:
        """Return the entry as a JSON object; a renamed event has its old name as well."""
        named = {"event": self.name, **formerly("event", self.name)}
        return {"at_s": round(self.at_s, 6), "source": self.source, **named, **self.fields()}

    @property
    def name(self) -> str:
        """Return the event's class name."""
        return type(self.event).__name__

    @property
    def words(self) -> str:
        """Return the event's name as words: "route missed"."""
        return re.sub(r"(?<!^)(?=[A-Z])", " ", self.name).lower()

    @property
    def facts(self) -> str:
        """Return the event's fields as text, without those that are None."""
        return " ".join(f"{k}={_short(v)}" for k, v in self.fields().items() if v is not None)


class Trace:
    """The events of a run; parts write them through `emitter`, races wait for them, promises read them.

    `outputs` holds what a user's script wrote, by stream and in pieces; a pickled trace leaves it out.
    """

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.outputs: dict[str, list[str]] = {}
        self._now: Callable[[], float] = lambda: 0.0
        self._waiting: list[tuple[Callable[[Any], bool], asyncio.Future[Any]]] = []
        self._watching: list[Callable[[Any], None]] = []

    def __getstate__(self) -> dict[str, Any]:
        """Pickle the entries, without waiters and watchers."""
        return {"entries": self.entries}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Unpickle the entries, without waiters and watchers."""
        self.__init__()  # type: ignore[misc]
        self.entries = state["entries"]

    def clock(self, now: Callable[[], float]) -> None:
        """Take the time of new entries from `now`, in seconds."""
        self._now = now

    def emitter(self, source: str) -> Callable[[object], None]:
        """Return the callable to which the part `source` reports its events."""

        def emit(event: object) -> None:
            self.entries.append(Entry(self._now(), source, event))
            if self._waiting:
                self._wake(event)
            for watch in self._watching:
                watch(event)

        return emit

    def watch(self, watcher: Callable[[Any], None]) -> None:
        """Call `watcher` with every later event, after the event was added; it may emit events itself."""
        self._watching.append(watcher)

    def reported_by(self, *sources: str) -> "Trace":
        """Return a trace of the events that these parts reported."""
        kept = Trace()
        kept.entries = [entry for entry in self.entries if entry.source in sources]
        return kept

    def first(self, count: int) -> "Trace":
        """Return a trace of the first `count` events."""
        kept = Trace()
        kept.entries = self.entries[:count]
        return kept

    def of(self, *kinds: type[Any]) -> Iterator[Entry]:
        """Yield the entries whose event is one of `kinds`, in order."""
        return (entry for entry in self.entries if isinstance(entry.event, kinds))

    def reached(self, kind: type[Any]) -> bool:
        """Return whether an event of this kind happened."""
        return any(True for _ in self.of(kind))

    async def until(self, kind: type[E], /, **fields: object) -> E:
        """Return the first event of `kind` with these field values; wait for it if there is none yet.

        A frozenset matches each of its values.
        """
        wanted = {name: want if isinstance(want, frozenset) else (want,) for name, want in fields.items()}

        def fits(event: object) -> bool:
            return isinstance(event, kind) and all(getattr(event, name) in want for name, want in wanted.items())

        for entry in self.entries:
            if fits(entry.event):
                return entry.event  # type: ignore[no-any-return]
        future: asyncio.Future[E] = asyncio.get_running_loop().create_future()
        self._waiting.append((fits, future))
        return await future

    def _wake(self, event: object) -> None:
        still = []
        for fits, future in self._waiting:
            if not future.done() and fits(event):
                future.set_result(event)
            elif not future.done():
                still.append((fits, future))
        self._waiting = still

    def digest(self) -> str:
        """Return 16 hex digits over every event and its time in microseconds; equal seeds give equal digits."""
        whole = hashlib.sha256()
        for entry in self.entries:
            fields = [(k, v) for k, v in entry.fields().items() if k not in OMITTED]
            whole.update(repr((round(entry.at_s, 6), entry.source, entry.name, fields)).encode())
        return whole.hexdigest()[:16]

    def text(self) -> str:
        """Return the trace as text in columns: seconds, part, event, fields."""
        width = max((len(entry.source) for entry in self.entries), default=0)
        words = max((len(entry.words) for entry in self.entries), default=0)
        lines = []
        for entry in self.entries:
            lines.append(f"{entry.at_s:10.3f}  {entry.source:<{width}}  {entry.words:<{words}}  {entry.facts}".rstrip())
        return "\n".join(lines) + "\n"

    def json_lines(self) -> str:
        """Return the trace as JSON lines: first the schema, then `at_s`, `source`, `event` and the event's fields."""
        lines = [{"schema": SCHEMA}, *(entry.document() for entry in self.entries)]
        return "".join(json.dumps(line, default=str) + "\n" for line in lines)


@lru_cache(maxsize=512)
def _field_names(kind: Any) -> tuple[str, ...]:
    """Return the field names of an event class, cached: `dataclasses.fields` costs more than reading the fields."""
    return tuple(f.name for f in dataclasses.fields(kind))


def _short(value: object) -> str:
    text = str(value)
    if isinstance(value, float):
        return f"{value:g}"
    if re.fullmatch(r"[0-9a-f]{40,}", text):
        return text[:12]
    return repr(text) if " " in text else text
