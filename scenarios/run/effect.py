"""Which settings of a run had no effect: the same run without one of them has the same trace."""

from dataclasses import replace

from gateway_sim.scenarios.run.plans import resolve
from gateway_sim.scenarios.run.result import RunResult
from gateway_sim.scenarios.run.runner import run_plan
from gateway_sim.scenarios.run.spec import RunSpec


def without_effect(spec: RunSpec, result: RunResult) -> list[str]:
    """Return the names of the settings without which this virtual run is the same, event by event.

    Each costs one more run. The weights are among the events, so a setting that changes only these has an effect.
    """
    events = result.trace.text()
    return [name for name in spec.settings if run_plan(resolve(_without(spec, name))).trace.text() == events]


def _without(spec: RunSpec, name: str) -> RunSpec:
    return replace(spec, settings={word: value for word, value in spec.settings.items() if word != name})
