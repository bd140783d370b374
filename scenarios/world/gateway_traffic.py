"""The admission of a world's own gateway, and its repeats, by the world's settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway_sim.admission import Admission, AdmissionRule
from gateway_sim.repeats import RepeatRule, Repeats

if TYPE_CHECKING:
    from gateway_sim.scenarios.world.builder import World


def admission_of(world: World) -> Admission:
    """Return the gateway's admission: every request, unless the settings or a fault limit it."""
    s, admission = world.settings, Admission(world.engine.time_of_day_s, world.trace.emitter("gateway"))
    if s.admit_per_s:
        admission.narrow(
            AdmissionRule(
                s.admit_per_s, s.admit_burst, s.admit_queue, s.admit_queue_s, s.admit_status, s.admit_retry_after_s,
                s.admit_told == "date",
            )
        )  # fmt: skip
    return admission


def repeats_of(world: World) -> Repeats | None:
    """Return the gateway's repeats; None if the settings have none."""
    s = world.settings
    if not (s.gateway_retries or s.hedge_s or s.gateway_try_s):
        return None
    rule = RepeatRule(s.gateway_retries, s.gateway_try_s, s.hedge_s)
    return Repeats(rule, world.seeds.stream("gateway.repeats"), world.trace.emitter("gateway"))
