"""The scheduler: given the nodes, the running jobs and the queue, the next action. Pure.

`next_action` is called again after each action until it returns None. `Rules` say how a node is chosen, whether a job
that does not fit blocks those behind it, and what may be done to make room.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from gateway_sim.control_plane.scheduling.packing import Layout, Placement, packed_anew, pick, repacked
from gateway_sim.control_plane.scheduling.quotas import Quota, admits, borrowed, owed


class WorkRefused(ValueError):
    """A job that cannot be scheduled; the message names it."""


class NoNodeCouldHold(WorkRefused):
    """A job asks for more GPUs than any node has; the message names the job."""


@dataclass(frozen=True)
class Work:
    """A job for the scheduler: `gpus` on one node for `runs_s` seconds; a higher priority goes first."""

    name: str
    gpus: int
    runs_s: float
    namespace: str = "default"
    priority: int = 0


Victims = Literal["youngest", "oldest"]
"""Which of several jobs is preempted first: the one that started last, or first."""


@dataclass(frozen=True)
class Rules:
    """How a scheduler decides.

    The placement "least-fragmenting" judges by `mix`, the expected jobs as pairs of GPUs and share; without a mix it
    takes the sizes of the jobs that run and wait.
    With `order` "strict" the first in the queue blocks the others, with "best-effort" it does not. `consolidates`
    moves running jobs together to make room, as few GPUs as do, or all jobs to a layout from scratch where it
    `repacks_anew`. `preempts` takes the GPUs of jobs of lower priority, or of jobs on
    borrowed GPUs, the `victims` first.
    """

    placement: Placement = "best-fit"
    order: Literal["strict", "best-effort"] = "best-effort"
    consolidates: bool = False
    repacks_anew: bool = False
    preempts: bool = False
    victims: Victims = "youngest"
    quotas: tuple[Quota, ...] = ()
    mix: tuple[tuple[int, float], ...] = ()


@dataclass(frozen=True)
class Place:
    """Start the job on the node."""

    work: Work
    node: str


@dataclass(frozen=True)
class Preempt:
    """Preempt the `victims` on `node`, and start `work` there."""

    work: Work
    node: str
    victims: tuple[Work, ...]


@dataclass(frozen=True)
class Rearrange:
    """Move running jobs to the nodes that `moves` names, and start `work` on `node`."""

    work: Work
    node: str
    moves: tuple[tuple[Work, str], ...]


Action = Place | Preempt | Rearrange


def check(work: Work, nodes: Mapping[str, int]) -> None:
    """Refuse a job that no node could ever hold, or with a negative run time. Raises `WorkRefused`."""
    if not work.runs_s >= 0:
        raise WorkRefused(f"job {work.name} runs for {work.runs_s:g} s; it must be 0 or more")
    largest = max(nodes.values(), default=0)
    if not 0 < work.gpus <= largest:
        raise NoNodeCouldHold(f"job {work.name} asks for {work.gpus} GPUs; the largest node has {largest}")


def next_action(
    rules: Rules,
    nodes: Mapping[str, int],
    running: Sequence[tuple[Work, str]],
    queue: Sequence[Work],
    *,
    draw: float = 0.0,
) -> Action | None:
    """Return the next action; None when every queued job must wait.

    `nodes` maps a node to its GPUs; `running` holds the running jobs with their nodes, oldest first. `draw` in [0, 1)
    selects the node where the placement is "random".
    """
    used = Counter[str]()
    for work, _ in running:
        used[work.namespace] += work.gpus
    layout = Layout.of(nodes, [(work.name, work.gpus, node) for work, node in running])
    mix = dict(rules.mix) or _mix([*(work for work, _ in running), *queue])
    waiting = sorted(queue, key=lambda work: -work.priority)
    if rules.order == "strict":
        waiting = waiting[:1]
    waiting = [work for work in waiting if admits(rules.quotas, used, work.namespace, work.gpus)]
    for work in waiting:
        node = pick(rules.placement, layout, work.gpus, draw=draw, mix=mix)
        if node is not None:
            return Place(work, node)
    for work in waiting:
        action = _with_room_made(rules, layout, running, used, work)
        if action is not None:
            return action
    return None


def _mix(works: Sequence[Work]) -> dict[int, float]:
    """Return the share of each size among these jobs."""
    counts = Counter(work.gpus for work in works)
    return {gpus: counts[gpus] / len(works) for gpus in sorted(counts)}


def _with_room_made(
    rules: Rules, layout: Layout, running: Sequence[tuple[Work, str]], used: Mapping[str, int], work: Work
) -> Action | None:
    """Return how to make room for a job that fits on no node, or None; moving others is preferred to preempting."""
    if rules.consolidates and work.gpus <= layout.free:
        anew = packed_anew(layout, work.name, work.gpus) if rules.repacks_anew else None
        found = anew or repacked(layout, work.name, work.gpus)
        if found is not None:
            node, moves = found
            by_name = {other.name: other for other, _ in running}
            return Rearrange(work, node, tuple((by_name[name], to) for name, to in moves))
    if rules.preempts:
        choices = [(node, _victims(rules, layout, running, used, work, node)) for node in layout.capacity]
        enough = [(node, victims) for node, victims in choices if victims]
        if enough:
            age = {other: n for n, (other, _) in enumerate(running)}
            towards = 1 if rules.victims == "oldest" else -1
            # the fewest GPUs; among equals the victims that the rules put first
            node, victims = min(
                enough, key=lambda choice: (sum(v.gpus for v in choice[1]), towards * age[choice[1][-1]])
            )
            return Preempt(work, node, victims)
    return None


def _victims(
    rules: Rules,
    layout: Layout,
    running: Sequence[tuple[Work, str]],
    used: Mapping[str, int],
    wanting: Work,
    node: str,
) -> tuple[Work, ...]:
    """Return the jobs on the node that must give way to `wanting`, in the rules' order; () if all are too few."""
    left, idle, victims = dict(used), layout.idle[node], []
    for work, at in running if rules.victims == "oldest" else reversed(running):
        if idle >= wanting.gpus:
            break
        if at == node and _gives_way(rules, left, work, wanting):
            victims.append(work)
            idle += work.gpus
            left[work.namespace] -= work.gpus
    return tuple(victims) if idle >= wanting.gpus else ()


def _gives_way(rules: Rules, used: Mapping[str, int], work: Work, wanting: Work) -> bool:
    """Return whether `work` must: under quotas if it borrows GPUs that `wanting` is owed, else by priority."""
    if not rules.quotas:
        return work.priority < wanting.priority
    lent = work.namespace != wanting.namespace and borrowed(rules.quotas, used, work.namespace) > 0
    return lent and owed(rules.quotas, used, wanting.namespace, wanting.gpus)
