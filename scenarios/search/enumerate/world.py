"""One order of a small world, played: two gateway replicas, one job, one publish, one delete, three calls.

There is one call on each leg that a run needs: open the session (connect), dispatch an optimizer step, poll for its
result. The client's own code makes and repeats them under its policy. Gateway, pod and wire are the product's too;
`LazyState` decides what they see.
"""

import asyncio
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from gateway_sim.app import Gateway
from gateway_sim.client.connecting import Access
from gateway_sim.client.exactly_once.calls import FRESH
from gateway_sim.client.job_manager import TrainerEndpoint
from gateway_sim.client.reconnectable import AsyncReconnectableClient
from gateway_sim.client.retry_policies import RetryPolicy
from gateway_sim.client.sdk.errors import describe
from gateway_sim.client.sdk.profiles import TINKER_0_15, SdkProfile
from gateway_sim.client.sdk.service import ServiceClient
from gateway_sim.client.sdk.session import TrainingClient
from gateway_sim.client.sdk.transport import Transport
from gateway_sim.events import RoutePublished, RouteWithdrawn
from gateway_sim.miss_policies import MissPolicy
from gateway_sim.scenarios.engines.virtual.transports import WireTransport, WireUpstream
from gateway_sim.scenarios.run.pairing import pairing_of
from gateway_sim.scenarios.search.enumerate.choices import Choices, OneDraw, OrderRefused
from gateway_sim.scenarios.search.enumerate.fakes import ADDRESS, AnyReplica, LazyReplica, Truth, whole_history
from gateway_sim.scenarios.search.enumerate.lazy_state import DELETED, POD, WITHDRAWN, Bounds, LazyState
from gateway_sim.scenarios.search.enumerate.small_pod import MODEL, SmallPod
from gateway_sim.scenarios.search.enumerate.wire import LazyWire
from gateway_sim.scenarios.sim import clock, events
from gateway_sim.scenarios.sim.trace import Trace
from gateway_sim.scenarios.world.account import ACCOUNT, API_KEY, JOB, KEYS
from gateway_sim.trainer_pod.app import PodApp
from gateway_sim.trainer_pod.events import PodStopped

REPLICAS: Final = 2
HORIZON_S: Final = 900.0
HURRIED: Final = 25
"""From this request on nothing lags, so that a poller without a pause ends. More than 20 polls of one future, a busy
poll, are counted by then."""
MOST_REQUESTS: Final = 100
"""A run that sends more requests counts as hung."""


@dataclass(frozen=True)
class SmallWorld(Bounds):
    """The two policies, and the bounds of an order; `--set` may change these."""

    client: RetryPolicy
    gateway: MissPolicy
    sdk: SdkProfile = TINKER_0_15


def small_world(client: str, gateway: str, settings: Mapping[str, str]) -> SmallWorld:
    """Return the world of two policies by name, with these settings. Raises `UnknownWord` and `SettingsRefused`."""
    pairing, bounds = pairing_of(client, gateway, TINKER_0_15.name, "per-request", settings, Bounds())
    return SmallWorld(pairing.client, pairing.gateway, **vars(bounds))


def play(world: SmallWorld, choices: Choices) -> Trace:
    """Play the order that `choices` pick and return its trace. Raises `OrderRefused`."""
    trace = Trace()
    clock.run(_play(world, choices, trace))
    if choices.refused:
        # the client took the exception for a failure of its call
        raise OrderRefused(choices.refused)
    return trace


async def _play(world: SmallWorld, choices: Choices, trace: Trace) -> None:
    loop = asyncio.get_running_loop()
    trace.clock(loop.time)
    tell, emit = trace.emitter("world"), trace.emitter("gateway")

    def moved(truth: int) -> None:
        if truth == DELETED:
            tell(events.JobDeleted(JOB))
        elif truth == WITHDRAWN:
            trace.emitter("table")(RouteWithdrawn(ACCOUNT, JOB, 1))
        else:
            trace.emitter("pod")(PodStopped(ACCOUNT, JOB, 1))

    state = LazyState(choices, REPLICAS, loop.time, moved, world)
    history, truth = whole_history(), Truth(state)
    pod = PodApp(SmallPod(trace.emitter("pod"), forgets=world.forgetful))
    to_pod = LazyWire(state, emit, ("gateway", "pod"), lambda: None if state.ask("the pod", POD) else pod)
    gateway = Gateway(
        [LazyReplica(state, n, history, emit) for n in range(REPLICAS)],
        balancer=AnyReplica(state),
        policy=world.gateway,
        upstream=WireUpstream(to_pod),
        keys=KEYS,
        emit=emit,
        primary=truth,
        job_states=truth,
    )
    tell(events.WorldBuilt("small-world", world.client.name, world.gateway.name, world.sdk.name, "per-request",
                           "virtual", 1, ""))  # fmt: skip
    trace.emitter("table")(RoutePublished(ACCOUNT, JOB, 1, ADDRESS))
    requests = 0
    try:
        async with asyncio.timeout(HORIZON_S) as horizon:

            def sent(path: str) -> None:
                nonlocal requests
                requests += 1
                if requests == HURRIED:
                    choices.cut = True
                    state.hurry()
                if requests > MOST_REQUESTS:
                    horizon.reschedule(loop.time())
                state.call(path)

            to_gateway = LazyWire(state, emit, ("client", "gateway"), lambda: gateway, sent)
            network = WireTransport(to_gateway, {**world.sdk.pools, **FRESH})
            await _train(world, truth, network, trace, OneDraw(choices, "small world"))
    except TimeoutError:
        tell(events.RunHung(round(loop.time(), 6), MOST_REQUESTS))


async def _train(world: SmallWorld, truth: Truth, network: Transport, trace: Trace, rng: random.Random) -> None:
    tell = trace.emitter("user")
    tell(events.RunStarted(1))
    client = _client(world, truth, network, trace.emitter("client"), rng)
    try:
        await client.connect()
        await client.optim_step({"learning_rate": 1e-3})
        tell(events.StepAcknowledged(1))
    except Exception as error:
        report = describe(error)
        tell(events.RunFailed(report.type, report.status, report.leg, report.message))
    else:
        tell(events.RunFinished(1))
    finally:
        await client.close()


def _client(
    world: SmallWorld, truth: Truth, network: Transport, emit: Callable[[object], None], rng: random.Random
) -> AsyncReconnectableClient:
    policy = world.client

    async def connect(endpoint: TrainerEndpoint, base_model: str, lora_rank: int) -> TrainingClient:
        calls = policy.calls(Access(truth, API_KEY, network, rng, emit, world.sdk), endpoint)
        await calls.post("create_session", {"type": "create_session"})
        await calls.warm_replicas(MODEL)
        return TrainingClient(_NoHeartbeats(), calls, MODEL, emit)

    return AsyncReconnectableClient(truth, JOB, "small", policy=policy, connect=connect, rng=rng, emit=emit)


class _NoHeartbeats(ServiceClient):
    """A session without heartbeats: they change nothing, whether they are answered or not.

    See docs/reference/protocol.md §1.5.
    """

    def __init__(self) -> None:
        pass

    async def close(self) -> None:
        """Nothing runs."""
