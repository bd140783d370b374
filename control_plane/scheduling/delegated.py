"""A cluster's scheduler whose placements a team's own scheduler decides. Pure.

The account is the project's: queue, quotas, free GPUs. Each answer is held to it as a whole before any of it is carried
out, so a wrong one changes nothing.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from gateway_sim.control_plane.scheduling.lines import line_of
from gateway_sim.control_plane.scheduling.placers import FreeNode, Placer, WaitingJob
from gateway_sim.control_plane.scheduling.quotas import admits, quota_of
from gateway_sim.control_plane.scheduling.scheduler import Scheduler
from gateway_sim.control_plane.scheduling.shares import Node, after, ways
from gateway_sim.control_plane.scheduling.work import Action, Place, Preempt, Rules, Work

Places = list[tuple[int, int]]
"""For each pod of a job the number of its node, and the GPU there by its free thousandths."""


class PlacementRefused(ValueError):
    """An answer that the cluster cannot carry out; the message names the job and what is wrong with it."""


class Delegated(Scheduler):
    """Asks a `placer` for placements; quotas, order, preemption and moves stay with the rules.

    The placer sees the jobs that their quotas admit, in strict order the first one only. Room is made for a job only
    where no nodes have it. `failed` is called with what the placer raised, or with the `PlacementRefused` of its
    answer; after that nothing is placed any more. `clock` returns the seconds that the placer is told.
    """

    def __init__(
        self,
        placer: Placer,
        rules: Rules,
        nodes: Mapping[str, int | Node],
        *,
        clock: Callable[[], float],
        failed: Callable[[BaseException], None],
        waits: bool = False,
    ) -> None:
        super().__init__(replace(rules, placement="first-fit"), nodes, waits=waits)
        self._placer = placer
        self._clock = clock
        self._tell = failed
        self._failed = False
        self._submitted: dict[str, tuple[Work, WaitingJob]] = {}
        self._waiting: dict[str, WaitingJob] = {}
        self._free = free_nodes(dict(zip(self._rooms.names, self._rooms.states, strict=True)))
        self._seen = 0
        self._answer: deque[tuple[Work, Places]] = deque()

    def submit(self, work: Work) -> None:
        """Queue a job."""
        super().submit(work)
        pod = work.pod
        job = WaitingJob(work.name, *pod, work.pods, work.namespace, work.priority, self._clock(), work.limit_s)
        self._submitted[work.name] = work, job
        self._wait(job)

    def withdraw(self, name: str) -> bool:
        """Take a job out of the queue; False where it is not in it."""
        self._answer.clear()
        if not super().withdraw(name):
            return False
        del self._waiting[name], self._submitted[name]
        return True

    def end(self, name: str) -> None:
        """Note that a running job has ended."""
        del self._submitted[name]
        self._answer.clear()
        super().end(name)

    def left(self, action: Preempt) -> bool:
        """Note that the victims of a preemption have left: those that were evicted wait again.

        Return True: the job that they made room for has kept to its node.
        """
        starts = super().left(action)
        for victim in action.evicted:
            self._wait(self._submitted[victim.name][1])
        return starts

    def decide(self, draw: float = 0.0) -> Action | None:
        """Return the next action, and take it as done; None when every queued job must wait."""
        placed = self._answered()
        if placed is not None or self._failed or not (self.rules.consolidates or self.rules.preempts):
            return placed
        for line in list(self._lines.untried):
            if not admits(self.rules.quotas, self.used, line.namespace, line.gpus):
                self._lines.hold(line)
            elif self._found(line, 0.0) is None:
                self._lines.stick(line)
        action = self._with_room_made()
        if action is not None:
            del self._waiting[action.work.name]
        return action

    def _wait(self, job: WaitingJob) -> None:
        self._waiting[job.name] = job
        self._answer.clear()

    def _answered(self) -> Place | None:
        """Return the next start of the answer, or of a new one; what a quota no longer admits is asked anew."""
        while self._answer or self._asked():
            work, places = self._answer.popleft()
            if not admits(self.rules.quotas, self.used, work.namespace, work.asks):
                self._answer.clear()
                continue
            self._lines.withdraw(work.name)
            del self._waiting[work.name]
            return self._placed(work, places)
        return None

    def _asked(self) -> bool:
        """Ask the placer; return whether it starts a job."""
        waiting = {} if self._failed else self._admitted()
        if not waiting:
            return False
        for number in dict.fromkeys(self._rooms.changed[self._seen :]):
            self._free[number] = FreeNode(
                self._rooms.names[number], *self._rooms.states[number], tuple(self._on[number])
            )
        self._seen = len(self._rooms.changed)
        try:
            answer = self._placer.place(tuple(self._free), tuple(waiting.values()), self._clock())
            self._answer.extend(self._checked(answer, waiting))
        except (Exception, SystemExit) as error:
            self._failed = True
            self._tell(error)
        return bool(self._answer)

    def _admitted(self) -> Mapping[str, WaitingJob]:
        """Return the jobs that may start now, as far as order and quotas go."""
        quotas = self.rules.quotas
        if not quotas and self.rules.order != "strict":
            return self._waiting
        found, known = dict[str, WaitingJob](), dict[object, bool]()
        for name, job in self._waiting.items():
            work = self._submitted[name][0]
            line = line_of(work)
            if line not in known:
                open_ = not self._lines.blocked(line)
                known[line] = open_ and admits(quotas, self.used, line.namespace, line.gpus)
            quota = quota_of(quotas, job.queue)
            alone = self.rules.order == "strict" or (quota is not None and quota.strict)
            if known[line] and (not alone or self._lines.first(line).name == name):
                found[name] = job
        return found

    def _checked(self, answer: Any, waiting: Mapping[str, WaitingJob]) -> list[tuple[Work, Places]]:
        """Return the starts of an answer with their places. Raises `PlacementRefused`."""
        if isinstance(answer, str) or not hasattr(answer, "__iter__"):
            raise PlacementRefused(f"it answered {answer!r}; an answer is a list of Start(job, nodes)")
        found, rooms = dict[str, tuple[Work, Places]](), dict[int, Node]()
        for each in answer:
            name, nodes = _read(each)
            if name in found:
                raise PlacementRefused(f"it starts {name} twice in one answer")
            if name not in waiting:
                raise PlacementRefused(f"it starts {name}, which {self._instead(name)}")
            work = self._submitted[name][0]
            if len(nodes) != work.pods:
                raise PlacementRefused(f"it starts {name} on {_many(len(nodes))}; its pods, {work.pods}, need one each")
            found[name] = work, [self._place(work, node, rooms) for node in nodes]
        return list(found.values())

    def _place(self, work: Work, node: str, rooms: dict[int, Node]) -> tuple[int, int]:
        """Return the place of a pod, and take it from the `rooms` that the answer leaves. Raises `PlacementRefused`."""
        number = self._rooms.number.get(node)
        if number is None:
            there = ", ".join(self._rooms.names[:4]) + (", ..." if len(self._rooms.names) > 4 else "")
            raise PlacementRefused(f"it starts {work.name} on {node}, which does not exist; the nodes are {there}")
        room = rooms.get(number, self._rooms.states[number])
        gpus = ways(room, work.pod)
        if not gpus:
            before = " after what it starts there before" if number in rooms else ""
            raise PlacementRefused(
                f"it starts {work.name} on {node}, which has no room for it{before}: a pod takes {_said(work)}; free "
                f"are GPUs of {list(room.gpus)} thousandths, {room.cpu_milli} mCPU and {room.memory_mib} MiB"
            )
        rooms[number] = after(room, work.pod, gpus[0])
        return number, gpus[0]

    def _instead(self, name: str) -> str:
        if name in self._runs:
            return "runs"
        return "its queue holds back" if name in self._waiting else "does not wait"


def free_nodes(nodes: Mapping[str, int | Node]) -> list[FreeNode]:
    """Return nodes, each with its free GPUs or as a `Node`, as a placer is told of them."""
    rooms = {name: Node.of(node) if isinstance(node, int) else node for name, node in nodes.items()}
    return [FreeNode(name, tuple(sorted(room.gpus)), *room[1:]) for name, room in rooms.items()]


def _read(each: Any) -> tuple[str, Sequence[str]]:
    """Return the job and the nodes of a start. Raises `PlacementRefused`."""
    try:
        name, nodes = each
        words = [name, *nodes]
    except (TypeError, ValueError):
        name, nodes, words = "", "", []
    if isinstance(nodes, str) or not all(isinstance(word, str) for word in words):
        raise PlacementRefused(f"its answer has {each!r}; a start is Start(job, nodes), with a list of names of nodes")
    return name, words[1:]


def _many(nodes: int) -> str:
    return "1 node" if nodes == 1 else f"{nodes} nodes"


def _said(work: Work) -> str:
    gpus = f"{work.milli} thousandths of a GPU" if work.pod.shares else f"{work.gpus} GPUs"
    return f"{gpus}, {work.cpu_milli} mCPU and {work.memory_mib} MiB"
