"""The pod on HTTP: the routes of PROTOCOL §1, the busy ones first, since a router tries them in order.

One FastAPI application a process serves every pod: FastAPI's caches keep an application for ever, and a world builds
thousands of pods (PERFORMANCE §4). The scope says which pod a request is for.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, FastAPI, Request
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException

from trainer_pod.bodies import read_batch, read_json, read_load, wants_protobuf
from trainer_pod.operations import OPERATIONS, Call
from trainer_pod.pod import TrainerPod
from trainer_pod.problems import NO_STORE, Problem, broken
from trainer_pod.protocol import (
    ClientConfigRequest,
    CompleteMetadata,
    CreateSessionRequest,
    CreateSessionResponse,
    ForwardBackwardOutput,
    ListCheckpointsResponse,
    ModelRequest,
    RetrieveFutureRequest,
    SessionHeartbeatRequest,
    SessionHeartbeatResponse,
    TelemetryRequest,
    TelemetryResponse,
    TryAgain,
    Wire,
    protobuf,
)

api = FastAPI(title="trainer pod", docs_url=None, redoc_url=None, openapi_url=None)


async def _admitting_pod(request: Request) -> TrainerPod:
    """Return the pod that is asked, once it lets the request in."""
    pod: TrainerPod = request.scope["pod"]
    pod.admit(request.headers.get("fireworks-trainer"))
    return pod


Pod = Annotated[TrainerPod, Depends(_admitting_pod)]


def _json(answer: Wire, status: int = 200) -> Response:
    return Response(answer.model_dump_json(exclude_none=True), status, NO_STORE, "application/json")


@api.post("/api/v1/retrieve_future")
async def retrieve_future(pod: Pod, request: Request) -> Response:
    """Answer with the result, also that of a failed operation; or 408 when it is not there in time."""
    asked = await read_json(request, RetrieveFutureRequest)
    result = await pod.poll(asked.request_id)
    if result is None:
        return _json(TryAgain(request_id=asked.request_id), 408)
    if isinstance(result, ForwardBackwardOutput) and wants_protobuf(request):
        answer = Response(protobuf.write_output(result), 200, NO_STORE, protobuf.CONTENT_TYPE)
    else:
        answer = _json(result)
    limit = pod.config.metadata_over_bytes
    if asked.allow_metadata_only and limit is not None and len(answer.body) > limit:
        return _json(CompleteMetadata(response_payload_size=len(answer.body)))
    return answer


def _serve_operation(kind: str, body: type[Call]) -> None:
    """Add the route of one operation: it is taken, and answered with the id of its future."""

    async def take(pod: Pod, request: Request) -> Response:
        return _json(pod.submit(await read_json(request, body)))

    api.add_api_route(f"/api/v1/{kind}", take, methods=["POST"], name=kind)


@api.post("/api/v1/forward_backward")
async def forward_backward(pod: Pod, request: Request) -> Response:
    """Take a batch, in JSON or in protobuf."""
    return _json(pod.submit(await read_batch(request)))


@api.post("/api/v1/load_weights")
async def load_weights(pod: Pod, request: Request) -> Response:
    """Take the loading of a checkpoint into a model that is there, or into one to be made."""
    return _json(pod.submit(await read_load(request)))


for _kind, _body in OPERATIONS.items():
    if _kind not in ("forward_backward", "load_weights"):
        _serve_operation(_kind, _body)


@api.get("/api/v1/healthz")
async def healthz(pod: Pod) -> Response:
    """Say that the pod is READY, and what it computes on."""
    return JSONResponse({"status": "ok", "device": pod.device}, headers=NO_STORE)


@api.post("/api/v1/client/config")
async def client_config(pod: Pod, request: Request) -> Response:
    """Ask for compressed batches if the world wants them, and leave every other flag of the SDK at its default."""
    await read_json(request, ClientConfigRequest)
    flags = {"proto_compress_fwdbwd": True} if pod.config.compressed_batches else {}
    return JSONResponse(flags, headers=NO_STORE)


@api.post("/api/v1/client/dynamic_config")
async def dynamic_config(pod: Pod, request: Request) -> Response:
    """Leave every setting at its default."""
    await read_json(request, ClientConfigRequest)
    return JSONResponse({}, headers=NO_STORE)


@api.post("/api/v1/create_session")
async def create_session(pod: Pod, request: Request) -> Response:
    """Open a session."""
    await read_json(request, CreateSessionRequest)
    return _json(CreateSessionResponse(session_id=pod.create_session()))


@api.post("/api/v1/session_heartbeat")
async def session_heartbeat(pod: Pod, request: Request) -> Response:
    """Hear that a session lives."""
    pod.require_session((await read_json(request, SessionHeartbeatRequest)).session_id)
    return _json(SessionHeartbeatResponse())


@api.post("/api/v1/telemetry")
async def telemetry(pod: Pod, request: Request) -> Response:
    """Take the client's own events, and leave them unread."""
    await read_json(request, TelemetryRequest)
    return _json(TelemetryResponse())


@api.post("/api/v1/get_info")
async def get_info(pod: Pod, request: Request) -> Response:
    """Describe a model at once, without a future."""
    return _json(pod.get_info((await read_json(request, ModelRequest)).model_id))


@api.get("/api/v1/list_checkpoints")
async def list_checkpoints(pod: Pod) -> Response:
    """Name the job's committed checkpoints."""
    return _json(ListCheckpointsResponse(checkpoints=await pod.list_checkpoints()))


@api.exception_handler(Problem)
async def tell_problem(_: Request, problem: Problem) -> Response:
    """Answer a refusal as problem+json."""
    return JSONResponse(problem.body(), problem.status, NO_STORE, "application/problem+json")


@api.exception_handler(HTTPException)
async def tell_routing_problem(request: Request, refused: HTTPException) -> Response:
    """Answer a path or a method that the pod does not serve as problem+json too."""
    detail = f"{request.method} {request.url.path}: {refused.detail}"
    return await tell_problem(request, Problem(refused.status_code, "no-such-route", refused.detail, detail))


@api.exception_handler(Exception)
async def tell_defect(request: Request, _: Exception) -> Response:
    """Answer what nobody foresaw as problem+json; the pod, which hears of it next, sees here that this was done."""
    request.scope["defect_told"] = True
    return await tell_problem(request, broken())
