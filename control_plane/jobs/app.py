"""The control plane's HTTP API: accounts and trainer jobs, as the fireworks SDK uses them.

See docs/reference/protocol.md §3.
"""

import asyncio
import json
from collections.abc import Callable, Mapping
from itertools import count
from typing import Annotated, Any, Final

from fastapi import Depends, FastAPI, Header, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi_swagger import patch_fastapi  # type: ignore[import-untyped]
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from gateway_sim.control_plane.events import AnswerDelayed, OutageAnswered, RequestTurnedAway
from gateway_sim.control_plane.jobs.admission import TokenBucket
from gateway_sim.control_plane.jobs.not_served import why_not_served
from gateway_sim.control_plane.jobs.reconciler import JobExists, NoSuchJob, Reconciler
from gateway_sim.control_plane.jobs.saved import ListSaved, none_saved, page_of
from gateway_sim.control_plane.jobs.states import Job, JobState, WrongState
from gateway_sim.control_plane.jobs.training_shapes import NoSuchShape, UnfitShape, check_shape, version_of
from gateway_sim.control_plane.scheduling.seats import OverQuota

# FastAPI's own pages load their script from another host
api = FastAPI(
    title="gateway-sim control plane", docs_url=None, redoc_url=None, swagger_ui_oauth2_redirect_url=None
)  # fmt: skip
patch_fastapi(api, redirect_from_root_to_docs=False)

JobId = Annotated[str, Query(min_length=1, max_length=63, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]
"""A job's name is a segment of its URL behind the gateway, so it has only characters that need no URL escape."""


class TrainingConfig(BaseModel):
    """What is read of a new job's trainer; its other settings are the SDK's defaults, which change nothing here."""

    baseModel: str | None = None


class NewJob(BaseModel):
    """The body of a new job."""

    trainingConfig: TrainingConfig = TrainingConfig()


REFUSALS: Final[Mapping[type[Exception], tuple[int, str]]] = {
    NoSuchJob: (404, "no-such-job"),
    JobExists: (409, "job-exists"),
    OverQuota: (403, "over-quota"),
    WrongState: (400, "wrong-state"),
    NoSuchShape: (404, "no-such-shape"),
    UnfitShape: (400, "unfit-shape"),
}
"""How errors of the reconciler and of the training shapes are answered: status and kind of problem."""


ACCEPTED: Final[Mapping[str, str]] = {
    "rlorTrainerJobId": "1 to 63 letters, digits, '.', '_' and '-', the first a letter or a digit",
    "pageSize": "a whole number above 0",
    "pageToken": "the token of the page before",
    "baseModel": "the name of a model",
}
"""What a field of a request takes, by its name."""


class Refusal(Exception):
    """A request that gets a problem+json answer (RFC 9457)."""

    def __init__(self, status: int, slug: str, detail: str) -> None:
        super().__init__(detail)
        self.status, self.slug, self.detail = status, slug, detail


class ControlPlane:
    """The ASGI application; `keys` maps API keys to the one account each belongs to.

    While there are `outages` every request is answered 503, as by a load balancer without backends. Each answer is
    delayed by `slow_s` seconds. Requests over the limit of `admission` are answered 429. `saved` lists the checkpoints
    of a job.
    """

    def __init__(
        self,
        reconciler: Reconciler,
        *,
        keys: Mapping[str, str],
        emit: Callable[[object], None],
        saved: ListSaved = none_saved,
    ) -> None:
        self.reconciler = reconciler
        self.keys = keys
        self.outages = 0
        self.slow_s = 0.0
        self.admission: TokenBucket | None = None
        self.saved = saved
        self._emit = emit

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve one ASGI connection."""
        scope["control_plane"] = self
        answer = await self._fault(scope["method"], scope["path"]) if scope["type"] == "http" else None
        await (answer or api)(scope, receive, send)

    async def _fault(self, method: str, path: str) -> Response | None:
        """Wait as long as answers are slow, and return the answer of an overloaded or absent control plane."""
        if self.slow_s > 0:
            self._emit(AnswerDelayed(method, path, self.slow_s))
            await asyncio.sleep(self.slow_s)
        if self.outages:
            self._emit(OutageAnswered(method, path))
            return _problem(503, "control-plane-outage", "the control plane cannot answer now; ask again later")
        if self.admission is not None and not self.admission.admits(asyncio.get_running_loop().time()):
            self._emit(RequestTurnedAway(method, path))
            return _problem(429, "too-many-requests", "the control plane has too much to answer; ask again later")
        return None


async def _authorized(
    request: Request, x_api_key: Annotated[str | None, Header()] = None, account: str | None = None
) -> ControlPlane:
    """Return the control plane of this request, once its key is known and owns the requested account."""
    plane: ControlPlane = request.scope["control_plane"]
    if not x_api_key:
        raise Refusal(401, "missing-key", "send an API key as X-Api-Key")
    owner = plane.keys.get(x_api_key)
    if owner is None:
        raise Refusal(401, "unknown-key", "this API key is not known: send an X-Api-Key that belongs to an account")
    if account is not None and account != owner:
        raise Refusal(403, "foreign-account", f"this key belongs to account {owner}, not to {account}")
    request.state.account = owner
    return plane


Authorized = Annotated[ControlPlane, Depends(_authorized)]


@api.get("/healthz")
async def healthz() -> dict[str, str]:
    """Answer that the control plane serves."""
    return {"status": "ok"}


@api.get("/v1/accounts")
async def accounts(plane: Authorized, request: Request) -> dict[str, Any]:
    """List the one account that the key belongs to."""
    return {"accounts": [{"name": f"accounts/{request.state.account}"}]}


@api.get("/v1/accounts/{account}/rlorTrainerJobs")
async def list_jobs(plane: Authorized, account: str) -> dict[str, Any]:
    """List the account's jobs, oldest first."""
    return {"rlorTrainerJobs": [_document(job, plane) for job in plane.reconciler.jobs(account)]}


@api.post("/v1/accounts/{account}/rlorTrainerJobs")
async def create_job(
    plane: Authorized,
    account: str,
    rlorTrainerJobId: JobId | None = None,
    trainingShape: str | None = None,
    asked: NewJob | None = None,
) -> dict[str, Any]:
    """Create a job and begin to start it; 409 when it exists, 403 when its account's quota could never hold it.

    Older SDKs name no job: it gets the first name that is free, `trainer-1` and so on. A training shape that is not
    there is a 404, one of another base model a 400.
    """
    if trainingShape is not None:
        check_shape(trainingShape, asked.trainingConfig.baseModel if asked else None)
    if rlorTrainerJobId is None:
        used = {job.name for job in plane.reconciler.jobs(account)}
        rlorTrainerJobId = next(name for name in map("trainer-{}".format, count(1)) if name not in used)
    return _document(plane.reconciler.create(account, rlorTrainerJobId), plane)


@api.get("/v1/accounts/{account}/rlorTrainerJobs/{job}")
async def get_job(plane: Authorized, account: str, job: str) -> dict[str, Any]:
    """Return a job; a deleted one has the state JOB_STATE_DELETED."""
    return _document(plane.reconciler.get(account, job), plane)


@api.post("/v1/accounts/{account}/rlorTrainerJobs/{job}:resume")
async def resume_job(plane: Authorized, account: str, job: str) -> dict[str, Any]:
    """Start a paused, failed or cancelled job again, as a new incarnation."""
    return _document(plane.reconciler.resume(account, job), plane)


@api.post("/v1/accounts/{account}/rlorTrainerJobs/{job}:pause")
async def pause_job(plane: Authorized, account: str, job: str) -> dict[str, Any]:
    """Stop the job's pod; `:resume` brings it back."""
    return _document(await plane.reconciler.pause(account, job), plane)


@api.delete("/v1/accounts/{account}/rlorTrainerJobs/{job}")
async def delete_job(plane: Authorized, account: str, job: str) -> dict[str, Any]:
    """Delete the job: pod stopped, route left as a tombstone."""
    return _document(await plane.reconciler.delete(account, job), plane)


@api.get("/v1/accounts/{account}/rlorTrainerJobs/{job}/checkpoints")
async def list_checkpoints(
    plane: Authorized,
    account: str,
    job: str,
    pageSize: Annotated[int, Query(ge=1)] = 200,
    pageToken: Annotated[str, Query(pattern=r"^[0-9]{0,9}$")] = "",
) -> dict[str, Any]:
    """List the job's checkpoints, the oldest first, whatever the job's state; 404 without such a job."""
    plane.reconciler.get(account, job)
    saved = await plane.saved(account, job)
    return page_of(f"accounts/{account}/rlorTrainerJobs/{job}", saved, pageSize, pageToken)


@api.get("/v1/accounts/{owner}/trainingShapes/{shape}/versions")
async def training_shape_versions(plane: Authorized, owner: str, shape: str) -> dict[str, Any]:
    """List the versions of a training shape, of which there is one."""
    return {"trainingShapeVersions": [version_of(owner, shape)]}


@api.get("/v1/accounts/{owner}/trainingShapes/{shape}/versions/{version}")
async def training_shape_version(plane: Authorized, owner: str, shape: str, version: str) -> dict[str, Any]:
    """Return a version of a training shape."""
    return version_of(owner, shape, version)


def _document(job: Job, plane: ControlPlane) -> dict[str, Any]:
    trouble = "RESOURCE_EXHAUSTED" if job.state is JobState.PENDING else "INTERNAL"
    return {
        "name": f"accounts/{job.account}/rlorTrainerJobs/{job.name}",
        "state": job.state.value,
        "status": {"code": trouble if job.message else "OK", "message": job.message},
        "trainingConfig": {"maxContextLength": 1024},
        "incarnation": job.incarnation,
        "uid": f"{job.account}/{job.name}#{job.birth}",
        "routable": plane.reconciler.is_routable(job),
    }


def _problem(status: int, slug: str, detail: str) -> Response:
    body = {"type": f"urn:gateway-sim:{slug}", "title": slug.replace("-", " "), "status": status, "detail": detail}
    return JSONResponse(body, status, {"Cache-Control": "no-store"}, media_type="application/problem+json")


@api.exception_handler(Refusal)
async def _refused(request: Request, error: Refusal) -> Response:
    return _problem(error.status, error.slug, error.detail)


@api.exception_handler(HTTPException)
async def _no_such_page(request: Request, error: HTTPException) -> Response:
    if (why := why_not_served(request.url.path)) is not None:
        return _problem(400, "not-served", f"{request.method} {request.url.path} is not served: {why}")
    slug = {404: "no-such-page", 405: "wrong-method"}.get(error.status_code, "refused")
    return _problem(error.status_code, slug, f"{request.method} {request.url.path}: {error.detail}")


async def _refused_by_name(request: Request, error: Exception) -> Response:
    return _problem(*REFUSALS[type(error)], str(error))


for refusal in REFUSALS:
    api.add_exception_handler(refusal, _refused_by_name)


@api.exception_handler(RequestValidationError)
async def _unfit(request: Request, error: RequestValidationError) -> Response:
    first = error.errors()[0]
    field = str(first["loc"][-1])
    if first["type"] == "json_invalid":
        return _problem(400, "bad-request", f"the body is no JSON: {first['ctx']['error']}")
    accepted = ACCEPTED.get(field, "an object")
    sent = json.dumps(first["input"], default=repr)
    return _problem(400, "bad-request", f"{field} is {sent}; it takes {accepted}")
