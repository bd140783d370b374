"""What a picture of a run is made of: lanes, what fills them, and requests that cross them. Seconds throughout."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Tone = Literal["good", "held", "bad", "lost", "stale", "waver", "busy", "quiet", "fault", "plain"]
"""good: as it should be; held: not yet, come again; bad: refused; lost: no answer; stale: an old or missing route
believed; waver: reads disagree; busy: computing; quiet: nobody is worse off; fault: injected; plain: a fact."""


@dataclass(frozen=True)
class ModelWorker:
    """A row, in a `group` of its like; `key` names it within the picture."""

    key: str
    name: str
    group: str


@dataclass(frozen=True)
class Span:
    """Something that lasted, in a lane; `label` is drawn where there is room, `detail` shown on hover."""

    lane: str
    from_s: float
    to_s: float
    tone: Tone
    label: str
    detail: str


@dataclass(frozen=True)
class Mark:
    """Something that happened at once, in a lane."""

    lane: str
    at_s: float
    tone: Tone
    label: str
    detail: str


@dataclass(frozen=True)
class Stroke:
    """A request on its way through the lanes `through`, from the client's on: sent, arrived at the last of them, and
    answered. `routine` says that it is one more of its kind, which needs no room of its own on the axis.
    """

    through: tuple[str, ...]
    sent_s: float
    arrived_s: float
    ended_s: float
    tone: Tone
    label: str
    detail: str
    routine: bool


@dataclass
class Drawing:
    """A whole picture, growing; lanes are in the order in which they are first named."""

    lanes: dict[str, ModelWorker] = field(default_factory=dict)
    spans: list[Span] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)
    strokes: list[Stroke] = field(default_factory=list)
    bands: list[Span] = field(default_factory=list)
    """Faults, which lie behind all lanes."""

    def lane(self, key: str, name: str, group: str) -> str:
        """Add the lane unless it is there, and return its key."""
        self.lanes.setdefault(key, ModelWorker(key, name, group))
        return key

    def span(self, lane: str, from_s: float, to_s: float, tone: Tone, label: str, detail: str = "") -> None:
        """Fill a stretch of a lane."""
        self.spans.append(Span(lane, from_s, to_s, tone, label, detail or label))

    def mark(self, lane: str, at_s: float, tone: Tone, label: str, detail: str = "") -> None:
        """Mark a moment in a lane."""
        self.marks.append(Mark(lane, at_s, tone, label, detail or label))
