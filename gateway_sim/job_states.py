"""The control plane's state of a job, which the gateway requests over HTTP like any client."""

import asyncio
import json
from typing import Literal, Protocol
from urllib.parse import quote

from gateway_sim.route_table import RouteKey
from gateway_sim.upstream import Upstream, UpstreamFailure

JobLiveness = Literal["running", "starting", "gone", "unknown"]

_LIVENESS: dict[str, JobLiveness] = {
    "JOB_STATE_RUNNING": "running",
    "JOB_STATE_CREATING": "starting",
    "JOB_STATE_PENDING": "starting",
}


class JobStates(Protocol):
    """Tells whether a job is alive."""

    async def liveness(self, key: RouteKey) -> JobLiveness:
        """Return the job's liveness; "unknown" without an answer."""
        ...


class ControlPlaneStates:
    """Asks the control plane at `address`; a state without a present or future pod is "gone"."""

    def __init__(self, upstream: Upstream, address: str, api_key: str) -> None:
        self._upstream = upstream
        self._address = address
        self._api_key = api_key

    async def liveness(self, key: RouteKey) -> JobLiveness:
        """Return the job's liveness; "unknown" for an error, or without an answer within 2 s."""
        account, job = quote(key.account, safe=""), quote(key.job, safe="")
        url = f"http://{self._address}/v1/accounts/{account}/rlorTrainerJobs/{job}"
        try:
            async with asyncio.timeout(2.0):
                reply = await self._upstream.open("GET", url, [(b"x-api-key", self._api_key.encode())], b"")
                try:
                    body = await reply.whole()
                finally:
                    await reply.aclose()
        except (UpstreamFailure, TimeoutError):
            return "unknown"
        if reply.status == 404:
            return "gone"
        if reply.status != 200:
            return "unknown"
        try:
            state = json.loads(body).get("state", "")
        except (ValueError, AttributeError):
            return "unknown"
        return _LIVENESS.get(state, "gone")
