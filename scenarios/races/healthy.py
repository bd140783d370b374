"""Nothing goes wrong: every replica knows the route before the job is RUNNING."""

from gateway_sim.scenarios.judge.promises.the_healthy_run_pays_at_most_the_warm_up import (
    the_healthy_run_pays_at_most_the_warm_up,
)
from gateway_sim.scenarios.races import TRAINING_AND_POLLING, Expected, connect_at_once
from gateway_sim.scenarios.sim.events import StepAcknowledged
from gateway_sim.scenarios.world.builder import Pairing
from gateway_sim.scenarios.world.settings import Settings

origin = "PR 348, the happy path of its table"
settings = Settings()
promises = [*TRAINING_AND_POLLING, the_healthy_run_pays_at_most_the_warm_up]
must_reach = [StepAcknowledged]
play = connect_at_once


def expected(pairing: Pairing) -> Expected:
    """Every pair trains a job with a published route."""
    return "kept"
