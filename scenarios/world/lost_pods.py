"""Pods that crash, freeze and come back: what a fault does to them, and the control plane that learns of it."""

import asyncio
from collections import Counter
from collections.abc import Callable
from typing import Protocol

from gateway_sim.control_plane.jobs.reconciler import PodLauncher
from gateway_sim.scenarios.sim.events import ContainerRestarted, PodCrashed, PodFroze, PodLost, PodThawed
from gateway_sim.scenarios.world.fault import Undo

Pod = tuple[str, str, int]
"""Account, job, incarnation."""


class Watcher(Protocol):
    """Learns of losses; the control plane's `PodWatch` does."""

    def lost(self, account: str, job: str, incarnation: int, how: str) -> None:
        """Take note that the pod is lost; `how` is "crashed" or "froze"."""
        ...

    def back(self, account: str, job: str, incarnation: int) -> None:
        """Learn that the pod answers again."""
        ...


class LostPods:
    """The pods of an engine that are lost now; each loss and each return is reported once."""

    def __init__(self, emitter: Callable[[str], Callable[[object], None]], notice_s: float) -> None:
        self.watcher: Watcher | None = None
        self._emitter = emitter
        self._notice_s = notice_s
        self._kinds: dict[Pod, type[PodLost]] = {}

    def how(self, pod: Pod) -> type[PodLost] | None:
        """Return `PodCrashed` or `PodFroze`; None of a pod that is not lost."""
        return self._kinds.get(pod)

    def crashed(self, pod: Pod) -> None:
        """Report that the pod's process has ended by itself."""
        self._lost(pod, PodCrashed)

    def froze(self, pod: Pod) -> None:
        """Report that the pod's process does not answer."""
        if pod not in self._kinds:
            self._lost(pod, PodFroze)

    def thawed(self, pod: Pod) -> None:
        """Report that a frozen pod answers again."""
        if self._kinds.get(pod) is PodFroze:
            self._back(pod, PodThawed(*pod))

    def restarted(self, pod: Pod) -> None:
        """Report that a crashed pod's container was started again."""
        if self._kinds.get(pod) is PodCrashed:
            self._back(pod, ContainerRestarted(*pod))

    def forget(self, pod: Pod) -> None:
        """Drop a pod that the control plane has stopped."""
        self._kinds.pop(pod, None)

    def _lost(self, pod: Pod, kind: type[PodLost]) -> None:
        if self._kinds.get(pod) is kind:
            return
        self._kinds[pod] = kind
        self._emit(pod, kind(*pod, self._notice_s))
        if self.watcher is not None:
            self.watcher.lost(*pod, kind.how)

    def _back(self, pod: Pod, event: object) -> None:
        del self._kinds[pod]
        self._emit(pod, event)
        if self.watcher is not None:
            self.watcher.back(*pod)

    def _emit(self, pod: Pod, event: object) -> None:
        _, job, incarnation = pod
        self._emitter(f"pod-{job}-{incarnation}")(event)


class Pods(PodLauncher, Protocol):
    """An engine's launcher, whose pods can crash, freeze and come back; all save under `checkpoint_root`."""

    lost: LostPods
    checkpoint_root: str

    def newest(self, account: str, job: str) -> int | None:
        """Return the incarnation of the job's newest pod; None if the job has no pod."""
        ...

    def kill(self, pod: Pod) -> None:
        """End the pod's process at once (SIGKILL): its memory is gone, its connections are reset."""
        ...

    def freeze(self, pod: Pod) -> None:
        """Stop the pod's process where it is (SIGSTOP): connections to it stay open, and nothing is answered."""
        ...

    def thaw(self, pod: Pod) -> None:
        """Let a frozen process go on (SIGCONT)."""
        ...

    async def restart(self, pod: Pod) -> None:
        """Start a crashed pod's container again at its address, unless the control plane has stopped the pod."""
        ...


class PodOutages:
    """Keeps pods crashed or frozen while a fault holds them so; for a job without a pod, a call does nothing."""

    def __init__(self, pods: Pods) -> None:
        self._pods = pods
        self._crashed: Counter[Pod] = Counter()
        self._frozen: Counter[Pod] = Counter()
        self._restarting: dict[asyncio.Task[None], None] = {}

    def crash(self, account: str, job: str) -> Undo:
        """Kill the job's newest pod; the undo restarts its container once every such call for the pod is undone."""
        return self._hold(account, job, self._crashed, self._pods.kill, self._restart)

    def freeze(self, account: str, job: str) -> Undo:
        """Freeze the job's newest pod; the undo thaws it once every such call for the pod is undone."""
        return self._hold(account, job, self._frozen, self._pods.freeze, self._pods.thaw)

    async def close(self) -> None:
        """Restart nothing more."""
        restarting = list(self._restarting)
        for task in restarting:
            task.cancel()
        await asyncio.gather(*restarting, return_exceptions=True)

    def _hold(
        self, account: str, job: str, held: Counter[Pod], begin: Callable[[Pod], None], end: Callable[[Pod], None]
    ) -> Undo:
        incarnation = self._pods.newest(account, job)
        if incarnation is None:
            return lambda: None
        pod = (account, job, incarnation)
        held[pod] += 1
        begin(pod)

        def undo() -> None:
            held[pod] -= 1
            if not held[pod]:
                end(pod)

        return undo

    def _restart(self, pod: Pod) -> None:
        task = asyncio.get_running_loop().create_task(self._restarted(pod), name=f"restart the pod of {pod[1]}")
        self._restarting[task] = None
        task.add_done_callback(lambda done: self._restarting.pop(done, None))

    async def _restarted(self, pod: Pod) -> None:
        await self._pods.restart(pod)
        if self._crashed[pod] and self._pods.newest(*pod[:2]) == pod[2]:
            # another fault killed it while it was being restarted
            self._pods.kill(pod)
