"""The queue of a scheduler: jobs of one shape, namespace and priority form a line, and fit or wait together. Pure.

A line is `untried`, or `stuck` because no node has room for its jobs, or `held` back by its quota.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Sequence
from itertools import count
from typing import NamedTuple

from gateway_sim.control_plane.scheduling.quotas import Quota, quota_of
from gateway_sim.control_plane.scheduling.shares import Pod
from gateway_sim.control_plane.scheduling.work import Work, in_gpus


class Line(NamedTuple):
    """What the jobs of a line have in common."""

    pod: Pod
    pods: int
    namespace: str
    priority: int

    @property
    def gpus(self) -> float:
        """The GPUs that one of its jobs takes."""
        return in_gpus(self.pod.asks * self.pods)


def line_of(work: Work) -> Line:
    """Return the line of a job."""
    return Line(work.pod, work.pods, work.namespace, work.priority)


class Lines:
    """The waiting jobs. In strict order, of all or of a namespace whose quota is strict, the first blocks the rest."""

    def __init__(self, quotas: Sequence[Quota], *, strict: bool) -> None:
        self._quotas = quotas
        self._strict = strict
        self._numbers = count()
        self._jobs: dict[Line, deque[tuple[int, Work]]] = {}
        self._line: dict[str, Line] = {}
        self.untried: dict[Line, None] = {}
        self.stuck: dict[Line, None] = {}
        self._held: dict[str, dict[Line, None]] = defaultdict(dict)

    def wait(self, work: Work) -> None:
        """Put a job at the end of its line."""
        line = line_of(work)
        jobs = self._jobs.get(line)
        if jobs is None:
            jobs = self._jobs[line] = deque()
            self.untried[line] = None
        jobs.append((next(self._numbers), work))
        self._line[work.name] = line

    def first(self, line: Line) -> Work:
        """Return the first job of a line."""
        return self._jobs[line][0][1]

    def take(self, line: Line) -> Work:
        """Take the first job of a line out of the queue."""
        jobs = self._jobs[line]
        _, work = jobs.popleft()
        del self._line[work.name]
        if not jobs:
            self._drop(line)
        return work

    def withdraw(self, name: str) -> Work | None:
        """Take a job out of the queue and return it; None where it is not in it."""
        line = self._line.pop(name, None)
        if line is None:
            return None
        jobs = self._jobs[line]
        place = next(n for n, (_, work) in enumerate(jobs) if work.name == name)
        _, work = jobs[place]
        del jobs[place]
        if not jobs:
            self._drop(line)
        return work

    def in_order(self, lines: Iterable[Line]) -> list[Line]:
        """Return lines in the order of their first jobs: by priority, then by arrival."""
        found = list(lines)
        return sorted(found, key=self._turn) if len(found) > 1 else found

    def blocked(self, line: Line) -> bool:
        """Return whether a job that is before this line's in strict order waits."""
        others: Iterable[Line] = self._jobs
        if not self._strict:
            quota = quota_of(self._quotas, line.namespace)
            if quota is None or not quota.strict:
                return False
            others = (other for other in self._jobs if other.namespace == line.namespace)
        turn = self._turn(line)
        return any(self._turn(other) < turn for other in others)

    def stick(self, line: Line) -> None:
        """Note that no node has room for an untried line."""
        del self.untried[line]
        self.stuck[line] = None

    def hold(self, line: Line) -> None:
        """Note that its quota holds an untried line back."""
        del self.untried[line]
        self._held[self._pool(line.namespace)][line] = None

    @property
    def held(self) -> list[Line]:
        """The lines that their quotas hold back."""
        return [line for lines in self._held.values() for line in lines]

    def free(self, lines: Iterable[Line]) -> None:
        """Let stuck lines be tried again."""
        for line in list(lines):
            del self.stuck[line]
            self.untried[line] = None

    def release(self, namespace: str) -> None:
        """Let the lines be tried again that wait for the quota which a namespace uses."""
        if self._held:
            self.untried |= self._held.pop(self._pool(namespace), {})

    def _turn(self, line: Line) -> tuple[int, int]:
        return -line.priority, self._jobs[line][0][0]

    def _drop(self, line: Line) -> None:
        del self._jobs[line]
        for lines in (self.untried, self.stuck, *self._held.values()):
            lines.pop(line, None)

    def _pool(self, namespace: str) -> str:
        """Return what frees quota for a namespace when it is used less: its cohort, or itself."""
        quota = quota_of(self._quotas, namespace)
        return f"cohort {quota.cohort}" if quota is not None and quota.cohort else f"namespace {namespace}"
