"""No run fails in its runtime: each day of failure is one violation, with the error's own words."""

from gateway_sim.scenarios.orchestration.promises.no_run_fails_in_its_runtime import no_run_fails_in_its_runtime
from gateway_sim.scenarios.orchestration.workloads.model_events import ImageRan
from gateway_sim.scenarios.orchestration.workloads.pipeline_events import RunCrashed

RAN = (1.0, ImageRan("features", "the run of day 1", "sha256:0123456789abcdef", "golden"))


def test_a_run_that_ends_keeps_it(history, broken):
    """Whatever it makes of its rows."""
    assert broken(no_run_fails_in_its_runtime, history(RAN)) == []


def test_each_day_of_failure_is_named_with_its_error(history, broken):
    """Two days, two violations."""
    crashes = [(float(day), RunCrashed("features", day, "sha256:0123456789abcdef", "no resize")) for day in (2, 3)]
    assert broken(no_run_fails_in_its_runtime, history(RAN, *crashes)) == [
        (2.0, "features failed on day 2 in sha256:0123456789ab: no resize"),
        (3.0, "features failed on day 3 in sha256:0123456789ab: no resize"),
    ]
