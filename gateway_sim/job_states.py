"""What the control plane says of a job, asked by the gateway over HTTP like any client."""

import asyncio
import json
from typing import Literal, Protocol
from urllib.parse import quote

from gateway_sim.route_table import RouteKey
from gateway_sim.upstream import Upstream, UpstreamFailure

JobLiveness = Literal["running", "starting", "gone", "unknown"]

ANSWER_WITHIN_S = 2.0

_STANDINGS: dict[str, JobLiveness] = {
    "JOB_STATE_RUNNING": "running",
    "JOB_STATE_CREATING": "starting",
    "JOB_STATE_PENDING": "starting",
}


class JobStates(Protocol):
    """Says where a job stands."""

    async def liveness(self, key: RouteKey) -> JobLiveness:
        """Return whether the job lives; "unknown" when there was no answer."""
        ...


class ControlPlaneStates:
    """Asks the control plane at `address`; any state in which no pod runs or will run is "gone"."""

    def __init__(self, upstream: Upstream, address: str, api_key: str) -> None:
        self._upstream = upstream
        self._address = address
        self._api_key = api_key

    async def liveness(self, key: RouteKey) -> JobLiveness:
        """Return whether the job lives; an error, or none within 2 s, is "unknown"."""
        account, job = quote(key.account, safe=""), quote(key.job, safe="")
        url = f"http://{self._address}/v1/accounts/{account}/rlorTrainerJobs/{job}"
        try:
            async with asyncio.timeout(ANSWER_WITHIN_S):
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
        return _STANDINGS.get(state, "gone")
