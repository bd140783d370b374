"""Nothing goes wrong: every replica knows the route before the job says RUNNING."""

from scenarios.judge.promises.no_busy_polling import no_busy_polling
from scenarios.judge.promises.the_healthy_run_pays_at_most_the_warm_up import the_healthy_run_pays_at_most_the_warm_up
from scenarios.races import TRAINING, Expected, connect_at_once
from scenarios.sim.events import StepAcknowledged
from scenarios.world.builder import Pairing
from scenarios.world.settings import Settings

origin = "PR 348, the happy path of its table"
settings = Settings()
promises = [*TRAINING, no_busy_polling, the_healthy_run_pays_at_most_the_warm_up]
must_reach = [StepAcknowledged]
play = connect_at_once


def expected(pairing: Pairing) -> Expected:
    """Every pair trains a job whose route stands."""
    return "kept"
