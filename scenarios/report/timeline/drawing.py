"""The elements of a timeline: lanes, spans and marks in a lane, and requests across lanes. Times are seconds."""

from dataclasses import dataclass, field
from typing import Literal

from gateway_sim.scenarios.sim.trace import Entry

Tone = Literal["good", "held", "bad", "lost", "stale", "waver", "busy", "quiet", "fault", "plain"]
"""good: as expected; held: not yet, or waiting; bad: refused; lost: no answer; stale: a replica sees an old route or
none; waver: reads disagree; busy: computing; quiet: no effect on a run; fault: injected; plain: anything else."""


@dataclass(frozen=True)
class DrawnLane:
    """A row of a `group`."""

    name: str
    group: str


@dataclass(frozen=True)
class Span:
    """A stretch of time in a lane; `label` is drawn where there is room, `detail` is shown on hover."""

    lane: str
    from_s: float
    to_s: float
    tone: Tone
    label: str
    detail: str


@dataclass(frozen=True)
class Mark:
    """A moment in a lane."""

    lane: str
    at_s: float
    tone: Tone
    label: str
    detail: str


@dataclass(frozen=True)
class Stroke:
    """A request on its way through the lanes `through`, from the client's on: sent, arrived at the last, and answered.

    A `routine` request is like an earlier one and gets no place of its own on the axis.
    """

    through: tuple[str, ...]
    sent_s: float
    arrived_s: float
    ended_s: float
    tone: Tone
    label: str
    detail: str
    routine: bool


@dataclass(frozen=True)
class Area:
    """How many requests or connections of a lane are open over time, in place of each by itself.

    `steps` has each second of a change, with the number that is open from then on by tone; `most` is the highest sum.
    """

    lane: str
    steps: list[tuple[float, dict[Tone, int]]]
    most: int
    label: str


@dataclass
class Drawing:
    """A timeline under construction; lanes are in order of first use."""

    lanes: dict[str, DrawnLane] = field(default_factory=dict)
    spans: list[Span] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)
    strokes: list[Stroke] = field(default_factory=list)
    bands: list[Span] = field(default_factory=list)
    """Faults, which lie behind all lanes."""
    areas: list[Area] = field(default_factory=list)

    def lane(self, key: str, name: str, group: str) -> str:
        """Add the lane if it is new, and return its key."""
        self.lanes.setdefault(key, DrawnLane(name, group))
        return key

    def span(self, lane: str, from_s: float, to_s: float, tone: Tone, label: str, detail: str = "") -> None:
        """Fill a stretch of a lane."""
        self.spans.append(Span(lane, from_s, to_s, tone, label, detail or label))

    def event(self, lane: str, entry: Entry, tone: Tone, label: str = "") -> None:
        """Mark an event of the trace in a lane, by its own words unless a label is given."""
        self.marks.append(Mark(lane, entry.at_s, tone, label or entry.words, f"{entry.words}: {entry.facts}"))
