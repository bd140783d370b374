"""One order of a small world, played: two gateway replicas, one job, one publish, one delete, three calls.

The calls are one on each leg that a run cannot do without: open the session (connect), hand an optimizer step in
(dispatch), fetch its result (poll). They are made, and repeated, by the client's own code under its policy.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final

from client.exactly_once.calls import SteadyCalls
from client.exactly_once.job_monitor import JobMonitor
from client.exactly_once.liveness import JobIdentity
from client.exactly_once.warm_replicas import Coverage, cover
from client.job_manager import TrainerEndpoint
from client.reconnectable import AsyncReconnectableClient
from client.retry_policies import ExactlyOnce, RetryPolicy
from client.sdk.calls import SdkCalls
from client.sdk.errors import describe
from client.sdk.profiles import TINKER_0_15, SdkProfile
from client.sdk.session import ServiceClient, TrainingClient
from gateway_sim.app import Gateway
from gateway_sim.events import RoutePublished, RouteWithdrawn
from gateway_sim.miss_policies import MissPolicy
from scenarios.search.enumerate.choices import Choices, OrderRefused
from scenarios.search.enumerate.fakes import (
    ADDRESS,
    MOST_REQUESTS,
    AnyReplica,
    Network,
    Truth,
    UnfoldingReplica,
    whole_history,
)
from scenarios.search.enumerate.hops import Emit
from scenarios.search.enumerate.lazy_state import DELETED, WITHDRAWN, LazyState
from scenarios.search.enumerate.small_pod import MODEL, SmallPod
from scenarios.sim import clock, events
from scenarios.sim.errors import SettingsRefused, check
from scenarios.sim.trace import Trace
from scenarios.world.account import ACCOUNT, API_KEY, JOB, KEYS
from scenarios.world.policies import client_policies, gateway_policies
from scenarios.world.setting_words import apply_settings
from trainer_pod.events import PodStopped

REPLICAS: Final = 2
HORIZON_S: Final = 900.0


@dataclass(frozen=True)
class SmallWorld:
    """Who plays, and by what rules; `--set` may change these.

    A replica sees what was written within `lag_s`, a delete is through within `delete_s`, in seconds. `repeats` bounds
    what is heard again (`LazyState`), `losses` messages are lost in an order, `forgetful` pods keep no ledger.
    """

    client: RetryPolicy
    gateway: MissPolicy
    sdk: SdkProfile = TINKER_0_15
    lag_s: float = 4.0
    delete_s: float = 1.0
    repeats: int = 1
    losses: int = 1
    forgetful: bool = False

    def __post_init__(self) -> None:
        """Refuse rules that no order can follow, or that no enumeration comes to the end of."""
        for name, least, most in (("lag_s", 0, 30), ("delete_s", 0, 30), ("repeats", 1, 3), ("losses", 0, 3)):
            value = getattr(self, name)
            if not least <= value <= most:
                raise SettingsRefused(f"{name} is {value:g}; it must be between {least} and {most}")


def small_world(client: str, gateway: str, settings: Mapping[str, str]) -> SmallWorld:
    """Return the world of two policies, by name, so set. Raises `UnknownWord`, or `SettingsRefused` for a setting."""
    clients, gateways = client_policies(), gateway_policies()
    one = clients[check("client policy", client, clients)]()
    other = gateways[check("gateway policy", gateway, gateways)]()
    other, one, world = apply_settings(settings, other, one, SmallWorld(one, other))
    return SmallWorld(**{**vars(world), "client": one, "gateway": other})


def play(world: SmallWorld, choices: Choices) -> Trace:
    """Play the order that `choices` pick and return what happened. Raises `OrderRefused`."""
    trace = Trace()
    clock.run(_play(world, choices, trace))
    if choices.refused:
        # the code behind the doors took it for a failure of its own
        raise OrderRefused(choices.refused)
    return trace


async def _play(world: SmallWorld, choices: Choices, trace: Trace) -> None:
    loop = asyncio.get_running_loop()
    trace.clock(loop.time)
    told = trace.emitter("world")

    def moved(truth: int) -> None:
        if truth == DELETED:
            told(events.JobDeleted(JOB))
        elif truth == WITHDRAWN:
            trace.emitter("table")(RouteWithdrawn(ACCOUNT, JOB, 1))
        else:
            trace.emitter("pod")(PodStopped(ACCOUNT, JOB, 1))

    unfolding = LazyState(
        choices,
        REPLICAS,
        loop.time,
        moved,
        lag_s=world.lag_s,
        delete_s=world.delete_s,
        repeats=world.repeats,
        losses=world.losses,
    )
    history, truth, emit = whole_history(), Truth(unfolding), trace.emitter("gateway")
    gateway = Gateway(
        [UnfoldingReplica(unfolding, n, history, emit) for n in range(REPLICAS)],
        balancer=AnyReplica(unfolding),
        policy=world.gateway,
        upstream=SmallPod(unfolding, trace.emitter("pod"), forgets=world.forgetful),
        keys=KEYS,
        emit=emit,
        primary=truth,
    )
    gateway.finder.job_states = truth
    told(events.WorldBuilt("small-world", world.client.name, world.gateway.name, world.sdk.name, "per-request",
                           "virtual", 1, ""))  # fmt: skip
    trace.emitter("table")(RoutePublished(ACCOUNT, JOB, 1, ADDRESS))
    try:
        async with asyncio.timeout(HORIZON_S) as patience:
            network = Network(unfolding, gateway, emit, lambda: patience.reschedule(loop.time()))
            await _train(world, truth, network, trace)
    except TimeoutError:
        told(events.RunHung(round(loop.time(), 6), MOST_REQUESTS))


async def _train(world: SmallWorld, truth: Truth, network: Network, trace: Trace) -> None:
    told = trace.emitter("user")
    told(events.RunStarted(1))
    client = _client(world, truth, network, trace.emitter("client"))
    try:
        await client.connect()
        await client.optim_step({"learning_rate": 1e-3})
        told(events.StepAcknowledged(1))
    except Exception as error:
        report = describe(error)
        told(events.RunFailed(report.type, report.status, report.leg, report.message))
    else:
        told(events.RunFinished(1))
    finally:
        await client.close()


def _client(world: SmallWorld, truth: Truth, network: Network, emit: Emit) -> AsyncReconnectableClient:
    policy, rng = world.client, random.Random("small world")

    async def connect(endpoint: TrainerEndpoint, base_model: str, lora_rank: int) -> TrainingClient:
        root, key = endpoint.base_url, API_KEY
        if isinstance(policy, ExactlyOnce):
            watch, trained = JobMonitor(truth, JOB, policy, rng, emit), JobIdentity(endpoint.uid, endpoint.incarnation)
            steady = SteadyCalls(root, key, world.sdk, network, rng, emit, trained=trained, policy=policy, watch=watch)
            await steady.post("create_session", {"type": "create_session"})
            reach = Coverage(policy.cover_gap_s, policy.cover_calm_s, policy.cover_s)
            prove = partial(steady.prove, "get_info", {"model_id": MODEL})
            await cover(reach, prove, lambda: watch.lost(trained), rng, emit)
            return TrainingClient(_NoBeats(), steady, MODEL, emit)
        calls = SdkCalls(root, key, world.sdk, network, rng, emit)
        await calls.post("create_session", {"type": "create_session"})
        return TrainingClient(_NoBeats(), calls, MODEL, emit)

    return AsyncReconnectableClient(truth, JOB, "small", policy=policy, connect=connect, rng=rng, emit=emit)


class _NoBeats(ServiceClient):
    """A session that nobody keeps alive: beats are answered or not, and change nothing (PROTOCOL §1.5)."""

    def __init__(self) -> None:
        pass

    async def close(self) -> None:
        """There is nothing to end."""
