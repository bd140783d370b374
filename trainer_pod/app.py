"""The pod on HTTP: the routes of PROTOCOL §1, the busy ones first, since a router tries them in order.

Starlette and not FastAPI, which takes four times as long to bring a request to its endpoint: a body comes in three
forms, which are read here, and nobody reads a pod's OpenAPI. One application a process serves every pod, since a world
builds thousands of them; the scope says which pod a request is for.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

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

Endpoint = Callable[[TrainerPod, Request], Awaitable[Response]]


def _json(answer: Wire, status: int = 200) -> Response:
    return Response(answer.model_dump_json(exclude_none=True), status, NO_STORE, "application/json")


async def retrieve_future(pod: TrainerPod, request: Request) -> Response:
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


async def forward_backward(pod: TrainerPod, request: Request) -> Response:
    """Take a batch, in JSON or in protobuf."""
    return _json(pod.submit(await read_batch(request)))


async def load_weights(pod: TrainerPod, request: Request) -> Response:
    """Take the loading of a checkpoint into a model that is there, or into one to be made."""
    return _json(pod.submit(await read_load(request)))


def operation(body: type[Call]) -> Endpoint:
    """Return what takes any other operation: it is answered with the id of its future."""

    async def take(pod: TrainerPod, request: Request) -> Response:
        return _json(pod.submit(await read_json(request, body)))

    return take


async def healthz(pod: TrainerPod, _: Request) -> Response:
    """Say that the pod is READY, and what it computes on."""
    return JSONResponse({"status": "ok", "device": pod.device}, headers=NO_STORE)


async def client_config(pod: TrainerPod, request: Request) -> Response:
    """Ask for compressed batches if the world wants them, and leave every other flag of the SDK at its default."""
    await read_json(request, ClientConfigRequest)
    flags = {"proto_compress_fwdbwd": True} if pod.config.compressed_batches else {}
    return JSONResponse(flags, headers=NO_STORE)


async def dynamic_config(_: TrainerPod, request: Request) -> Response:
    """Leave every setting at its default."""
    await read_json(request, ClientConfigRequest)
    return JSONResponse({}, headers=NO_STORE)


async def create_session(pod: TrainerPod, request: Request) -> Response:
    """Open a session."""
    await read_json(request, CreateSessionRequest)
    return _json(CreateSessionResponse(session_id=pod.create_session()))


async def session_heartbeat(pod: TrainerPod, request: Request) -> Response:
    """Hear that a session lives."""
    pod.require_session((await read_json(request, SessionHeartbeatRequest)).session_id)
    return _json(SessionHeartbeatResponse())


async def telemetry(_: TrainerPod, request: Request) -> Response:
    """Take the client's own events, and leave them unread."""
    await read_json(request, TelemetryRequest)
    return _json(TelemetryResponse())


async def get_info(pod: TrainerPod, request: Request) -> Response:
    """Describe a model at once, without a future."""
    return _json(pod.get_info((await read_json(request, ModelRequest)).model_id))


async def list_checkpoints(pod: TrainerPod, _: Request) -> Response:
    """Name the job's committed checkpoints."""
    return _json(ListCheckpointsResponse(checkpoints=await pod.list_checkpoints()))


async def tell_problem(_: Request, problem: Exception) -> Response:
    """Answer a refusal as problem+json."""
    assert isinstance(problem, Problem)
    return JSONResponse(problem.body(), problem.status, NO_STORE, "application/problem+json")


async def tell_routing_problem(request: Request, refused: Exception) -> Response:
    """Answer a path or a method that the pod does not serve as problem+json too."""
    assert isinstance(refused, HTTPException)
    detail = f"{request.method} {request.url.path}: {refused.detail}"
    return await tell_problem(request, Problem(refused.status_code, "no-such-route", refused.detail, detail))


async def tell_defect(request: Request, _: Exception) -> Response:
    """Answer what nobody foresaw as problem+json; the pod, which hears of it next, sees here that this was done."""
    request.scope["defect_told"] = True
    return await tell_problem(request, broken())


def _route(path: str, endpoint: Endpoint, method: str = "POST") -> Route:
    """Return the route to an endpoint, which is called with the pod that is asked once that lets the request in."""

    async def admitted(request: Request) -> Response:
        pod: TrainerPod = request.scope["pod"]
        pod.admit(request.headers.get("fireworks-trainer"))
        return await endpoint(pod, request)

    return Route(f"/api/v1/{path}", admitted, methods=[method])


READ_BY_THEMSELVES = {"forward_backward": forward_backward, "load_weights": load_weights}

api = Starlette(
    routes=[
        _route("retrieve_future", retrieve_future),
        *(_route(kind, READ_BY_THEMSELVES.get(kind) or operation(body)) for kind, body in OPERATIONS.items()),
        _route("healthz", healthz, "GET"),
        _route("client/config", client_config),
        _route("client/dynamic_config", dynamic_config),
        _route("create_session", create_session),
        _route("session_heartbeat", session_heartbeat),
        _route("telemetry", telemetry),
        _route("get_info", get_info),
        _route("list_checkpoints", list_checkpoints, "GET"),
    ],
    exception_handlers={Problem: tell_problem, HTTPException: tell_routing_problem, Exception: tell_defect},
)
