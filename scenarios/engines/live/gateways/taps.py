"""A proxy before each pod, which reports what a gateway in another process forwards to it."""

from __future__ import annotations

from typing import Final

from aiohttp import web

from gateway_sim.control_plane.jobs.reconciler import PodLauncher
from gateway_sim.relay import HOP_BY_HOP, end_to_end
from gateway_sim.route_table import RouteKey
from gateway_sim.scenarios.engines.live.gateways.requests import NUMBER, Requests
from gateway_sim.scenarios.sim.errors import GatewaySimError
from gateway_sim.upstream import Upstream, UpstreamFailure

DROPPED: Final = HOP_BY_HOP | {b"host", NUMBER}
TRAINER: Final = "FIREWORKS-TRAINER"


class TappedPods:
    """Launches pods, each behind a tap; the address of a pod is its tap's, and the same again when a port is reused."""

    def __init__(self, launcher: PodLauncher, requests: Requests, upstream: Upstream, host: str) -> None:
        self._launcher = launcher
        self._requests = requests
        self._upstream = upstream
        self._host = host
        self._ports: dict[str, int] = {}
        self._taps: dict[tuple[str, str, int], Tap] = {}

    async def start(self, account: str, job: str, incarnation: int) -> str:
        """Start a pod and return the address of its tap."""
        address = await self._launcher.start(account, job, incarnation)
        tap = Tap(RouteKey(account, job), incarnation, address, self._requests, self._upstream)
        self._taps[account, job, incarnation] = tap
        self._ports[address] = await tap.listen(self._host, self._ports.get(address, 0))
        return tap.address

    async def stop(self, account: str, job: str, incarnation: int) -> None:
        """Stop the pod and its tap."""
        await self._hang_up(account, job, incarnation)
        await self._launcher.stop(account, job, incarnation)

    async def retire(self, account: str, job: str, incarnation: int) -> None:
        """Fence the pod, whose process ends with that."""
        await self._hang_up(account, job, incarnation)
        await self._launcher.retire(account, job, incarnation)

    async def close(self) -> None:
        """Stop every tap."""
        for place in list(self._taps):
            await self._hang_up(*place)

    async def _hang_up(self, account: str, job: str, incarnation: int) -> None:
        if (tap := self._taps.pop((account, job, incarnation), None)) is not None:
            await tap.close()


class Tap:
    """Passes requests on to one pod, and reports each before the pod has it."""

    def __init__(self, key: RouteKey, incarnation: int, pod: str, requests: Requests, upstream: Upstream) -> None:
        self.address = ""
        self._key = key
        self._incarnation = incarnation
        self._pod = pod
        self._requests = requests
        self._upstream = upstream
        self._runner = web.ServerRunner(web.Server(self._serve, handler_cancellation=True), shutdown_timeout=0)

    async def listen(self, host: str, port: int) -> int:
        """Listen on a port (0: a free one), and return it."""
        await self._runner.setup()
        site = web.TCPSite(self._runner, host, port, reuse_address=True)
        try:
            await site.start()
        except OSError as error:
            raise GatewaySimError(f"the port {port} of a pod's tap is in use: {error.strerror}") from None
        listening: tuple[str, int] = self._runner.addresses[0]
        self.address = f"{listening[0]}:{listening[1]}"
        return listening[1]

    async def close(self) -> None:
        """Close the port and every connection."""
        await self._runner.cleanup()

    async def _serve(self, request: web.BaseRequest) -> web.StreamResponse:
        headers = list(request.raw_headers)
        stated = request.headers.get(TRAINER, "").rpartition("@")[2]
        generation = int(stated) if stated.isdecimal() else self._incarnation
        number = request.headers.get(NUMBER.decode(), "").encode()
        asked = self._requests.arrived(number, self._key, request.rel_url.raw_path[1:], self.address, generation)
        body = request.content.iter_any() if request.can_read_body else b""
        url = f"http://{self._pod}{request.raw_path}"
        try:
            reply = await self._upstream.open(request.method, url, end_to_end(headers, DROPPED), body)
        except UpstreamFailure:
            return _broken(request)
        if asked is not None:
            asked.pod_said = reply.status
        answer = web.StreamResponse(status=reply.status)
        for name, value in end_to_end(reply.headers):
            answer.headers.add(name.decode("latin-1"), value.decode("latin-1"))
        try:
            await answer.prepare(request)
            async for chunk in reply.chunks:
                await answer.write(chunk)
            await answer.write_eof()
        except (UpstreamFailure, ConnectionError):
            return _broken(request)
        finally:
            await reply.aclose()
        return answer


def _broken(request: web.BaseRequest) -> web.StreamResponse:
    """Reset the connection, as a pod does that has gone."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=502)
