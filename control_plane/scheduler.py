"""What runs where: given nodes, what runs and what waits, the next thing to do. Pure.

`next_action` is asked again after each action until it has none. A placement policy picks among nodes that fit; the
order says whether a job that does not fit holds up those behind it; what else may be done to make room is in `Rules`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from control_plane.packing import Layout, Placement, pick, repacked
from control_plane.quotas import Quota, admits, borrowed, owed


class NoNodeCouldHold(ValueError):
    """A job asks for more GPUs than any node has; the message names the job."""


@dataclass(frozen=True)
class Work:
    """A job for the scheduler: `gpus` on one node for `runs_s` seconds; a higher priority goes first."""

    name: str
    gpus: int
    runs_s: float
    namespace: str = "default"
    priority: int = 0


@dataclass(frozen=True)
class Rules:
    """How a scheduler decides.

    `order` "strict" lets the first in the queue hold up the others, "best-effort" passes it by. `consolidates`: running
    jobs are moved together to make room. `preempts`: a job of lower priority, or one on borrowed GPUs, gives way.
    """

    placement: Placement = "best-fit"
    order: Literal["strict", "best-effort"] = "best-effort"
    consolidates: bool = False
    preempts: bool = False
    quotas: tuple[Quota, ...] = ()


@dataclass(frozen=True)
class Place:
    """Start the job on the node."""

    work: Work
    node: str


@dataclass(frozen=True)
class Evict:
    """Stop the running job, to make room for `wanting`."""

    work: Work
    wanting: Work


@dataclass(frozen=True)
class Rearrange:
    """Start `work` on `node` after moving running jobs to the nodes that `moves` names."""

    work: Work
    node: str
    moves: tuple[tuple[Work, str], ...]


Action = Place | Evict | Rearrange


def check(work: Work, nodes: Mapping[str, int]) -> None:
    """Refuse a job that no node could ever hold. Raises `NoNodeCouldHold`."""
    largest = max(nodes.values(), default=0)
    if not 0 < work.gpus <= largest:
        raise NoNodeCouldHold(f"job {work.name} asks for {work.gpus} GPUs; the largest node has {largest}")


def next_action(
    rules: Rules, nodes: Mapping[str, int], running: Sequence[tuple[Work, str]], queue: Sequence[Work]
) -> Action | None:
    """Return the next thing to do; None when everybody who waits must.

    `nodes` maps a node to its GPUs; `running` holds what runs with its node, oldest first; `queue` what waits.
    """
    used = Counter[str]()
    for work, _ in running:
        used[work.namespace] += work.gpus
    layout = Layout.of(nodes, [(work.name, work.gpus, node) for work, node in running])
    waiting = sorted(queue, key=lambda work: -work.priority)
    for work in waiting:
        if admits(rules.quotas, used, work.namespace, work.gpus):
            node = pick(rules.placement, layout, work.gpus)
            if node is not None:
                return Place(work, node)
        if rules.order == "strict":
            break
    for work in waiting:
        if not admits(rules.quotas, used, work.namespace, work.gpus):
            continue
        if rules.consolidates and work.gpus <= layout.free:
            found = repacked(layout, work.name, work.gpus)
            if found is not None:
                by_name = {w.name: w for w, _ in running}
                return Rearrange(work, found[0], tuple((by_name[name], to) for name, to in found[1]))
        if rules.preempts:
            victim = _victim(rules, running, used, work)
            if victim is not None:
                return Evict(victim, work)
    return None


def _victim(
    rules: Rules, running: Sequence[tuple[Work, str]], used: Mapping[str, int], wanting: Work
) -> Work | None:
    """Return the youngest job that must give way: one on borrowed GPUs under quotas, else one of lower priority."""
    for work, _ in reversed(running):
        if rules.quotas:
            lends = work.namespace != wanting.namespace and borrowed(rules.quotas, used, work.namespace) > 0
            if lends and owed(rules.quotas, used, wanting.namespace, wanting.gpus):
                return work
        elif work.priority < wanting.priority:
            return work
    return None
