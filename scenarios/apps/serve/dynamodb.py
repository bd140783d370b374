"""A DynamoDB endpoint with stale reads, and beside it, on the same port, its admin interface; OpenAPI at /docs."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random as Generator
from typing import Any, Final
from urllib.parse import urlsplit

from fastapi import FastAPI, Response
from prometheus_client import CollectorRegistry, Counter, Gauge, ProcessCollector, generate_latest

from gateway_sim import lag
from gateway_sim.balancer import Balancer, PerConnection, PerRequest, Random
from gateway_sim.events import ReplicaAnswered
from gateway_sim.replicas import Fresh, Lagging, View
from gateway_sim.route_table import REGION, dynamodb_client
from gateway_sim.scenarios.apps.serve.metrics import CONTENT_TYPE
from gateway_sim.scenarios.apps.serve.problems import documented, refused
from gateway_sim.scenarios.engines.live.servers import Servers
from gateway_sim.scenarios.sim.errors import SettingsRefused, check
from gateway_sim.scenarios.sim.moto import MOTO
from gateway_sim.stale_reads import StaleReadClient
from gateway_sim.stale_reads.endpoint import Endpoint
from gateway_sim.view_bodies import ViewBody, body_of

HOST: Final = "127.0.0.1"
DASHBOARD_CLEARED_S: Final = 1.0
"""How many seconds moto's dashboard collects items."""
PICKS: Final = ("per-request", "per-connection", "per-key")
"""Which replica answers: any, the connection's, or that of the caller's access key id."""


@dataclass(frozen=True)
class Wanted:
    """What to serve: the last `stale` of `replicas` lag by `law`; `endpoint_url` None is moto.

    A state of an item is dropped `keep_s` seconds after it was replaced, unless a replica can show it then.
    """

    replicas: int
    stale: int
    law: lag.Law
    pick: str
    seed: int
    miss_ttl_s: float
    keep_s: float
    endpoint_url: str | None
    port: int

    def __post_init__(self) -> None:
        check("--pick", self.pick, PICKS)
        if not 0 <= self.stale <= self.replicas:
            raise SettingsRefused(f"--stale is {self.stale}; there are {self.replicas} replicas: name 0 to that number")

    def views(self) -> list[View]:
        """Return the view of each replica at the start."""
        fresh: list[View] = [Fresh()] * (self.replicas - self.stale)
        return [*fresh, *[Lagging(self.law)] * self.stale]

    def balancer(self) -> Balancer:
        """Return what picks a replica; the seed decides, as for lags."""
        order = Random(Generator(f"{self.seed}/dynamodb"))
        return PerRequest(order) if self.pick == "per-request" else PerConnection(order)


def law_of(words: str) -> lag.Law:
    """Return the law that `fixed:4`, `uniform:8`, `uniform:2-8`, `exponential:1` or `simpledb-step` names.

    Raises `SettingsRefused` or `UnknownWord`.
    """
    name, _, numbers = words.partition(":")
    check("lag law", name, lag.BY_NAME)
    wrong = SettingsRefused(f"--lag {words}: write fixed:4, uniform:8, uniform:2-8, exponential:1 or simpledb-step")
    try:
        seconds = [float(number) for number in numbers.split("-")] if numbers else []
    except ValueError:
        raise wrong from None
    if not all(0 <= second < float("inf") for second in seconds) or seconds != sorted(seconds):
        raise wrong
    if len(seconds) == 2 and name == "uniform":
        return lag.Uniform(*seconds)
    if len(seconds) != (0 if name == "simpledb-step" else 1):
        raise wrong
    return lag.BY_NAME[name](*seconds or [0.0])


class Reads:
    """What the endpoint answered, the states that it keeps, and its process, as Prometheus scrapes them."""

    def __init__(self, states: Callable[[], int]) -> None:
        self._registry = CollectorRegistry()
        kept = Gauge("gateway_sim_dynamodb_states", "States of items that are kept.", registry=self._registry)
        kept.set_function(states)
        ProcessCollector(registry=self._registry)
        self._answers = self._counter("answers", "Operations that were answered.", "operation", "replica", "status")
        self._stale = self._counter("stale_items", "Items that a replica showed older than the table.", "replica")

    def _counter(self, name: str, description: str, *labels: str) -> Counter:
        return Counter(f"gateway_sim_dynamodb_{name}", description, labels, registry=self._registry)

    def emit(self, event: object) -> None:
        """Count an event of the endpoint."""
        if isinstance(event, ReplicaAnswered):
            replica = "table" if event.replica is None else str(event.replica)
            # an operation that DynamoDB does not have would add a counter for each misspelling
            known = event.operation if event.status == 200 or event.replica is not None else "refused"
            self._answers.labels(known, replica, str(event.status)).inc()
            if event.stale_items:
                self._stale.labels(replica).inc(event.stale_items)

    def text(self) -> bytes:
        """Return all counters."""
        return generate_latest(self._registry)


def admin(stale: StaleReadClient, now: Callable[[], float], reads: Reads) -> FastAPI:
    """Return the admin interface of an endpoint: the views of its replicas, and its counters."""
    app = documented("gateway-sim dynamodb")
    at_start = list(stale.views)

    def described(replica: int) -> dict[str, Any]:
        return {"replica": replica, "view": body_of(stale.views[replica])}

    def turned(replica: int, view_of: Callable[[], View]) -> dict[str, Any] | Response:
        if not 0 <= replica < len(at_start):
            known = f"they are numbered 0 to {len(at_start) - 1}"
            return refused(404, "no-such-replica", f"there is no replica {replica}; {known}")
        stale.views[replica] = view_of()
        return described(replica)

    @app.get("/admin/replicas")
    async def list_replicas() -> dict[str, list[dict[str, Any]]]:
        """List the replicas and how each sees the tables."""
        return {"replicas": [described(replica) for replica in range(len(at_start))]}

    @app.put("/admin/replicas/{replica}/view", response_model=None)
    async def change_view(replica: int, body: ViewBody) -> dict[str, Any] | Response:
        """Change a replica's lag, or cut it off, from now on."""
        return turned(replica, lambda: body.view(now()))

    @app.delete("/admin/replicas/{replica}/view", response_model=None)
    async def heal(replica: int) -> dict[str, Any] | Response:
        """Return a replica to the view that it had at the start."""
        return turned(replica, lambda: at_start[replica])

    @app.get("/metrics")
    async def read_metrics() -> Response:
        """Return the counters, as Prometheus scrapes them."""
        # the number of states waits for the call that is answered
        return Response(await asyncio.to_thread(reads.text), media_type=CONTENT_TYPE)

    return app


@contextlib.contextmanager
def backing(endpoint_url: str | None) -> Iterator[Any]:
    """Give a client of the tables: of moto in this process, or of an endpoint. Raises `SettingsRefused`."""
    if endpoint_url is None:
        with MOTO.held():
            yield dynamodb_client(None)
        return
    from botocore.exceptions import BotoCoreError, ClientError

    if urlsplit(endpoint_url).scheme not in ("http", "https"):
        raise SettingsRefused(f"--dynamodb-endpoint {endpoint_url}: write a URL, such as http://127.0.0.1:8000")
    client = dynamodb_client(endpoint_url)
    try:
        client.list_tables(Limit=1)
    except (BotoCoreError, ClientError, ValueError) as error:
        raise SettingsRefused(f"--dynamodb-endpoint {endpoint_url} does not answer as DynamoDB: {error}") from None
    yield client


async def serve(wanted: Wanted, ready: Callable[[dict[str, Any]], None]) -> None:
    """Serve the endpoint, call `ready` with its document, and run until cancelled; the copies are then deleted."""
    loop = asyncio.get_running_loop()
    servers = Servers(HOST, {"dynamodb": wanted.port})
    settings: Any = {
        "seed": wanted.seed,
        "balancer": wanted.balancer(),
        "miss_ttl_s": wanted.miss_ttl_s,
        "keep_s": wanted.keep_s,
        # moto is in this process, so every writer comes through the endpoint
        "only_writer": wanted.endpoint_url is None,
    }
    with (
        backing(wanted.endpoint_url) as client,
        StaleReadClient(client, wanted.views(), now=loop.time, **settings) as stale,
    ):
        reads = Reads(stale.states)
        endpoint = Endpoint(stale, connection="caller" if wanted.pick == "per-key" else "socket", emit=reads.emit)
        pages = admin(stale, loop.time, reads)

        async def front(scope: Any, receive: Any, send: Any) -> None:
            is_call = (scope["method"], scope["path"]) == ("POST", "/")
            await (endpoint if is_call else pages)(scope, receive, send)

        address = await servers.serve("dynamodb", front)
        try:
            ready(document(wanted, f"http://{address}", client.meta.region_name))
            while True:
                await asyncio.sleep(DASHBOARD_CLEARED_S)
                if wanted.endpoint_url is None:
                    MOTO.clear_dashboard()
        finally:
            await servers.close()


def document(wanted: Wanted, endpoint: str, region: str = REGION) -> dict[str, Any]:
    """Return an endpoint's addresses, replicas and variables as plain JSON values."""
    return {
        "endpoint": endpoint,
        "admin": f"{endpoint}/docs",
        "region": region,
        "backing": wanted.endpoint_url or "moto",
        "pick": wanted.pick,
        "seed": wanted.seed,
        "replicas": [
            {"replica": number, "view": repr(view), "access_key_id": f"LABREPLICA{number}"}
            for number, view in enumerate(wanted.views())
        ],
        "environ": {
            "AWS_ENDPOINT_URL_DYNAMODB": endpoint,
            "AWS_REGION": region,
            "AWS_DEFAULT_REGION": region,  # boto3 reads this one alone
            "AWS_ACCESS_KEY_ID": "LAB",
            "AWS_SECRET_ACCESS_KEY": "LAB",
        },
    }
