"""Which running jobs give way to a waiting one: by priority, or by the quotas; and what they keep. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from gateway_sim.control_plane.scheduling.lines import Line
from gateway_sim.control_plane.scheduling.quotas import Quota, admits, borrowed, owed, quota_of
from gateway_sim.control_plane.scheduling.rooms import Rooms
from gateway_sim.control_plane.scheduling.shares import Pod, ways
from gateway_sim.control_plane.scheduling.work import Rules, Work


@dataclass
class Run:
    """A running job, numbered by its start, with the node of each of its pods and the pod's GPUs there.

    It was submitted as `asked`, with more GPUs than its `work` has where it has given some of them up. While it is
    `coming`, it waits until those that give way have left; it gives way to no other job meanwhile.
    """

    work: Work
    number: int
    asked: Work
    places: list[tuple[int, tuple[int, ...]]]
    coming: bool = False


def used_on(node: int, runs: Iterable[Run]) -> list[tuple[Pod, tuple[int, ...]]]:
    """Return the pods that jobs have on a node, each with its GPUs."""
    return [(run.work.pod, gpus) for run in runs for at, gpus in run.places if at == node]


@dataclass
class UnderWay:
    """A preemption whose `victims` have not left: what they use is held, beyond what the other two were given of it.

    These are the victim that goes on as a `smaller` job, and the job that is `coming`, unless it started elsewhere.
    """

    victims: Sequence[Run]
    smaller: Run | None
    coming: Run | None
    _held: list[tuple[int, list[int]]] = field(default_factory=list)

    @property
    def nodes(self) -> list[int]:
        """The nodes of the victims' pods."""
        return list(dict.fromkeys(node for run in self.victims for node, _ in run.places))

    def hold(self, rooms: Rooms) -> None:
        """Offer none of what the victims still use."""
        given = [run for run in (self.smaller, self.coming) if run]
        for run in given:
            run.coming = True
        self._held = [
            (node, rooms.hold(node, used_on(node, self.victims), used_on(node, given))) for node in self.nodes
        ]

    def let_go(self, rooms: Rooms) -> None:
        """Offer what was held."""
        for node, held in self._held:
            rooms.let_go(node, held)
        for run in (self.smaller, self.coming):
            if run:
                run.coming = False


class Wanting(Protocol):
    """A waiting job's namespace and priority."""

    @property
    def namespace(self) -> str:
        """Its namespace."""

    @property
    def priority(self) -> int:
        """Its priority."""


def may_preempt(
    quotas: Sequence[Quota], used: Mapping[str, float], wanting: Wanting, gpus: float, lower_runs: bool
) -> bool:
    """Return whether to look for jobs that give way to one of `gpus`; `lower_runs`: one of lower priority runs."""
    if not quotas:
        return lower_runs
    own = quota_of(quotas, wanting.namespace)
    if own is None:
        return False
    if own.within == "LowerPriority" and lower_runs:
        return True
    lent = any(borrowed(quotas, used, q.namespace) > 0 for q in quotas if q.cohort == own.cohort and q is not own)
    return own.reclaims != "Never" and lent and owed(quotas, used, wanting.namespace, gpus)


def gives_way(quotas: Sequence[Quota], used: Mapping[str, float], work: Work, wanting: Wanting, gpus: float) -> bool:
    """Return whether `work` must: under quotas if it borrows GPUs that `wanting` is owed, else by priority."""
    lower = work.priority < wanting.priority
    if not quotas:
        return lower
    own, other = quota_of(quotas, wanting.namespace), quota_of(quotas, work.namespace)
    if own is None or other is None:
        return False
    if work.namespace == wanting.namespace:
        return own.within == "LowerPriority" and lower
    if other.cohort != own.cohort or own.reclaims == "Never" or (own.reclaims == "LowerPriority" and not lower):
        return False
    return borrowed(quotas, used, work.namespace) > 0 and owed(quotas, used, wanting.namespace, gpus)


@dataclass(frozen=True)
class Preempting:
    """How much must be freed on `node` for a job of the line `wanting`, where namespaces use `used` GPUs."""

    rules: Rules
    rooms: Rooms
    used: Mapping[str, float]
    wanting: Line
    node: int

    def victims(self, runs: Iterable[Run]) -> list[Run]:
        """Return those of the jobs on the node that must give way, in the rules' order; none if all are too few."""
        used, victims = dict(self.used), list[Run]()
        first = sorted(runs, key=lambda run: run.number, reverse=self.rules.victims == "youngest")
        for run in first:
            if self._enough(used, used_on(self.node, victims)):
                break
            if not run.coming and gives_way(self.rules.quotas, used, run.work, self.wanting, self.wanting.gpus):
                victims.append(run)
                used[run.work.namespace] -= run.work.asks
        return victims if self._enough(used, used_on(self.node, victims)) else []

    def kept(self, victims: Sequence[Run]) -> int:
        """Return the GPUs that the last victim may keep, so that what it and the others give is still enough."""
        last = victims[-1]
        if not self.rules.shrinks or last.work.pods > 1 or last.work.pod.shares:
            return 0
        others, (_, gpus) = used_on(self.node, victims[:-1]), last.places[0]
        for kept in range(last.work.gpus - 1, 0, -1):
            used = dict(self.used)
            for run in victims:
                used[run.work.namespace] -= run.work.asks
            used[last.work.namespace] += kept
            if self._enough(used, [*others, (Pod(last.work.gpus - kept), gpus[kept:])]):
                return kept
        return 0

    def _enough(self, used: Mapping[str, float], freed: Sequence[tuple[Pod, tuple[int, ...]]]) -> bool:
        fits = ways(self.rooms.without(self.node, freed), self.wanting.pod)
        return bool(fits) and admits(self.rules.quotas, used, self.wanting.namespace, self.wanting.gpus)
