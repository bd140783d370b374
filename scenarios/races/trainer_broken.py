"""The trainer's device fails in the middle of training; its route is published and its process answers."""

from gateway_sim.scenarios.judge.promises.a_broken_trainer_is_not_masked import a_broken_trainer_is_not_masked
from gateway_sim.scenarios.judge.promises.no_busy_polling import no_busy_polling
from gateway_sim.scenarios.judge.promises.no_step_is_applied_twice import no_step_is_applied_twice
from gateway_sim.scenarios.races import Expected, connect_at_once
from gateway_sim.scenarios.world.builder import Pairing
from gateway_sim.scenarios.world.settings import Settings
from gateway_sim.trainer_pod.events import OperationFailed

origin = "PR 348, test_warmup_skips_on_non_404_error"
settings = Settings(fails_from_step=2)
promises = [a_broken_trainer_is_not_masked, no_step_is_applied_twice, no_busy_polling]
must_reach = [OperationFailed]
play = connect_at_once


def expected(pairing: Pairing) -> Expected:
    """No client retries a failed operation, and no gateway policy changes a pod's own answer."""
    return "kept"
