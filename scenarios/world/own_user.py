"""Users that train with this project's own client, and their clients."""

import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from functools import partial

from gateway_sim.client.connecting import Access
from gateway_sim.client.exactly_once.calls import FRESH
from gateway_sim.client.job_manager import TrainerJobManager
from gateway_sim.client.reconnectable import AsyncReconnectableClient
from gateway_sim.client.sdk.transport import Transport
from gateway_sim.scenarios.sim.events import RunFailed
from gateway_sim.scenarios.world.account import API_KEY, JOB
from gateway_sim.scenarios.world.builder import World
from gateway_sim.scenarios.world.client_group import ClientGroup
from gateway_sim.scenarios.world.pods import BASE_MODEL
from gateway_sim.scenarios.world.user import TrainingScript, User


async def own_user(world: World) -> TrainingScript:
    """Return a user of this project's own client, or a group of users, on the world's network."""
    emit = world.trace.emitter("user")
    if world.settings.clients == 1:
        return one_user(world, "client", emit)
    names = [f"client-{n}" for n in range(world.settings.clients)]
    starts_s: list[float] = []
    if world.settings.phase_s:
        rng = world.seeds.stream("phase")
        starts_s = [rng.uniform(0.0, world.settings.phase_s) for _ in names]
    return ClientGroup({name: partial(one_user, world, name) for name in names}, emit, starts_s)


@contextlib.asynccontextmanager
async def earlier_user(world: World) -> AsyncIterator[User]:
    """Give another user of the job, whose run is judged only by its failure, which is reported as the run's."""
    emit = world.trace.emitter("earlier-user")
    user = one_user(world, "earlier-client", lambda event: emit(event) if isinstance(event, RunFailed) else None)
    try:
        yield user
    finally:
        await user.close()


def one_user(world: World, name: str, user_emit: Callable[[object], None], job: str = JOB) -> User:
    """Return a user that trains `job`, with its own client, connections and random streams."""
    return User(*client_of(world, name, job), world.settings, user_emit)


def client_of(world: World, name: str, job: str = JOB) -> tuple[AsyncReconnectableClient, Transport]:
    """Return a client of a job, and its transport; the caller closes both."""
    settings, sdk = world.settings, world.pairing.sdk
    if settings.chunk_len:
        sdk = replace(sdk, max_chunk_len=settings.chunk_len)
    if settings.keepalive_s:
        kept = {name: replace(rule, keepalive_s=settings.keepalive_s) for name, rule in sdk.pools.items()}
        sdk = replace(sdk, pools=kept)
    transport = world.engine.transport({**sdk.pools, **FRESH})
    emit = world.counted(world.trace.emitter(name))
    control_rng, sdk_rng, policy_rng = (
        world.seeds.stream(f"{name}.{user}") for user in ("control-plane", "sdk", "policy")
    )
    control_plane, gateway = f"http://{world.control_plane_address}", f"http://{world.gateway_address}"
    jobs = TrainerJobManager(control_plane, API_KEY, transport, control_rng, emit, gateway)
    access = Access(jobs, API_KEY, transport, sdk_rng, emit, sdk, world.engine.blocking)
    client = AsyncReconnectableClient(
        jobs,
        job,
        base_model=BASE_MODEL,
        lora_rank=settings.lora_rank,
        policy=world.pairing.client,
        connect=partial(world.pairing.client.connect, access),
        rng=policy_rng,
        emit=emit,
    )
    return client, transport
