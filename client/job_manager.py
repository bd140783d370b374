"""The job calls of the control plane, as the fireworks SDK makes them, and the wait until a job is ready.

See docs/reference/protocol.md §3.
"""

import asyncio
import json
import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final
from urllib.parse import quote

from gateway_sim.client.events import JobReported, ReadinessReached
from gateway_sim.client.sdk.caller import Caller, Request
from gateway_sim.client.sdk.errors import ControlPlaneError
from gateway_sim.client.sdk.failures import Failure
from gateway_sim.client.sdk.profiles import CONTROL_PLANE, HEALTH, ONCE, CallRule
from gateway_sim.client.sdk.retry_loops import Loop
from gateway_sim.client.sdk.transport import HttpReply, Transport
from gateway_sim.client.verify import OVER, RUNNING

POLL_EVERY_S: Final = 5.0
"""How often `wait_for_existing` asks."""

PROBE: Final = CallRule("control-plane", 5.0, ONCE, Loop(raises=ControlPlaneError))
"""One request to the control plane, without retries."""


@dataclass(frozen=True)
class JobStatus:
    """The control plane's report on a job; `state` is a name such as "JOB_STATE_RUNNING", `message` a sentence.

    `incarnation` numbers the job's starts (0: not stated). `uid` distinguishes it from another job of the same name
    (empty: not stated). `routable`: every gateway replica has acknowledged the incarnation's route.
    """

    account: str
    job: str
    state: str
    message: str = ""
    incarnation: int = 0
    uid: str = ""
    routable: bool = False


@dataclass(frozen=True)
class TrainerEndpoint:
    """A ready trainer; `base_url` reaches it through the gateway, `incarnation` and `uid` are as in `JobStatus`."""

    base_url: str
    account: str
    job: str
    incarnation: int = 0
    uid: str = ""


class TrainerJobManager:
    """Creates, watches and ends the trainer jobs of the one account that the key belongs to.

    Trainers are reached at `gateway_url`; None means the control plane's own host, as in fireworks-ai 1.0. Every call
    is retried on 408, 429, 5xx, refused connections and timeouts for up to 300 s, then raises `ControlPlaneError`.
    Any other error answer raises it at once; for a job that does not exist its `status` is 404.
    """

    def __init__(
        self,
        base_url: str,
        api_key: str,
        transport: Transport,
        rng: random.Random,
        emit: Callable[[object], None],
        gateway_url: str | None = None,
    ) -> None:
        self._root = base_url.rstrip("/")
        self._gateway_root = (gateway_url or base_url).rstrip("/")
        self._api_key = api_key
        self._emit = emit
        self._caller = Caller(transport, rng, emit)
        self._account: str | None = None

    async def account(self) -> str:
        """Return the account of the key, which is requested once; raises ValueError unless there is exactly one."""
        if self._account is None:
            content = await self._ask("GET", "/v1/accounts?pageSize=2")
            listed = (account.get("name") for account in content.get("accounts") or [])
            names = [str(name).removeprefix("accounts/") for name in listed if name]
            if len(names) != 1:
                raise ValueError(f"the API key must belong to exactly one account; it belongs to {names or 'none'}")
            self._account = names[0]
        return self._account

    async def get(self, job: str) -> JobStatus:
        """Return a job's status."""
        return self._read(job, await self._ask("GET", await self._job_path(job)))

    async def probe(self, job: str) -> JobStatus:
        """Return a job's status from one request of 5 s at most; raises `ControlPlaneError` without an answer."""
        return self._read(job, await self._ask("GET", await self._job_path(job), rule=PROBE))

    async def create(self, job: str, *, base_model: str = "", lora_rank: int = 0) -> JobStatus:
        """Create a job and begin to start it; return the status of one that exists already."""
        path = f"{await self._jobs_path()}?rlorTrainerJobId={quote(job, safe='')}"
        config = {"baseModel": base_model, "loraRank": lora_rank}
        try:
            content = await self._ask("POST", path, {"serviceMode": True, "trainingConfig": config})
        except ControlPlaneError as error:
            if error.status != 409:
                raise
            return await self.get(job)
        return self._read(job, content)

    async def resume(self, job: str) -> JobStatus:
        """Start a paused, failed or cancelled job again."""
        return self._read(job, await self._ask("POST", f"{await self._job_path(job)}:resume"))

    async def delete(self, job: str) -> None:
        """Delete a job for good."""
        await self._ask("DELETE", await self._job_path(job))

    async def wait_for_existing(
        self, job: str, timeout_s: float = 3600.0, *, routable: bool = False
    ) -> TrainerEndpoint:
        """Wait until the job is RUNNING and one healthz through the gateway answers 200; ask every 5 s.

        That proves one gateway replica at one moment (PR 348). With `routable`, wait also until the control plane
        reports that every replica has acknowledged the route. Raises `ControlPlaneError` when the job is over, and
        TimeoutError after `timeout_s`.
        """
        loop = asyncio.get_running_loop()
        started_s, last = loop.time(), None
        account = await self.account()
        url = f"{self._gateway_root}/training/v1/rlorTrainerJobs/{account}/{quote(job, safe='')}"
        endpoint = TrainerEndpoint(url, account, job)
        while loop.time() - started_s < timeout_s:
            status = await self.get(job)
            if status.state != last:
                self._emit(JobReported(status.state))
                last = status.state
            if status.state in OVER:
                why = f": {status.message}" if status.message else ""
                word = status.state.removeprefix("JOB_STATE_")
                raise ControlPlaneError(f"trainer job {job} is {word} and will not become ready by waiting{why}")
            if status.state == RUNNING and (status.routable or not routable) and await self._healthy(endpoint):
                self._emit(ReadinessReached())
                return replace(endpoint, incarnation=status.incarnation, uid=status.uid)
            await asyncio.sleep(POLL_EVERY_S)
        raise TimeoutError(f"trainer job {job} was not ready within {timeout_s:g} s; last seen: {last or 'nothing'}")

    async def _healthy(self, endpoint: TrainerEndpoint) -> bool:
        headers = {"X-Api-Key": self._api_key, "Authorization": f"Bearer {self._api_key}"}
        request = Request("health", "GET", endpoint.base_url, "/api/v1/healthz", headers)
        outcome = await self._caller.send_once(request, HEALTH, {})
        return isinstance(outcome, HttpReply) and outcome.status == 200

    async def _jobs_path(self) -> str:
        return f"/v1/accounts/{await self.account()}/rlorTrainerJobs"

    async def _job_path(self, job: str) -> str:
        return f"{await self._jobs_path()}/{quote(job, safe='')}"

    async def _ask(
        self, method: str, path: str, body: dict[str, Any] | None = None, rule: CallRule = CONTROL_PLANE
    ) -> dict[str, Any]:
        headers = {"X-Api-Key": self._api_key, "content-type": "application/json"}
        sent = json.dumps(body).encode() if body is not None else b""
        request = Request("control", method, self._root, path, headers, sent, keyed=False)
        reply = await self._caller.call(request, rule)
        try:
            content = reply.json() if reply.body else {}
        except ValueError:
            content = None
        if not isinstance(content, dict):
            failure = Failure("control", reply.status, "status", message=f"{method} {path} answered no JSON object")
            raise ControlPlaneError(failure=failure)
        return content

    def _read(self, job: str, content: dict[str, Any]) -> JobStatus:
        status = content.get("status")
        message = str(status.get("message") or "") if isinstance(status, dict) else ""
        incarnation = content.get("incarnation")
        return JobStatus(
            self._account or "",
            job,
            str(content.get("state", "")),
            message,
            incarnation if isinstance(incarnation, int) else 0,
            str(content.get("uid", "")),
            content.get("routable") is True,
        )
