"""Pods as processes: a preempted one is fenced and stays reachable; one that cannot answer is ended."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from gateway_sim.scenarios.engines.live.pods import PodProcesses
from gateway_sim.scenarios.world.settings import Settings
from gateway_sim.trainer_pod.events import PodFenced, PodStopped

pytestmark = pytest.mark.slow

POD = ("acme", "job-1", 1)


async def retired(told: list[object], root: Path, before: Callable[[PodProcesses], None]) -> int | None:
    """Start a pod, let something happen to it, and fence it; return the status of a request, None if none answers."""
    pods = PodProcesses("127.0.0.1", Settings(), lambda source: told.append, str(root))
    try:
        address = await pods.start(*POD)
        before(pods)
        await asyncio.wait_for(pods.retire(*POD, 5.0), 30)
        async with httpx.AsyncClient(timeout=30) as client:
            answer = await client.post(f"http://{address}/api/v1/create_session", json={})
        await pods.stop(*POD)
        return answer.status_code
    except httpx.ConnectError:
        return None
    finally:
        await pods.close()


def test_a_preempted_pod_refuses_and_is_reachable_until_it_is_stopped(tmp_path: Path) -> None:
    """As on the virtual wire: a stale replica's request is answered 421, which no SDK retries."""
    told = list[object]()
    assert asyncio.run(retired(told, tmp_path, lambda pods: None)) == 421
    assert [type(event) for event in told[-2:]] == [PodFenced, PodStopped]


@pytest.mark.parametrize("lost", [lambda pods: pods.freeze(POD), lambda pods: pods.kill(POD)])
def test_a_pod_that_cannot_answer_is_ended(tmp_path: Path, lost: Callable[[PodProcesses], None]) -> None:
    """What has ended applies nothing more."""
    assert asyncio.run(retired([], tmp_path, lost)) is None


def test_the_engines_agree_on_a_request_to_a_preempted_pod() -> None:
    """The client behind `hold` dies of the old pod's 421 in both."""
    ends = set()
    for engine in ("virtual", "live"):
        words = ["run", "zombie-pod", "--client", "warmup-verified", "--gateway", "hold", "--engine", engine, "--json"]
        ended = subprocess.run(
            [sys.executable, "-m", "gateway_sim", *words], capture_output=True, text=True, timeout=120, check=False
        )
        run = json.loads(ended.stdout)
        ends.add((run["outcome"], run["error"]["status"], run["error"]["leg"]))
    assert ends == {("crashed", 421, "dispatch")}
