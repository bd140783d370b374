"""Probes of a job's state must not overload the control plane."""

from collections.abc import Iterator

from gateway_sim.client.events import ControlPlaneProbed
from gateway_sim.scenarios.judge.limits import STORM_CLIENTS, STORM_S
from gateway_sim.scenarios.judge.promises import Violation
from gateway_sim.scenarios.judge.requests import crowds
from gateway_sim.scenarios.sim.trace import Trace


def the_control_plane_is_not_stormed(trace: Trace) -> Iterator[Violation]:
    """The control plane is not stormed: it gets no more than 32 probes within 50 ms."""
    probes = list(trace.of(ControlPlaneProbed))
    for crowd in crowds([probe.at_s for probe in probes], STORM_S):
        if len(crowd) > STORM_CLIENTS:
            message = f"{len(crowd)} probes came within {STORM_S * 1000:.0f} ms"
            yield Violation(message, probes[crowd[-1]].at_s, tuple(probes[n] for n in crowd))
            return
