"""The routes about training runs and checkpoints, outside of any training (docs/reference/protocol.md §1.6)."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Final, TypeVar

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from gateway_sim.trainer_pod.bodies import read_known
from gateway_sim.trainer_pod.checkpoint_paths import run_id
from gateway_sim.trainer_pod.pod import TrainerPod
from gateway_sim.trainer_pod.protocol import Wire
from gateway_sim.trainer_pod.protocol.listings import (
    CheckpointsListResponse,
    Cursor,
    GetSessionResponse,
    ListSessionsResponse,
    TrainingRunsResponse,
    TtlRequest,
    WeightsInfoRequest,
)
from gateway_sim.trainer_pod.refusals import NO_STORE, malformed

T = TypeVar("T")


def _json(answer: Wire) -> Response:
    return Response(answer.model_dump_json(exclude_none=True), 200, NO_STORE, "application/json")


def _done() -> Response:
    return JSONResponse({}, headers=NO_STORE)


def _page(request: Request, items: Sequence[T]) -> tuple[list[T], Cursor]:
    """Return the part of a list that a request asks for. Raises a 400 for what cannot be asked of a list.

    Every list is of one account, so that both choices of `access_scope` are the whole list.
    """
    for name in request.query_params:
        if name not in ("offset", "limit", "access_scope"):
            raise malformed(f"{name} is not understood: a list here is asked for by offset and limit")
    asked = {}
    for name, default in (("offset", "0"), ("limit", "100")):
        text = request.query_params.get(name, default)
        if not (text.isascii() and text.isdigit() and len(text) < 10):
            raise malformed(f"{name}: {text!r} is no whole number")
        asked[name] = int(text)
    part = items[asked["offset"] : asked["offset"] + asked["limit"]]
    return list(part), Cursor(**asked, total_count=len(items))


def _checkpoint(request: Request) -> tuple[str, str, str]:
    """Return training run, purpose and name of the checkpoint in a path."""
    return request.path_params["run"], request.path_params["purpose"], request.path_params["name"]


async def list_training_runs(pod: TrainerPod, request: Request) -> Response:
    """List the job's training runs."""
    runs, cursor = _page(request, await pod.catalogued(lambda catalog: catalog.training_runs()))
    return _json(TrainingRunsResponse(training_runs=runs, cursor=cursor))


async def get_training_run(pod: TrainerPod, request: Request) -> Response:
    """Describe one training run, by its id or by a model's."""
    return _json(await pod.catalogued(lambda catalog: catalog.training_run(request.path_params["run"])))


async def list_run_checkpoints(pod: TrainerPod, request: Request) -> Response:
    """List the checkpoints of one training run."""
    found = await pod.catalogued(lambda catalog: catalog.checkpoints(request.path_params["run"]))
    return _json(CheckpointsListResponse(checkpoints=found))


async def list_all_checkpoints(pod: TrainerPod, request: Request) -> Response:
    """List the checkpoints of the job."""
    found, cursor = _page(request, await pod.catalogued(lambda catalog: catalog.all_checkpoints()))
    return _json(CheckpointsListResponse(checkpoints=found, cursor=cursor))


async def delete_checkpoint(pod: TrainerPod, request: Request) -> Response:
    """Delete a checkpoint."""
    await pod.catalogued(lambda catalog: catalog.delete(*_checkpoint(request)))
    return _done()


async def set_ttl(pod: TrainerPod, request: Request) -> Response:
    """Set or remove a checkpoint's time to live."""
    asked = await read_known(request, TtlRequest)
    await pod.catalogued(lambda catalog: catalog.keep_for(*_checkpoint(request), asked.ttl_seconds))
    return _done()


async def publish(pod: TrainerPod, request: Request) -> Response:
    """Make a checkpoint public, or with DELETE private."""
    public = request.method == "POST"
    await pod.catalogued(lambda catalog: catalog.publish(*_checkpoint(request), public=public))
    return _done()


async def weights_info(pod: TrainerPod, request: Request) -> Response:
    """Say what a model must be to load a checkpoint."""
    asked = await read_known(request, WeightsInfoRequest)
    return _json(await pod.catalogued(lambda catalog: catalog.weights_info(asked.tinker_path)))


async def list_sessions(pod: TrainerPod, request: Request) -> Response:
    """Name the sessions that were opened here, finished ones too."""
    found, _ = _page(request, pod.sessions.ids())
    return _json(ListSessionsResponse(sessions=found))


async def get_session(pod: TrainerPod, request: Request) -> Response:
    """Describe a session."""
    session_id = request.path_params["session"]
    models, session = pod.models_of(session_id), pod.sessions.known(session_id)
    # also of models that were unloaded, which no list of runs has
    runs = [run_id(pod.config.job, pod.sessions.run_of(model)) for model in models]
    return _json(
        GetSessionResponse(
            training_run_ids=list(dict.fromkeys(runs)),
            sampler_ids=pod.samplers.of_session(session_id),
            user_metadata=session.user_metadata,
            display_name=session.display_name,
        )
    )


async def get_server_capabilities(pod: TrainerPod, _: Request) -> Response:
    """Name base models that the pod trains."""
    return _json(await pod.catalogued(lambda catalog: catalog.capabilities()))


_ONE: Final = "training_runs/{run}/checkpoints/{purpose}/{name}"

ROUTES: Final[Sequence[tuple[str, str, Callable[[TrainerPod, Request], Awaitable[Response]]]]] = (
    ("GET", "training_runs", list_training_runs),
    ("GET", "training_runs/{run}", get_training_run),
    ("GET", "training_runs/{run}/checkpoints", list_run_checkpoints),
    ("DELETE", _ONE, delete_checkpoint),
    ("PUT", f"{_ONE}/ttl", set_ttl),
    ("POST", f"{_ONE}/publish", publish),
    ("DELETE", f"{_ONE}/publish", publish),
    ("GET", "checkpoints", list_all_checkpoints),
    ("GET", "sessions", list_sessions),
    ("GET", "sessions/{session}", get_session),
    ("POST", "weights_info", weights_info),
    ("GET", "get_server_capabilities", get_server_capabilities),
)
