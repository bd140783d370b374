"""A pod on HTTP: the routes of docs/reference/protocol.md §1, the busy ones first, since a router tries them in order.

Starlette and not FastAPI: FastAPI takes four times as long to bring a request to its endpoint, bodies come in three
forms that are read here, and a pod's OpenAPI has no readers. One Starlette application serves every pod of a process,
because a world builds thousands of pods; the scope names the pod of a request.
"""

from collections.abc import Awaitable, Callable
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from gateway_sim.trainer_pod.bodies import read_batch, read_json, read_known, read_load, wants_protobuf
from gateway_sim.trainer_pod.not_served import CONTROL_PLANE, NOT_SERVED, REFUSED_OPERATIONS, not_served
from gateway_sim.trainer_pod.operations import OPERATIONS, Call
from gateway_sim.trainer_pod.pod import TrainerPod
from gateway_sim.trainer_pod.protocol import (
    ClientConfigRequest,
    CompleteMetadata,
    CreateSessionRequest,
    CreateSessionResponse,
    FinishSessionRequest,
    FinishSessionResponse,
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
from gateway_sim.trainer_pod.protocol.sampling import (
    CreateSamplingSessionRequest,
    CreateSamplingSessionResponse,
    JoinSamplingSessionRequest,
    JoinSamplingSessionResponse,
    SampleOutput,
    SampleRequest,
)
from gateway_sim.trainer_pod.refusals import NO_STORE, Problem
from gateway_sim.trainer_pod.rest import ROUTES

Endpoint = Callable[[TrainerPod, Request], Awaitable[Response]]


class PodApp:
    """The ASGI application of one pod."""

    def __init__(self, pod: TrainerPod) -> None:
        self.pod = pod

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve one request."""
        scope["pod"] = self.pod
        try:
            await routes(scope, receive, send)
        except Exception as defect:
            # a server that saw it would close the connection, and with it the other requests on it
            if not scope.get("defect_told"):
                raise
            self.pod.broke(scope["path"], defect)


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
    elif isinstance(result, SampleOutput) and wants_protobuf(request):
        answer = Response(protobuf.write_samples(result), 200, NO_STORE, protobuf.CONTENT_TYPE)
    else:
        answer = _json(result)
    limit = pod.config.metadata_over_bytes
    if asked.allow_metadata_only and limit is not None and len(answer.body) > limit:
        return _json(CompleteMetadata(response_payload_size=len(answer.body)))
    return answer


async def forward_backward(pod: TrainerPod, request: Request) -> Response:
    """Accept a batch, in JSON or in protobuf."""
    return _json(pod.submit(await read_batch(request)))


async def load_weights(pod: TrainerPod, request: Request) -> Response:
    """Accept the loading of a checkpoint into an existing model, or into a new one."""
    return _json(pod.submit(await read_load(request)))


def operation(body: type[Call]) -> Endpoint:
    """Return the endpoint of any other operation, which answers with the request id of its result."""

    async def take(pod: TrainerPod, request: Request) -> Response:
        return _json(pod.submit(await read_json(request, body)))

    return take


async def healthz(pod: TrainerPod, _: Request) -> Response:
    """Answer that the pod is READY, with its device."""
    return JSONResponse({"status": "ok", "device": pod.device}, headers=NO_STORE)


async def client_config(pod: TrainerPod, request: Request) -> Response:
    """Ask for compressed batches if the pod is so configured; every other flag of the SDK keeps its default."""
    await read_json(request, ClientConfigRequest)
    flags = {"proto_compress_fwdbwd": True} if pod.config.compressed_batches else {}
    return JSONResponse(flags, headers=NO_STORE)


async def dynamic_config(_: TrainerPod, request: Request) -> Response:
    """Leave every setting at its default."""
    await read_json(request, ClientConfigRequest)
    return JSONResponse({}, headers=NO_STORE)


async def create_session(pod: TrainerPod, request: Request) -> Response:
    """Open a session."""
    asked = await read_known(request, CreateSessionRequest)
    return _json(CreateSessionResponse(session_id=pod.sessions.create(asked)))


async def finish_session(pod: TrainerPod, request: Request) -> Response:
    """Finish a session; a repeat is answered with the first reason."""
    session_id = request.path_params["session_id"]
    reason = pod.sessions.finish(session_id, await read_json(request, FinishSessionRequest))
    return _json(FinishSessionResponse.model_validate({"session_id": session_id, "reason": {"type": reason}}))


async def session_heartbeat(pod: TrainerPod, request: Request) -> Response:
    """Acknowledge the heartbeat of a session."""
    pod.sessions.require((await read_json(request, SessionHeartbeatRequest)).session_id)
    return _json(SessionHeartbeatResponse())


async def telemetry(_: TrainerPod, request: Request) -> Response:
    """Accept the client's own events without reading them."""
    await read_json(request, TelemetryRequest)
    return _json(TelemetryResponse())


async def create_sampling_session(pod: TrainerPod, request: Request) -> Response:
    """Open a sampling session."""
    asked = await read_json(request, CreateSamplingSessionRequest)
    pod.sessions.require(asked.session_id)
    sampler_id = await pod.samplers.open(asked, pod.device)
    return _json(CreateSamplingSessionResponse(sampling_session_id=sampler_id))


async def asample(pod: TrainerPod, request: Request) -> Response:
    """Accept a request for sequences."""
    return _json(pod.samplers.submit(await read_json(request, SampleRequest)))


async def join_sampling_session(pod: TrainerPod, request: Request) -> Response:
    """Number a further client of a sampling session: newer SDKs count its requests from there."""
    asked = await read_known(request, JoinSamplingSessionRequest)
    return _json(JoinSamplingSessionResponse(client_counter=pod.samplers.join(asked.sampling_session_id)))


async def get_sampler(pod: TrainerPod, request: Request) -> Response:
    """Say what a sampling session samples from."""
    return _json(pod.samplers.describe(request.path_params["sampler_id"]))


async def get_info(pod: TrainerPod, request: Request) -> Response:
    """Describe a model at once, without a future."""
    return _json(pod.get_info((await read_known(request, ModelRequest)).model_id))


async def list_checkpoints(pod: TrainerPod, _: Request) -> Response:
    """Name the job's committed checkpoints."""
    return _json(ListCheckpointsResponse(checkpoints=await pod.list_checkpoints()))


async def _problem(_: Request, problem: Exception) -> Response:
    """Answer a refusal as problem+json."""
    assert isinstance(problem, Problem)
    return JSONResponse(problem.body(), problem.status, NO_STORE, "application/problem+json")


async def _routing_problem(request: Request, refused: Exception) -> Response:
    """Answer a path or a method without a route as problem+json too."""
    assert isinstance(refused, HTTPException)
    detail = f"{request.method} {request.url.path}: {refused.detail}"
    return await _problem(request, Problem(refused.status_code, "no-such-route", refused.detail, detail))


async def _defect(request: Request, _: Exception) -> Response:
    """Answer an unforeseen error as problem+json, and mark the request as answered for `PodApp`, which gets it next."""
    request.scope["defect_told"] = True
    defect = Problem(500, "pod-defect", "The trainer pod is at fault", "the trainer pod met a defect of its own")
    return await _problem(request, defect)


def refused(why: str) -> Endpoint:
    """Return the endpoint of a request that the pod does not serve."""

    async def refuse(_: TrainerPod, request: Request) -> Response:
        raise not_served(f"{request.method} {request.url.path}", why)

    return refuse


def refused_operation(kind: str, why: str) -> Endpoint:
    """Return the endpoint of an operation that the pod does not serve, which answers with a future as others do."""

    async def refuse(pod: TrainerPod, _: Request) -> Response:
        return _json(pod.refuse(f"{kind} is not served: {why}"))

    return refuse


def _route(path: str, endpoint: Endpoint, method: str = "POST", below: str = "api/v1/") -> Route:
    """Return the route to an endpoint, which is called with the pod once the pod has admitted the request."""

    async def admitted(request: Request) -> Response:
        pod: TrainerPod = request.scope["pod"]
        pod.admit(request.headers.get("fireworks-trainer"))
        return await endpoint(pod, request)

    return Route(f"/{below}{path}", admitted, methods=[method])


OWN_READERS = {"forward_backward": forward_backward, "load_weights": load_weights}

routes = Starlette(
    routes=[
        _route("retrieve_future", retrieve_future),
        *(_route(kind, OWN_READERS.get(kind) or operation(body)) for kind, body in OPERATIONS.items()),
        _route("healthz", healthz, "GET"),
        _route("client/config", client_config),
        _route("client/dynamic_config", dynamic_config),
        _route("create_session", create_session),
        _route("sessions/{session_id}/finish", finish_session),
        _route("session_heartbeat", session_heartbeat),
        _route("create_sampling_session", create_sampling_session),
        _route("asample", asample),
        _route("samplers/{sampler_id}", get_sampler, "GET"),
        _route("join_sampling_session", join_sampling_session),
        _route("telemetry", telemetry),
        _route("get_info", get_info),
        _route("list_checkpoints", list_checkpoints, "GET"),
        *(_route(path, endpoint, method) for method, path, endpoint in ROUTES),
        *(_route(kind, refused_operation(kind, why)) for kind, why in REFUSED_OPERATIONS.items()),
        *(_route(path, refused(why), method) for (method, path), why in NOT_SERVED.items()),
        *(_route("v1/{rest:path}", refused(CONTROL_PLANE), method, below="") for method in ("GET", "POST")),
    ],
    exception_handlers={Problem: _problem, HTTPException: _routing_problem, Exception: _defect},
)
