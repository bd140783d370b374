"""Pods that are lost and come back: each loss is reported once, and faults that overlap hold one pod together."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from gateway_sim.scenarios.sim.events import ContainerRestarted, PodCrashed, PodFroze, PodThawed
from gateway_sim.scenarios.world.lost_pods import LostPods, PodOutages
from tests import clock

POD = ("acme", "job-1", 2)
OTHER = ("acme", "job-1", 3)


class Watcher:
    """Notes what it is told."""

    def __init__(self) -> None:
        self.told: list[tuple[object, ...]] = []

    def lost(self, *told: object) -> None:
        """Note a loss."""
        self.told.append(("lost", *told))

    def back(self, *told: object) -> None:
        """Note a return."""
        self.told.append(("back", *told))


def lost_pods(notice_s: float = 7.0) -> tuple[LostPods, list[tuple[str, Any]], Watcher]:
    """Return lost pods, what they emit with its source, and their watcher."""
    told: list[tuple[str, Any]] = []
    lost, watcher = LostPods(lambda source: lambda event: told.append((source, event)), notice_s), Watcher()
    lost.watcher = watcher
    return lost, told, watcher


def test_a_pod_that_crashes_and_is_restarted_is_reported_twice() -> None:
    """By the pod's name, with the detection delay; a second report of the same adds nothing."""
    lost, told, watcher = lost_pods()
    for _ in range(2):
        lost.crashed(POD)
        assert lost.how(POD) is PodCrashed
    lost.froze(POD)
    lost.thawed(POD)
    assert lost.how(POD) is PodCrashed
    for _ in range(2):
        lost.restarted(POD)
        assert lost.how(POD) is None
    assert told == [("pod-job-1-2", PodCrashed(*POD, 7.0)), ("pod-job-1-2", ContainerRestarted(*POD))]
    assert watcher.told == [("lost", *POD, "crashed"), ("back", *POD)]


def test_a_frozen_pod_thaws_or_crashes() -> None:
    """One that thaws was not restarted; one that crashes while it is frozen is lost in another way."""
    lost, told, watcher = lost_pods()
    for _ in range(2):
        lost.froze(POD)
        lost.restarted(POD)
        assert lost.how(POD) is PodFroze
    lost.thawed(POD)
    lost.thawed(POD)
    lost.froze(POD)
    lost.crashed(POD)
    assert [event for _, event in told] == [
        PodFroze(*POD, 7.0), PodThawed(*POD), PodFroze(*POD, 7.0), PodCrashed(*POD, 7.0),
    ]  # fmt: skip
    assert watcher.told == [
        ("lost", *POD, "froze"), ("back", *POD), ("lost", *POD, "froze"), ("lost", *POD, "crashed"),
    ]  # fmt: skip


def test_a_pod_that_was_stopped_is_forgotten_and_needs_no_watcher() -> None:
    """It does not come back."""
    lost, told, _ = lost_pods()
    lost.watcher = None
    lost.crashed(POD)
    lost.forget(POD)
    lost.forget(OTHER)
    lost.restarted(POD)
    lost.froze(OTHER)
    lost.thawed(OTHER)
    assert [type(event) for _, event in told] == [PodCrashed, PodFroze, PodThawed]


class Launched:
    """An engine's pods: notes each call; a restart takes a second."""

    def __init__(self) -> None:
        self.incarnation: int | None = 2
        self.calls: list[tuple[Any, ...]] = []

    def newest(self, account: str, job: str) -> int | None:
        """Return the newest incarnation of the only job."""
        return self.incarnation if (account, job) == POD[:2] else None

    def kill(self, pod: tuple[str, str, int]) -> None:
        """Note it."""
        self.calls.append(("kill", pod))

    def freeze(self, pod: tuple[str, str, int]) -> None:
        """Note it."""
        self.calls.append(("freeze", pod))

    def thaw(self, pod: tuple[str, str, int]) -> None:
        """Note it."""
        self.calls.append(("thaw", pod))

    async def restart(self, pod: tuple[str, str, int]) -> None:
        """Note its beginning, and its end if it comes to it."""
        self.calls.append(("restart", pod))
        await asyncio.sleep(1.0)
        self.calls.append(("restarted", pod))


def held(story: Callable[[PodOutages, Launched], Any]) -> list[tuple[Any, ...]]:
    """Play a story with outages, and return the calls to the engine's pods."""
    pods = Launched()
    clock.run(story(PodOutages(pods), pods))  # type: ignore[arg-type]
    return pods.calls


@pytest.mark.parametrize(("fault", "begin", "end"), [("crash", "kill", "restart"), ("freeze", "freeze", "thaw")])
def test_two_faults_hold_one_pod_until_both_are_over(fault: str, begin: str, end: str) -> None:
    """Each begins on the newest pod; a job without a pod is left alone."""

    async def story(outages: PodOutages, pods: Launched) -> None:
        first, second = getattr(outages, fault)(*POD[:2]), getattr(outages, fault)(*POD[:2])
        getattr(outages, fault)("acme", "other")()
        first()
        await asyncio.sleep(2.0)
        assert pods.calls == [(begin, POD)] * 2
        second()
        await asyncio.sleep(2.0)

    calls = held(story)
    assert calls[2:] == [(end, POD)] + [("restarted", POD)] * (fault == "crash")


@pytest.mark.parametrize(("newest", "killed"), [(2, 2), (3, 1), (None, 1)])
def test_a_pod_that_is_crashed_while_it_is_restarted_is_killed_again(newest: int | None, killed: int) -> None:
    """Unless the control plane has replaced or stopped it by then; while it restarts, a kill finds no process."""

    async def story(outages: PodOutages, pods: Launched) -> None:
        outages.crash(*POD[:2])()
        await asyncio.sleep(0.5)
        pods.calls.clear()
        outages.crash(*POD[:2])
        pods.incarnation = newest
        await asyncio.sleep(2.0)

    assert held(story).count(("kill", POD)) == killed


def test_a_world_that_closes_restarts_nothing_more() -> None:
    """A restart under way is cancelled, and has ended when the close returns; one that is over is not waited for."""

    async def story(outages: PodOutages, pods: Launched) -> None:
        outages.crash(*POD[:2])()
        await asyncio.sleep(2.0)
        assert pods.calls[-1] == ("restarted", POD)
        assert not outages._restarting
        outages.crash(*POD[:2])()
        await asyncio.sleep(0.5)
        assert sum(task.get_name() == "restart the pod of job-1" for task in asyncio.all_tasks()) == 1
        await outages.close()
        assert asyncio.all_tasks() == {asyncio.current_task()}
        await asyncio.sleep(2.0)

    assert held(story)[-1] == ("restart", POD)
