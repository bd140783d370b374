"""Every race catches a part that is broken on purpose: kept with the part whole, broken by name with it broken.

A race that nothing can break proves nothing. Each part is broken at one door, and nothing else is changed.
"""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import pytest

from client.errors import NotFoundError, RequestFailedError
from client.reconnectable import AsyncReconnectableClient
from client.retry_policies import After, AskControlPlane
from client.retry_policies.blanket_404 import Blanket404
from client.retry_policies.plain import Plain
from client.sdk_calls import SdkCalls
from client.verify import Verdict
from client.warmup import Warmup
from control_plane.events import PodPlaced
from control_plane.jobs import JobEvent
from control_plane.reconciler import Reconciler
from gateway_sim.replicas import Replica
from scenarios import races
from scenarios.runner import RunSpec, plan, run, run_plan
from scenarios.world.build import ACCOUNT
from scenarios.world.virtual import VirtualLauncher
from scenarios.world.wire import LoseReply
from trainer_pod.engine import TrainingModel
from trainer_pod.ledger import Ledger
from trainer_pod.pod import TrainerPod
from trainer_pod.protocol import OptimStepOutput

TUNED = {"retry_after_s": "1", "hold_poll_s": "1"}

# --- parts of the gateway, broken


def gateway_that_caches_a_miss_for_ever(patch):
    """What a replica did not see once it never sees again."""
    read, missed = Replica.read, {}

    def read_once(self, key, now_s):
        route = None if (self.name, key) in missed else read(self, key, now_s)
        if route is None:
            missed[self.name, key] = True
        return route

    patch.setattr(Replica, "read", read_once)


def gateway_that_looks_up_the_account_alone(patch):
    """A job whose route is gone gets the pod of a neighbour."""
    read = Replica.read

    def read_any(self, key, now_s):
        route = read(self, key, now_s)
        if route is None or route.state == "READY":
            return route
        others = [other for other in self._history.changes if other.account == key.account and other != key]
        return next((read(self, other, now_s) for other in others), route)

    patch.setattr(Replica, "read", read_any)


# --- parts of the control plane, broken


def launcher_that_starts_nothing(patch):
    """It names an address, and the job is RUNNING with no pod."""

    async def start(self, account, job, incarnation):
        return f"pod-{job}-{incarnation}:8000"

    patch.setattr(VirtualLauncher, "start", start)


def control_plane_whose_delete_leaves_route_and_pod(patch):
    """The job says DELETED, and trains on."""

    async def delete(self, account, name):
        return self._put(self.get(account, name).after(JobEvent.DELETE))

    patch.setattr(Reconciler, "delete", delete)


# --- parts of the pod, broken


def optimizer_that_skips_a_step(patch):
    """The second step is counted and told, and the weights stay where they are."""
    step = TrainingModel.optim_step

    def skipping(self, adam_params, normalization=None):
        if self.step != 1:
            return step(self, adam_params, normalization)
        self.step += 1
        self._begin_accumulation()
        return OptimStepOutput(metrics={"step:max": 2.0})

    patch.setattr(TrainingModel, "optim_step", skipping)


def pod_that_forgets_its_ledger(patch):
    """Every request is the first of its kind."""
    patch.setattr(Ledger, "record", lambda self, key, fingerprint, request_id: None)


def pod_that_takes_whatever_comes(patch):
    """It does not look for whom a request is."""
    patch.setattr(TrainerPod, "admit", lambda self, trainer: None)


# --- parts of the client, broken


def client_that_swallows_errors(patch):
    """A call that fails is a call that is over."""

    async def once(self, call):
        try:
            return await call()
        except Exception:
            return None

    patch.setattr(AsyncReconnectableClient, "_retry_on_transient_not_found", once)


def client_that_sends_a_slow_batch_again(patch):
    """After a minute without a result it sends the same batch as a new request."""

    async def impatient(self, data, loss_fn="cross_entropy", loss_fn_config=None):
        first = await self._training.forward_backward(data, loss_fn, loss_fn_config)
        try:
            return await first.result(60.0)
        except TimeoutError:
            return await (await self._training.forward_backward(data, loss_fn, loss_fn_config)).result()

    patch.setattr(AsyncReconnectableClient, "forward_backward", impatient)


def client_that_waits_between_probes(patch):
    """Its warm-up leaves ten seconds between two successes."""
    patch.setattr(Warmup, "wait_s", lambda self, misses: 10.0)


def client_that_asks_leave_for_every_step(patch):
    """It waits two seconds before each optimizer step, needed or not."""
    step = AsyncReconnectableClient.optim_step

    async def late(self, params):
        await asyncio.sleep(2.0)
        return await step(self, params)

    patch.setattr(AsyncReconnectableClient, "optim_step", late)


def client_that_retries_whatever_the_control_plane_says(patch):
    """A job that is gone gets all four retries."""
    patch.setattr("client.reconnectable.judge", lambda answer: Verdict.RETRY)


def client_that_takes_silence_for_a_no(patch):
    """It asks a control plane that cannot answer, and gives up."""
    patch.setattr(Blanket404, "on_failure", lambda self, failure, attempt: AskControlPlane(then=After(2.0, 2.0)))


def connects_again(pause_s):
    """Return a break: a client that takes no 404 for an answer while it connects."""

    def break_it(patch):
        connect = AsyncReconnectableClient.connect

        async def stubborn(self):
            while True:
                try:
                    return await connect(self)
                except NotFoundError:
                    await asyncio.sleep(pause_s)

        patch.setattr(AsyncReconnectableClient, "connect", stubborn)

    break_it.__name__ = f"client_that_connects_again_after_{pause_s:g}_s_for_ever"
    return break_it


def client_that_puts_words_in_the_trainers_mouth(patch):
    """Whatever a trainer says of its failure, the user hears "not found"."""
    retrieve = SdkCalls.retrieve

    async def reworded(self, *asked):
        try:
            return await retrieve(self, *asked)
        except RequestFailedError as error:
            raise NotFoundError("Trainer job not found or not running") from error

    patch.setattr(SdkCalls, "retrieve", reworded)


def client_that_retries_a_failed_operation(patch):
    """For ever, as if the device might heal."""
    patch.setattr(Plain, "on_failure", lambda self, failure, attempt: After(1.0, 1.0))


# --- worlds that a race is told in


async def as_told(world, story):
    """Play the race as it is."""
    await story(world)


async def beside_a_neighbour(world, story):
    """Play the race in an account that has another job running."""
    world.reconciler.create(ACCOUNT, "job-2")
    await world.until(PodPlaced, job="job-2")
    await story(world)


async def with_a_step_unheard(world, story):
    """Play the race on a wire that loses the first answer to an optimizer step, once the pod has the request."""
    lost = []

    def lose_one(request):
        if request.url.endswith("/optim_step") and request.connection[0] == "client" and not lost:
            lost.append(request)
            return LoseReply()
        return None

    world.engine.wire.rules.append(lose_one)
    await story(world)
    assert lost, "no optimizer step was sent"


@dataclass(frozen=True)
class Case:
    """A race and a pair that keeps it, the part that is broken, and the promise that must say so.

    `prevents` is for a part so broken that it keeps the race from taking place, which the verdict must say instead.
    """

    race: str
    client: str
    gateway: str
    broken: Callable[[pytest.MonkeyPatch], None]
    promise: str
    settings: Mapping[str, str] = field(default_factory=dict)
    world: Callable[..., object] = as_told
    prevents: bool = False

    def play(self):
        """Play the race as the pair does."""
        planned = plan(RunSpec(self.race, self.client, self.gateway, settings=self.settings))
        story = planned.race.play
        return run_plan(
            dataclasses.replace(
                planned, race=dataclasses.replace(planned.race, play=lambda world: self.world(world, story))
            )
        )


CASES = [
    Case("fresh-route", "plain", "route-not-ready", gateway_that_caches_a_miss_for_ever, "the run finishes", TUNED),
    Case("fresh-route", "plain", "route-not-ready", launcher_that_starts_nothing, "the run finishes", TUNED,
         prevents=True),
    Case("healthy", "plain", "not-found", optimizer_that_skips_a_step, "the weights equal the undisturbed runs"),
    Case("healthy", "warmup-verified", "not-found", client_that_waits_between_probes,
         "the healthy run pays at most the warm up"),
    Case("healthy", "plain", "not-found", client_that_asks_leave_for_every_step,
         "the healthy run pays at most the warm up"),
    Case("incident-344", "plain", "route-not-ready", client_that_sends_a_slow_batch_again,
         "no step is applied twice", TUNED),
    Case("mid-training-flap", "blanket-404", "not-found", client_that_swallows_errors, "no acknowledged step is lost"),
    Case("mid-training-flap", "blanket-404", "not-found", pod_that_forgets_its_ledger, "no step is applied twice",
         world=with_a_step_unheard),
    Case("job-deleted", "warmup-verified", "not-found", client_that_retries_whatever_the_control_plane_says,
         "a gone job fails fast"),
    Case("job-deleted", "plain", "not-found", gateway_that_looks_up_the_account_alone,
         "no request reaches another jobs pod", world=beside_a_neighbour, prevents=True),
    Case("job-deleted", "plain", "not-found", control_plane_whose_delete_leaves_route_and_pod,
         "a gone job fails fast", prevents=True),
    Case("control-plane-down", "blanket-404", "not-found", client_that_takes_silence_for_a_no, "the run finishes"),
    Case("route-never-appears", "plain", "not-found", launcher_that_starts_nothing, "the caller hears in time"),
    Case("route-never-appears", "plain", "not-found", connects_again(1.0), "the caller hears in time",
         {"horizon_s": "200"}),
    Case("route-never-appears", "plain", "not-found", connects_again(0.0), "nobody spins",
         {"most_requests": "500"}),
    Case("trainer-broken", "plain", "not-found", client_that_puts_words_in_the_trainers_mouth,
         "a broken trainer is not masked"),
    Case("trainer-broken", "plain", "not-found", client_that_retries_a_failed_operation,
         "a broken trainer is not masked", {"horizon_s": "60"}),
]  # fmt: skip


def caught(case):
    """Play a case whose part is broken, and hold the result to what the case says."""
    result = case.play()
    assert result.verdict == ("not_exercised" if case.prevents else "broken")
    assert case.promise in {violation.promise for violation in result.violations}


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.race}: {case.broken.__name__}")
def test_a_race_catches_a_broken_part(case, monkeypatch):
    """Kept as the race expects, then broken, by the promise whose business it is."""
    whole = case.play()
    assert (whole.verdict, whole.violations) == ("kept", [])
    case.broken(monkeypatch)
    caught(case)


def test_a_pod_that_does_not_look_cannot_hide_a_stray_request(monkeypatch):
    """Where each request was sent, and who lives there, is known without its help."""
    case = next(case for case in CASES if case.broken is gateway_that_looks_up_the_account_alone)
    pod_that_takes_whatever_comes(monkeypatch)
    assert case.play().verdict == "kept"
    case.broken(monkeypatch)
    caught(case)


async def nothing_happens(world):
    """A story in which the race does not take place."""


@pytest.mark.parametrize("name", races.names())
def test_a_race_that_did_not_take_place_is_not_exercised(name):
    """Whatever its promises say of nothing, each event it had to reach is named."""
    planned = plan(RunSpec(name))
    idle = dataclasses.replace(planned, race=dataclasses.replace(planned.race, play=nothing_happens))
    result = run_plan(idle)
    assert result.verdict == "not_exercised"
    assert not result.as_expected
    assert [v.message for v in result.violations if v.promise == "the race took place"] == [
        f"it never reached {kind.__name__}" for kind in planned.race.must_reach
    ]


def test_a_race_without_its_cause_is_not_exercised():
    """With every replica fresh there is no fresh-route race, though the run finishes."""
    result = run(RunSpec("fresh-route", settings={"stale": "0"}))
    assert (result.outcome, result.verdict) == ("completed", "not_exercised")
    assert [v.message for v in result.violations] == ["it never reached RouteMissed"]


def a_promise_that_crashes(trace):
    """Keep nothing, and know nothing."""
    yield from ()
    raise KeyError("weights")


@pytest.mark.parametrize("race", ["healthy", "fresh-route"])
def test_a_promise_that_crashes_is_not_exercised_and_says_so_first(race):
    """Neither kept nor broken: beside promises that were, the crash still decides."""
    planned = plan(RunSpec(race))
    promises = [*planned.race.promises, a_promise_that_crashes]
    result = run_plan(dataclasses.replace(planned, race=dataclasses.replace(planned.race, promises=promises)))
    assert result.verdict == "not_exercised"
    assert not result.as_expected
    first = result.violations[0]
    assert (first.promise, first.message) == (
        "a promise that crashes", "the promise itself crashed: KeyError: 'weights'",
    )  # fmt: skip
