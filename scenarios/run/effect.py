"""Which settings of a run had no effect: the same run without one of them has the same trace."""

from dataclasses import replace

from gateway_sim.scenarios.run.plans import resolve
from gateway_sim.scenarios.run.result import RunResult
from gateway_sim.scenarios.run.runner import run_plan
from gateway_sim.scenarios.run.spec import RunSpec
from gateway_sim.scenarios.sim.errors import SettingsRefused


def without_effect(spec: RunSpec, result: RunResult) -> list[str]:
    """Return the names of the settings without which this virtual run is the same, event by event.

    Each costs one more run. The weights are among the events, so a setting that changes only these has an effect. So
    has one that another setting needs.
    """
    events = result.trace.text()
    return [name for name in spec.settings if _text_without(spec, name) == events]


def _text_without(spec: RunSpec, name: str) -> str | None:
    """Return the trace's text of the run without a setting; None if the other settings are refused without it."""
    others = {word: value for word, value in spec.settings.items() if word != name}
    try:
        plan = resolve(replace(spec, settings=others))
    except SettingsRefused:
        return None
    return run_plan(plan).trace.text()
