"""What a test knows of its world, and what the world's judges know of the test: the same in both engines."""

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import pytest

from gateway_sim.client.sdk.bodies import datum_body
from gateway_sim.replicas import Lagging
from gateway_sim.route_table import RouteKey
from gateway_sim.scenarios.apps.pytest_plugin.contact import Contact, contact
from gateway_sim.scenarios.apps.pytest_plugin.worlds import MarkedWorld
from gateway_sim.scenarios.judge.verdict import Broken
from gateway_sim.scenarios.run.plans import RacePlan
from gateway_sim.scenarios.run.result import RaceResult
from gateway_sim.scenarios.sim import events
from gateway_sim.scenarios.sim.trace import Trace
from gateway_sim.scenarios.world.account import ACCOUNT, API_KEY, FIREWORKS_KEY, JOB, sdk_environ
from gateway_sim.scenarios.world.builder import World
from gateway_sim.scenarios.world.fault import Fault
from gateway_sim.scenarios.world.pods import BASE_MODEL
from gateway_sim.scenarios.world.undisturbed import ADAM
from gateway_sim.scenarios.world.user import TrainingScript
from gateway_sim.trainer_pod.events import GradientsAccumulated, StepApplied
from gateway_sim.trainer_pod.text import batch

OWN = "own"
"""The client's name in the result of a test."""


@dataclass(frozen=True)
class Injected:
    """A fault that the test injected, when, and how many optimizer steps were acknowledged by then."""

    at_s: float
    fault: Fault
    steps: int


class RacedStack(ABC):
    """The stack of a test's world. `base_url` serves control plane and gateway.

    The weights are judged only if the test uses `batches`: for other batches the undisturbed weights are unknown.
    `folders` makes the folder of the evidence. `injected` holds the faults that the test injected.
    """

    account = ACCOUNT
    job = JOB
    api_key = API_KEY
    fireworks_api_key = FIREWORKS_KEY
    base_model = BASE_MODEL
    adam: Mapping[str, float] = ADAM

    def __init__(self, marked: MarkedWorld, folders: pytest.TempPathFactory | None = None) -> None:
        self.base_url = ""
        self.folders = folders
        self.injected: list[Injected] = []
        self.plan = marked.plan
        self.trace = Trace()
        self._settle_s, self._limit_s = marked.settle_s, marked.limit_s
        self._on_own_batches = False

    @property
    def trainer_url(self) -> str:
        """Return the base URL of the trainer, through the gateway."""
        return self.environ["TINKER_BASE_URL"]

    @property
    def lora_rank(self) -> int:
        """Return the rank that the undisturbed run trains with."""
        return self.plan.settings.lora_rank

    @property
    def environ(self) -> dict[str, str]:
        """Return the variables by which tinker and fireworks-ai find the platform."""
        return sdk_environ(self.base_url)

    @property
    def batches(self) -> list[list[dict[str, Any]]]:
        """Return the race's batches, one a step; a test that uses them must end with the undisturbed weights.

        Each is a list of datums as JSON objects (docs/reference/protocol.md §1.3), for one forward_backward with
        `cross_entropy` and one optim_step with `adam`, on `base_model` at `lora_rank`.
        """
        self._on_own_batches = True
        settings = self.plan.settings
        steps = [batch(step, settings.batch, settings.length) for step in range(1, settings.steps + 1)]
        return [[datum_body(datum) for datum in step] for step in steps]

    def ledger(self) -> list[GradientsAccumulated | StepApplied]:
        """Return the pods' changes of the weights, in order: gradients accumulated and steps applied."""
        return [entry.event for entry in self.trace.of(GradientsAccumulated, StepApplied)]

    @abstractmethod
    def conclude(self, error: BaseException | None, settle_s: float | None = None) -> RaceResult:
        """Judge the race, for which the test has ended with this error."""

    @abstractmethod
    def contact(self) -> Contact:
        """Return the client's requests and the replicas that answered them."""

    def _own_plan(
        self, play: Callable[[World], Awaitable[None]], user_of: Callable[[World], Awaitable[TrainingScript]]
    ) -> RacePlan:
        """Return the plan with this way to play it, and with the test as its user."""
        spec = replace(self.plan.spec, client=OWN, driver=OWN)
        return replace(self.plan, spec=spec, race=replace(self.plan.race, play=play), user_of=user_of)

    def _judge(self, wall_s: float) -> RaceResult:
        planned = replace(self.plan, own_batches=self._on_own_batches)
        result = planned.judge(self.trace, wall_s)
        if not contact(self.trace, RouteKey(ACCOUNT, JOB), {}).reached:
            unasked = Broken("the race took place", f"no request for the route of {ACCOUNT}/{JOB} came", 0.0)
            result = replace(result, verdict="not_exercised", violations=[unasked, *result.violations])
        # the replay line names a client of this project, which every reader has
        return replace(result, client=OWN, driver=OWN)

    def _begin_fault(self, world: World, fault: Fault, now_s: float) -> None:
        steps = sum(1 for _ in self.trace.of(events.StepAcknowledged))
        world.inject(fault)
        self.injected.append(Injected(now_s, fault, steps))

    def _over_limit(self) -> str:
        """Return the limit of the world at which it ended, in words."""
        settings = self.plan.settings
        for entry in self.trace.of(events.RunHung):
            if entry.event.requests >= settings.most_requests:
                return f"after {settings.most_requests} requests (most_requests)"
            return f"after {settings.horizon_s:g} s (horizon_s)"
        return "when its world had failed"


def lag_over_s(world: World) -> dict[str, float | None]:
    """Return for each replica when it saw the job's newest route; None for one that sees every change at once."""
    changes = world.table.history.of(RouteKey(ACCOUNT, JOB))
    return {
        replica.name: replica.view.settles_at_s(changes[-1], replica.lags) - world.began_s
        if changes and isinstance(replica.view, Lagging)
        else None
        for replica in world.replicas
    }
