"""What a fleet's events add up to, event by event: waits, GPUs in use and stranded, preemptions. Pure."""

from __future__ import annotations

import hashlib
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from gateway_sim.control_plane.events import WorkEnded, WorkEvicted, WorkPlaced, WorkQueued
from gateway_sim.control_plane.scheduling.shares import WHOLE
from gateway_sim.control_plane.scheduling.work import Work

LogRow = tuple[float, str, str, str]
"""An event: its second, what happened to which job, on which node ("" without one)."""


@dataclass
class Tally:
    """The sums after the events so far. GPUs are counted in thousandths, times in seconds.

    GPUs are stranded while a job that asks for GPUs, for no more than are free in the whole cluster, still waits:
    because its pods fit on no nodes, or its quota holds it back. `steps` has (second, in use, stranded) from each
    change on.
    """

    works: Mapping[str, Work]
    capacity: int
    log: list[LogRow] = field(default_factory=list)
    in_use: int = 0
    used_s: float = 0.0
    stranded_s: float = 0.0
    waits_s: dict[str, float] = field(default_factory=dict)
    ended_s: dict[str, float] = field(default_factory=dict)
    preemptions: int = 0
    lost_gpu_s: float = 0.0
    steps: list[tuple[float, int, int]] = field(default_factory=list)
    now_s: float = 0.0
    running: int = 0

    def __post_init__(self) -> None:
        """Begin with nothing queued."""
        self._asks: Counter[int] = Counter()
        self._queued_s: dict[str, float] = {}
        self._pods: Counter[str] = Counter()

    @property
    def stranded(self) -> int:
        """The thousandths of GPUs that are stranded now."""
        free = self.capacity - self.in_use
        return free if self._asks and min(self._asks) <= free else 0

    def pass_to(self, now_s: float) -> None:
        """Let time pass."""
        if now_s > self.now_s:
            stranded = self.stranded
            self.used_s += self.in_use * (now_s - self.now_s)
            self.stranded_s += stranded * (now_s - self.now_s)
            if not self.steps or self.steps[-1][1:] != (self.in_use, stranded):
                self.steps.append((self.now_s, self.in_use, stranded))
            self.now_s = now_s

    def note(self, now_s: float, event: object) -> None:
        """Count an event."""
        self.pass_to(now_s)
        match event:
            case WorkQueued(work=name):
                self._queued_s[name] = now_s
                self._wait(name)
                self.log.append((now_s, "queued", name, ""))
            case WorkPlaced(work=name, node=node):
                self.in_use += self.works[name].pod.asks
                self._pods[name] += 1
                if self._pods[name] == 1:
                    self.running += 1
                    self._wait(name, -1)
                    self.waits_s.setdefault(name, now_s - self._queued_s[name])
                self.log.append((now_s, "placed", name, node))
            case WorkEvicted(work=name, lost_gpu_s=lost):
                self._leave(name)
                self._wait(name)
                self.preemptions += 1
                self.lost_gpu_s += lost
                self.log.append((now_s, "preempted", name, ""))
            case WorkEnded(work=name):
                self._leave(name)
                self.ended_s[name] = now_s
                self.log.append((now_s, "ended", name, ""))

    def _wait(self, name: str, more: int = 1) -> None:
        """Count a job among those that wait for GPUs, or out."""
        work = self.works[name]
        if asks := work.pod.asks * work.pods:
            self._asks[asks] += more
            if not self._asks[asks]:
                del self._asks[asks]

    def _leave(self, name: str) -> None:
        self.in_use -= self.works[name].pod.asks * self._pods.pop(name)
        self.running -= 1

    @property
    def digest(self) -> str:
        """The digest of the log."""
        hashed = hashlib.sha256()
        for at_s, what, job, node in self.log:
            hashed.update(f"{at_s:.6f} {what} {job} {node}\n".encode())
        return hashed.hexdigest()[:16]


def rank(values: Sequence[float], share: float) -> float:
    """Return the smallest of the sorted values that at least this share of them do not exceed."""
    return values[max(math.ceil(share * len(values)) - 1, 0)]


def hours(milli_s: float) -> float:
    """Return thousandths of GPUs times seconds as GPU-hours."""
    return milli_s / WHOLE / 3600
