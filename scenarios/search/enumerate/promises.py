"""The promises that every order of a small world must keep."""

from collections.abc import Iterator
from typing import Final

from gateway_sim.scenarios.judge.limits import AT_ONCE_S
from gateway_sim.scenarios.judge.measure import gone
from gateway_sim.scenarios.judge.promises import Promise, Violation
from gateway_sim.scenarios.judge.promises.no_acknowledged_step_is_lost import no_acknowledged_step_is_lost
from gateway_sim.scenarios.judge.promises.no_busy_polling import no_busy_polling
from gateway_sim.scenarios.judge.promises.no_step_is_applied_twice import no_step_is_applied_twice
from gateway_sim.scenarios.judge.promises.the_run_finishes import the_run_finishes
from gateway_sim.scenarios.sim.trace import Trace


def the_run_finishes_while_its_job_lives(trace: Trace) -> Iterator[Violation]:
    """The run finishes while its job lives: no error ends it before the job was deleted."""
    if gone(trace) is None:
        yield from the_run_finishes(trace)


def a_gone_job_is_told_at_once(trace: Trace) -> Iterator[Violation]:
    """A gone job is told at once: the run ends within 2 s of the deletion."""
    met = gone(trace)
    if met is None or met.ended is None:
        return
    after_s = met.ended.at_s - met.deleted.at_s
    if after_s > AT_ONCE_S:
        message = f"the run went on for {after_s:.1f} s after its job was gone"
        yield Violation(message, met.ended.at_s, met.witness)


PROMISES: Final[tuple[Promise, ...]] = (
    the_run_finishes_while_its_job_lives,
    no_step_is_applied_twice,
    no_acknowledged_step_is_lost,
    a_gone_job_is_told_at_once,
    no_busy_polling,
)
