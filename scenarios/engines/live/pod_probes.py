"""The liveness probes of live pods: one request a second to each, as a kubelet sends them."""

import asyncio
from typing import Final

from gateway_sim.scenarios.world.lost_pods import LostPods, Pod
from gateway_sim.upstream import AiohttpUpstream, Kind, UpstreamFailure

PROBED_EVERY_S: Final = 1.0
ANSWERED_WITHIN_S: Final = 10.0
"""A pod answers in milliseconds. On a machine with several times as much work as cores, the slowest hundredth of the
requests of 100 clients took this long (`make soak` beside other work), and a sound pod is not to be replaced."""


class PodProbes:
    """Probes pods, and reports a pod that does not answer as frozen, and as thawed once it answers again."""

    def __init__(self, lost: LostPods) -> None:
        self._lost = lost
        self._upstream = AiohttpUpstream(silent_for_s=ANSWERED_WITHIN_S, kept_idle_s=0.0)
        self._probing: dict[Pod, asyncio.Task[None]] = {}
        self._paused: dict[Pod, None] = {}

    def begin(self, pod: Pod, address: str) -> None:
        """Probe a pod that is ready."""
        self.end(pod)
        probing = self._probe(pod, address)
        self._probing[pod] = asyncio.get_running_loop().create_task(probing, name=f"probe the pod of {pod[1]}")

    def pause(self, pod: Pod) -> None:
        """Send no probe: a fault has frozen the pod, and has reported it."""
        self._paused[pod] = None

    def go_on(self, pod: Pod) -> None:
        """Probe the pod again."""
        self._paused.pop(pod, None)

    def end(self, pod: Pod) -> None:
        """Send no more probes to the pod."""
        self.go_on(pod)
        if (probing := self._probing.pop(pod, None)) is not None:
            probing.cancel()

    async def close(self) -> None:
        """End every probe."""
        for pod in list(self._probing):
            self.end(pod)
        await self._upstream.close()

    async def _probe(self, pod: Pod, address: str) -> None:
        closed = False
        while True:
            await asyncio.sleep(PROBED_EVERY_S)
            failure = None if pod in self._paused else await self._failure(address)
            # a fault may have come while the probe was under way
            if pod in self._paused:
                continue
            # a process that ends closes its sockets before its end is noticed; one that lives on is asked again
            was_closed, closed = closed, failure in ("refused", "reset")
            if failure is None:
                self._lost.thawed(pod)
            elif was_closed or not closed:
                self._lost.froze(pod)

    async def _failure(self, address: str) -> Kind | None:
        """Return how a probe failed; None if the pod answered, whatever the status."""
        try:
            async with asyncio.timeout(ANSWERED_WITHIN_S):
                reply = await self._upstream.open("GET", f"http://{address}/api/v1/healthz", [], b"")
        except UpstreamFailure as failure:
            return failure.kind
        except TimeoutError:
            return "timeout"
        await reply.aclose()
        return None
