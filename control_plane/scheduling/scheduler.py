"""The scheduler: which job starts next, where, and what gives way for it. Pure.

It keeps its account from one decision to the next, so that a decision costs what has changed since the last one. Jobs
of one shape, namespace and priority form a line: they fit or wait together. A line that found no room is looked at
again when a node gets room for it, and one that its quota held back when its cohort uses less.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import count

from gateway_sim.control_plane.scheduling.capacity import Capacity
from gateway_sim.control_plane.scheduling.lines import Line, Lines, line_of
from gateway_sim.control_plane.scheduling.packing import Layout, in_sum, packed_anew, repacked
from gateway_sim.control_plane.scheduling.preempting import Preempting, Run, UnderWay, may_preempt, used_on
from gateway_sim.control_plane.scheduling.quotas import admits
from gateway_sim.control_plane.scheduling.rooms import Rooms
from gateway_sim.control_plane.scheduling.shares import WHOLE, Node, Pod, ways
from gateway_sim.control_plane.scheduling.work import (
    Action,
    Place,
    Preempt,
    Rearrange,
    Rules,
    Work,
    in_gpus,
)


class Scheduler:
    """Decides about the jobs that were submitted, on `nodes`, each with its GPUs or as a `Node`.

    With `waits` the victims of a preemption are in no queue and keep their GPUs until `left` says that they have left.
    The job that preempted them gives way to no other until then. It starts elsewhere if it finds room before.
    """

    def __init__(self, rules: Rules, nodes: Mapping[str, int | Node], *, waits: bool = False) -> None:
        self.rules = rules
        self._waits = waits
        self._nodes = {name: Node.of(node) if isinstance(node, int) else node for name, node in nodes.items()}
        self._in_sum = rules.placement == "in-sum"
        self._capacity = Capacity(self._nodes.values(), as_blocks=rules.consolidates or self._in_sum)
        self._rooms = Rooms(self._nodes, rules.placement)
        self._rooms.expect(dict(rules.mix))
        self._idle = {name: len(node.gpus) for name, node in self._nodes.items()}
        self._lines = Lines(rules.quotas, strict=rules.order == "strict")
        self._numbers = count()
        self._runs: dict[str, Run] = {}
        self._under_way: dict[Preempt, UnderWay] = {}
        self._on: dict[int, dict[str, None]] = defaultdict(dict)
        self._fruitless: dict[Line, int] = {}
        self._milli: Counter[str] = Counter()
        self.used: dict[str, float] = {}
        self._priorities: Counter[int] = Counter()
        self._pods: Counter[Pod] = Counter()

    def check(self, work: Work) -> None:
        """Refuse a job that could never run on these nodes, or whose numbers are off. Raises `WorkRefused`."""
        self._capacity.check(work)

    def submit(self, work: Work) -> None:
        """Queue a job behind those of its priority."""
        self._lines.wait(work)
        self._pods[work.pod] += work.pods

    def withdraw(self, name: str) -> bool:
        """Take a job out of the queue; False where it is not in it."""
        work = self._lines.withdraw(name)
        if work is not None:
            self._pods[work.pod] -= work.pods
        return work is not None

    def start(self, work: Work, nodes: Sequence[str]) -> None:
        """Let a job run on these nodes, a pod each, as if it had been placed there: to begin in the middle."""
        self._pods[work.pod] += work.pods
        self._run(work, [(self._rooms.number[node], self._gpu_on(node, work.pod)) for node in nodes])

    def end(self, name: str) -> None:
        """Note that a running job has ended."""
        run = self._runs[name]
        self._pods[run.work.pod] -= run.work.pods
        self._leave(run)

    def decide(self, draw: float = 0.0) -> Action | None:
        """Return the next action, and take it as done; None when every queued job must wait.

        `draw` in [0, 1) selects the node where the placement is "random".
        """
        lines = self._lines
        if self.rules.placement == "least-fragmenting" and not self.rules.mix and lines.untried:
            self._rooms.expect(+self._pods)
        for line, action in self._in_turn():
            if action is not None:
                if (elsewhere := self._elsewhere(line, action, draw)) is not None:
                    return elsewhere
                continue
            if lines.blocked(line):
                continue
            if not admits(self.rules.quotas, self.used, line.namespace, line.gpus):
                lines.hold(line)
                continue
            places = self._found(line, draw)
            if places is None:
                lines.stick(line)
                continue
            return self._placed(lines.take(line), places)
        return self._with_room_made() if self.rules.consolidates or self.rules.preempts else None

    def _in_turn(self) -> list[tuple[Line, Preempt | None]]:
        """Return the untried lines in order; before those of its priority a job that waits for others to leave."""
        lines = [(line, None) for line in self._lines.in_order(self._lines.untried)]
        waiting = [(line_of(action.work), action) for action, one in self._under_way.items() if one.coming]
        return sorted([*waiting, *lines], key=lambda one: -one[0].priority) if waiting else [*lines]

    def _placed(self, work: Work, places: Sequence[tuple[int, int]]) -> Place:
        self._run(work, places)
        node, *others = (self._rooms.names[number] for number, _ in places)
        return Place(work, node, tuple(others))

    def _found(self, line: Line, draw: float) -> list[tuple[int, int]] | None:
        """Return the node and the GPU for each pod of a line's job, or None where not all find room."""
        if self._in_sum:
            node = in_sum(self._idle, line.pod.gpus)
            return None if node is None else [(self._rooms.number[node], WHOLE)]
        if line.pods == 1:
            place = self._rooms.pick(line.pod, draw)
            return None if place is None else [place]
        if line.pod.asks * line.pods > self._rooms.free:
            return None
        places: list[tuple[int, int]] = []
        taken: list[tuple[int, tuple[int, ...]]] = []
        while len(places) < line.pods and (place := self._rooms.pick(line.pod, draw)) is not None:
            places.append(place)
            taken.append((place[0], self._rooms.take(place[0], line.pod, place[1])))
        for number, gpus in reversed(taken):
            self._rooms.give(number, line.pod, gpus)
        return places if len(places) == line.pods else None

    def _run(
        self, work: Work, places: Sequence[tuple[int, int]], known: Run | None = None, prefers: Sequence[int] = ()
    ) -> Run:
        """Take the GPUs of a job that starts; a `known` one that is moved or shrunk keeps its number."""
        number, asked = (known.number, known.asked) if known else (next(self._numbers), work)
        run = Run(work, number, asked, [])
        for node, free in places:
            gpus = () if self._in_sum else self._rooms.take(node, work.pod, free, prefers)
            run.places.append((node, gpus))
            self._idle[self._rooms.names[node]] -= work.gpus
            self._on[node][work.name] = None
        self._runs[work.name] = run
        self._priorities[work.priority] += 1
        self._use(work, 1)
        return run

    def _leave(self, run: Run) -> None:
        """Give the GPUs of a running job back, and look again at the lines that may use them."""
        work = run.work
        del self._runs[work.name]
        for node, gpus in run.places:
            if not self._in_sum:
                self._rooms.give(node, work.pod, gpus)
            self._idle[self._rooms.names[node]] += work.gpus
            self._on[node].pop(work.name, None)
        self._priorities[work.priority] -= 1
        self._use(work, -1)
        self._wake([node for node, _ in run.places])
        self._lines.release(work.namespace)

    def _wake(self, nodes: Iterable[int]) -> None:
        stuck, fits = self._lines.stuck, self._rooms.fits
        # a gang may fit with the other nodes' room
        self._lines.free(line for line in list(stuck) if self._in_sum or any(fits(node, line.pod) for node in nodes))

    def _use(self, work: Work, sign: int) -> None:
        milli = self._milli[work.namespace] + sign * work.gpus * work.milli * work.pods
        self._milli[work.namespace] = milli
        self.used[work.namespace] = in_gpus(milli)

    def _gpu_on(self, node: str, pod: Pod) -> int:
        found = ways(self._rooms.states[self._rooms.number[node]], pod)
        return found[0] if found else WHOLE

    def _with_room_made(self) -> Action | None:
        """Return how to make room for a job that fits on no node, or None; moving others is preferred to preempting."""
        rules, lines = self.rules, self._lines
        for line in lines.in_order([*lines.stuck, *(lines.held if rules.preempts else ())]):
            if lines.blocked(line):
                continue
            action: Action | None = None
            if rules.consolidates and line in lines.stuck:
                action = self._moved_together(line)
            if action is None and rules.preempts and line.pods == 1:
                lower = any(running and priority < line.priority for priority, running in self._priorities.items())
                if may_preempt(rules.quotas, self.used, line, line.gpus, lower):
                    action = self._preempted(line)
            if action is not None:
                return action
        return None

    def _moved_together(self, line: Line) -> Rearrange | None:
        gpus = line.pod.gpus
        jobs = [(run.work.name, run.work.gpus, self._rooms.names[run.places[0][0]]) for run in self._runs.values()]
        layout = Layout.of({name: len(node.gpus) for name, node in self._nodes.items()}, jobs)
        # those that leave still use GPUs, and run no more
        if gpus > layout.free or self._under_way:
            return None
        name = self._lines.first(line).name
        anew = packed_anew(layout, name, gpus) if self.rules.repacks_anew else None
        found = anew or repacked(layout, name, gpus)
        if found is None:
            return None
        node, moves = found
        movers = [(self._runs[moved], to) for moved, to in moves]
        order = list(self._runs)
        work = self._lines.take(line)
        for run, _ in movers:
            self._leave(run)
        for run, to in movers:
            self._run(run.work, [(self._rooms.number[to], WHOLE)], run)
        # a moved job keeps its place among the running ones
        self._runs = {name: self._runs[name] for name in order}
        self._run(work, [(self._rooms.number[node], WHOLE)])
        return Rearrange(work, node, tuple((run.work, to) for run, to in movers))

    def _preempted(self, line: Line) -> Preempt | None:
        found = [(at, at.victims(self._runs[name] for name in self._on[at.node])) for at in self._worth_a_look(line)]
        choices = [(at, victims, at.kept(victims)) for at, victims in found if victims]
        if not choices:
            self._fruitless[line] = len(self._rooms.changed)
            return None
        towards = 1 if self.rules.victims == "oldest" else -1
        # the fewest GPUs; among equals the victims that the rules put first
        at, victims, kept = min(
            choices,
            key=lambda choice: (sum(v.work.asks for v in choice[1]) - choice[2], towards * choice[1][-1].number),
        )
        work, place = self._lines.take(line), self._rooms.names[at.node]
        for run in victims:
            self._leave(run)
            self._pods[run.work.pod] -= 1
            self._pods[run.asked.pod] += 1
        smaller = self._shrunk(victims[-1], at.node, kept) if kept else None
        given = [n for _, gpus in used_on(at.node, victims) for n in gpus]
        coming = self._run(work, [(at.node, self._gpu_on(place, work.pod))], prefers=given)
        action = Preempt(work, place, tuple(run.asked for run in victims), kept)
        if self._waits:
            under_way = self._under_way[action] = UnderWay(victims, smaller, coming)
            under_way.hold(self._rooms)
        else:
            self.left(action)
        return action

    def _shrunk(self, run: Run, node: int, kept: int) -> Run:
        smaller = replace(run.work, gpus=kept)
        self._pods[run.asked.pod] -= 1
        self._pods[smaller.pod] += 1
        return self._run(smaller, [(node, WHOLE)], run, run.places[0][1][:kept])

    def _elsewhere(self, line: Line, action: Preempt, draw: float) -> Place | None:
        """Start a job where it finds room before the others have left."""
        if self._found(line, draw) is None:
            return None
        under_way = self._under_way[action]
        under_way.let_go(self._rooms)
        assert under_way.coming is not None
        self._leave(under_way.coming)
        under_way.coming = None
        under_way.hold(self._rooms)
        # it needs less of its own node's idle GPUs now
        places = self._found(line, draw)
        assert places is not None
        return self._placed(action.work, places)

    def left(self, action: Preempt) -> bool:
        """Note that the victims of a preemption have left: those that were evicted wait again.

        Return whether `action.work` starts in their place now; False where it has started elsewhere.
        """
        for victim in action.evicted:
            self._lines.wait(victim)
        under_way = self._under_way.pop(action, None)
        if under_way is None:
            return True
        under_way.let_go(self._rooms)
        self._wake(under_way.nodes)
        # those that came may give way now, though no node has changed
        self._fruitless.clear()
        return under_way.coming is not None

    def _worth_a_look(self, line: Line) -> list[Preempting]:
        """Return the occupied nodes; without quotas only those that changed since the last look found no victims."""
        since = None if self.rules.quotas else self._fruitless.get(line)
        nodes = range(len(self._rooms.names)) if since is None else sorted(set(self._rooms.changed[since:]))
        return [Preempting(self.rules, self._rooms, self.used, line, node) for node in nodes if self._on.get(node)]
