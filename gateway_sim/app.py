"""The gateway as one ASGI application: the proxy for training requests, and FastAPI for health and admin.

Requests under the training prefix bypass FastAPI, whose router and middleware cost more time than the proxy
(docs/reference/costs.md §5).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi_swagger import patch_fastapi  # type: ignore[import-untyped]
from starlette.exceptions import HTTPException

from gateway_sim.admission import Admission
from gateway_sim.balancer import Balancer
from gateway_sim.endpoints import Ejection
from gateway_sim.events import ViewChanged
from gateway_sim.field_sentences import field_sentence
from gateway_sim.finder import Finder
from gateway_sim.job_states import JobStates
from gateway_sim.miss_policies import MissPolicy, PolicyWithMemory
from gateway_sim.primary import Primary
from gateway_sim.problems import Problem
from gateway_sim.proxy import PREFIX, Proxy
from gateway_sim.repeats import Repeats
from gateway_sim.replicas import Replica
from gateway_sim.upstream import Upstream
from gateway_sim.view_bodies import ViewBody, body_of

# FastAPI's own pages load their script from another host
api = FastAPI(
    title="gateway-sim gateway", description="Health, and the faults that can be set while it runs.",
    docs_url=None, redoc_url=None, swagger_ui_oauth2_redirect_url=None,
)  # fmt: skip
patch_fastapi(api, redirect_from_root_to_docs=False)

DEFAULT_MAX_BODY_BYTES = 64 * 1024 * 1024


class Gateway:
    """Several gateway replicas behind one balancer.

    `admission` may refuse requests of an overloaded replica, and `repeats` sends a failed one to the pod again.
    `keys` maps API keys to accounts; policies read strongly from `primary`, and ask `job_states` for the control
    plane's state of a job. Where a route has several addresses, `ejection` says when one of them gets no requests.
    """

    def __init__(
        self,
        replicas: Sequence[Replica],
        *,
        balancer: Balancer,
        policy: MissPolicy | PolicyWithMemory[Any],
        upstream: Upstream,
        keys: Mapping[str, str],
        emit: Callable[[object], None],
        max_body_bytes: int = DEFAULT_MAX_BODY_BYTES,
        primary: Primary | None = None,
        job_states: JobStates | None = None,
        admission: Admission | None = None,
        repeats: Repeats | None = None,
        ejection: Ejection = Ejection(),  # noqa: B008 - it is frozen
    ) -> None:
        self.replicas = list(replicas)
        self.emit = emit
        self.admission = admission
        self.finder = Finder(policy, emit, primary, job_states, ejection)
        self._balancer = balancer
        self._proxy = Proxy(
            finder=self.finder,
            upstream=upstream,
            keys=keys,
            emit=emit,
            max_body_bytes=max_body_bytes,
            replicas=len(self.replicas),
            admission=admission,
            repeats=repeats,
        )

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve one ASGI connection."""
        if scope["type"] == "http" and scope["path"].startswith(PREFIX):
            replica = self.replicas[self._balancer.pick(scope.get("client"), len(self.replicas))]
            await self._proxy.serve(scope, receive, send, replica)
            return
        scope["gateway"] = self
        await api(scope, receive, send)

    def replica(self, name: str) -> Replica:
        """Return the replica of this name. Raises `Problem`."""
        for replica in self.replicas:
            if replica.name == name:
                return replica
        names = ", ".join(replica.name for replica in self.replicas)
        raise Problem(404, "no-such-replica", "Not Found", f"no replica is called {name}; there are {names}")


async def _gateway_of(request: Request) -> Gateway:
    gateway: Gateway = request.scope["gateway"]
    return gateway


AskedGateway = Annotated[Gateway, Depends(_gateway_of)]


@api.get("/healthz")
async def healthz() -> dict[str, str]:
    """Report that the gateway answers."""
    return {"status": "ok"}


@api.get("/admin/replicas")
async def list_replicas(gateway: AskedGateway) -> dict[str, list[dict[str, Any]]]:
    """List the replicas and how each sees the route table: `view` is the body that sets it."""
    return {"replicas": [{"name": replica.name, "view": body_of(replica.view)} for replica in gateway.replicas]}


@api.get("/admin/capacity")
async def read_capacity(gateway: AskedGateway) -> dict[str, float]:
    """Return the cost of all reads of the route table, in DynamoDB's read capacity units."""
    used = gateway.finder.capacity
    return {"strong_reads": used.strong, "eventual_reads": used.eventual, "units": used.units}


@api.put("/admin/replicas/{name}/view")
async def change_view(gateway: AskedGateway, name: str, body: ViewBody) -> dict[str, Any]:
    """Change a replica's view of the route table from now on."""
    replica = gateway.replica(name)
    now_s = asyncio.get_running_loop().time()
    replica.turn(body.view(now_s), now_s)
    gateway.emit(ViewChanged(name, repr(replica.view)))
    return {"name": name, "view": body_of(replica.view)}


def _answer(problem: Problem) -> Response:
    return Response(problem.body(), problem.status, problem.headers)


@api.exception_handler(Problem)
async def _refused(request: Request, problem: Problem) -> Response:
    return _answer(problem)


@api.exception_handler(RequestValidationError)
async def _unfit(request: Request, error: RequestValidationError) -> Response:
    return _answer(Problem(400, "bad-request", "Bad request", field_sentence(error.errors()[0])))


@api.exception_handler(HTTPException)
async def _nothing_here(request: Request, error: HTTPException) -> Response:
    if error.status_code == 405:
        why = f"{request.url.path} does not take {request.method}"
        return _answer(Problem(405, "no-such-method", "Method Not Allowed", why, error.headers))
    return _answer(Problem(404, "no-such-page", "Not Found", f"trainers are under {PREFIX}{{account}}/{{job}}/"))
