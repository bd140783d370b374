"""Several addresses before one pod: ingresses, each of which relays to it."""

from typing import Any, Final

from gateway_sim.caller import Caller, CallerLeft
from gateway_sim.problems import Problem
from gateway_sim.relay import HOP_BY_HOP, end_to_end, relay
from gateway_sim.scenarios.world.engine import Engine, Unguarded
from gateway_sim.upstream import Upstream, UpstreamFailure

MOST_BYTES: Final = 2**30
DROPPED: Final = HOP_BY_HOP | {b"host"}


class Ingresses:
    """Opens `count` addresses before each pod, in the order in which the route names them."""

    def __init__(self, engine: Engine, silent_s: float, count: int) -> None:
        self._engine = engine
        self._silent_s = silent_s
        self._count = count
        self.addresses: list[str] = []
        """The addresses before the newest pod."""

    async def before(self, pod: str) -> list[str]:
        """Serve the ingresses of the pod at an address, and return their addresses."""
        ingress = Ingress(self._engine.upstream(self._silent_s), pod)
        self.addresses = [await self._engine.serve(f"ingress-{n}", ingress) for n in range(self._count)]
        return self.addresses


class Ingress(Unguarded):
    """Relays to one pod, and answers 502 if the pod gives no answer."""

    def __init__(self, upstream: Upstream, pod: str) -> None:
        self._upstream = upstream
        self._pod = pod

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve one ASGI connection."""
        caller = Caller(receive, MOST_BYTES)
        path, query = (scope[name].decode("latin-1") for name in ("raw_path", "query_string"))
        url = f"http://{self._pod}{path}" + (f"?{query}" if query else "")
        try:
            body = await caller.body()
            reply = await self._upstream.open(scope["method"], url, end_to_end(scope["headers"], DROPPED), body)
            try:
                await relay(send, reply, end_to_end(reply.headers), caller)
            finally:
                await reply.aclose()
        except UpstreamFailure as failure:
            await Problem(502, "ingress", "Bad Gateway", f"the pod behind this ingress: {failure}").send(
                send, "ingress"
            )
        except CallerLeft:
            return
