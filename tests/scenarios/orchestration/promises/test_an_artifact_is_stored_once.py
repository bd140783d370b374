"""An artifact is stored once: a second write to its path breaks it, by any run and any attempt."""

import pytest

from gateway_sim.scenarios.orchestration.promises.an_artifact_is_stored_once import an_artifact_is_stored_once
from gateway_sim.scenarios.orchestration.workloads.pipeline_events import ArtifactKept, ArtifactStored

FIRST = (0.0, ArtifactStored("run-1", 1, "churn/model", "aa"))


@pytest.mark.parametrize(
    ("event", "who"),
    [
        (ArtifactStored("run-2", 1, "churn/model", "bb"), "run-2 (attempt 1)"),
        (ArtifactStored("run-1", 2, "churn/model", "aa"), "run-1 (attempt 2)"),
        (ArtifactStored("run-2", 1, "churn/run-2/model", "bb"), None),
        (ArtifactKept("run-2", 1, "churn/model"), None),
    ],
    ids=["another run", "another attempt", "another path", "refused"],
)
def test_a_second_write_to_a_path_is_named(history, broken, event, who):
    """With the run whose artifact it was."""
    text = f"{who} stored its model over that of run-1 (attempt 1) at churn/model"
    assert broken(an_artifact_is_stored_once, history(FIRST, (5.0, event))) == ([] if who is None else [(5.0, text)])
