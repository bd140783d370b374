"""A proxy before each pod, which reports what a gateway in another process forwards to it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Protocol

from aiohttp import web

from gateway_sim.control_plane.jobs.reconciler import PodLauncher
from gateway_sim.relay import HOP_BY_HOP, end_to_end
from gateway_sim.route_table import RouteKey
from gateway_sim.scenarios.engines.live.gateways.requests import NUMBER, Requests
from gateway_sim.scenarios.sim.errors import GatewaySimError
from gateway_sim.upstream import Upstream, UpstreamFailure

DROPPED: Final = HOP_BY_HOP | {b"host", b"expect", NUMBER}


class Tap(Protocol):
    """A proxy before one pod, at an address of its own once it is open."""

    address: str

    async def open(self) -> None:
        """Begin to serve."""
        ...

    async def close(self) -> None:
        """Refuse connections, and end those that there are."""
        ...


TapOf = Callable[[RouteKey, int, str], Tap]
"""Makes the tap of a job's incarnation, whose pod is at an address."""


class TappedPods:
    """Launches pods, each behind a tap; the address of a pod is its tap's."""

    def __init__(self, launcher: PodLauncher, tap_of: TapOf) -> None:
        self._launcher = launcher
        self._tap_of = tap_of
        self._taps: dict[tuple[str, str, int], Tap] = {}

    async def start(self, account: str, job: str, incarnation: int) -> str:
        """Start a pod and return the address of its tap."""
        address = await self._launcher.start(account, job, incarnation)
        tap = self._taps[account, job, incarnation] = self._tap_of(RouteKey(account, job), incarnation, address)
        await tap.open()
        return tap.address

    async def stop(self, account: str, job: str, incarnation: int) -> None:
        """Stop the pod and its tap."""
        await self._hang_up(account, job, incarnation)
        await self._launcher.stop(account, job, incarnation)

    async def retire(self, account: str, job: str, incarnation: int, grace_s: float) -> None:
        """Fence the pod; without a grace it ends with that, and its tap too."""
        if grace_s <= 0:
            await self._hang_up(account, job, incarnation)
        await self._launcher.retire(account, job, incarnation, grace_s)

    async def close(self) -> None:
        """Stop every tap."""
        for place in list(self._taps):
            await self._hang_up(*place)

    async def _hang_up(self, account: str, job: str, incarnation: int) -> None:
        if (tap := self._taps.pop((account, job, incarnation), None)) is not None:
            await tap.close()


class LiveTaps:
    """The taps of a live world; the pods of one address, one after the other, have a tap of one address too."""

    def __init__(self, requests: Requests, upstream: Upstream, host: str) -> None:
        self.requests = requests
        self.upstream = upstream
        self.host = host
        self.ports: dict[str, int] = {}

    def tap(self, key: RouteKey, incarnation: int, pod: str) -> Tap:
        """Return the tap of a pod."""
        return LiveTap(self, key, incarnation, pod)


class LiveTap:
    """Passes requests on to one pod, and reports each before the pod has it."""

    def __init__(self, taps: LiveTaps, key: RouteKey, incarnation: int, pod: str) -> None:
        self.address = ""
        self._taps = taps
        self._key = key
        self._incarnation = incarnation
        self._pod = pod
        self._runner = web.ServerRunner(web.Server(self._serve, handler_cancellation=True), shutdown_timeout=0)

    async def open(self) -> None:
        """Listen on the port of the pod's last tap, or on a free one."""
        await self._runner.setup()
        port = self._taps.ports.get(self._pod, 0)
        site = web.TCPSite(self._runner, self._taps.host, port, reuse_address=True)
        try:
            await site.start()
        except OSError as error:
            raise GatewaySimError(f"the port {port} of a pod's tap is in use: {error.strerror}") from None
        listening: tuple[str, int] = self._runner.addresses[0]
        self.address = f"{listening[0]}:{listening[1]}"
        self._taps.ports[self._pod] = listening[1]

    async def close(self) -> None:
        """Close the port and every connection."""
        await self._runner.cleanup()

    async def _serve(self, request: web.BaseRequest) -> web.StreamResponse:
        headers = list(request.raw_headers)
        asked = self._taps.requests.arrived(
            headers, self._key, request.rel_url.raw_path[1:], self.address, self._incarnation
        )
        body = request.content.iter_any() if request.can_read_body else b""
        url = f"http://{self._pod}{request.raw_path}"
        try:
            reply = await self._taps.upstream.open(request.method, url, end_to_end(headers, DROPPED), body)
        except UpstreamFailure:
            return _broken(request)
        if asked is not None:
            asked.pod_said = reply.status
        answer = web.StreamResponse(status=reply.status)
        for name, value in end_to_end(reply.headers):
            answer.headers.add(_text(name), _text(value))
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


def _text(raw: bytes) -> str:
    """Decode as UTF-8, in which aiohttp sends it again; as Latin-1 if it is not UTF-8."""
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def _broken(request: web.BaseRequest) -> web.StreamResponse:
    """Reset the connection, as a pod does that has gone."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=502)
