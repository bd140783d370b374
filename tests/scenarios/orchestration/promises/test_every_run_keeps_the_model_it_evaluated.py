"""Every run keeps the model it evaluated: its record's weights are its own, and are still there at the audit."""

import pytest

from gateway_sim.scenarios.orchestration.promises.every_run_keeps_the_model_it_evaluated import (
    every_run_keeps_the_model_it_evaluated,
)
from gateway_sim.scenarios.orchestration.workloads.pipeline_events import (
    ArtifactAudited,
    ArtifactRecorded,
    ArtifactStored,
)

PATH = "churn/model"
STORED = [(0.0, ArtifactStored("run-1", 1, PATH, "aa")), (1.0, ArtifactStored("run-2", 1, PATH, "bb"))]


@pytest.mark.parametrize(
    ("recorded", "audited", "names"),
    [
        ("aa", "aa", None),
        ("aa", "bb", "a path that holds another model since"),
        ("bb", "bb", "the model of another run"),
        ("bb", "aa", "the model of another run"),
    ],
)
def test_the_record_the_run_and_the_path_must_agree(history, broken, recorded, audited, names):
    """Three places for one model."""
    trace = history(
        *STORED,
        (5.0, ArtifactRecorded("run-1", PATH, recorded, 0.1)),
        (9.0, ArtifactAudited("run-1", PATH, audited, 0.1)),
    )
    found = broken(every_run_keeps_the_model_it_evaluated, trace)
    assert found == ([] if names is None else [(9.0, f"the record of run-1 names {names}")])


def test_a_later_attempt_of_the_run_is_the_run_too(history, broken):
    """Its model is the run's own."""
    trace = history(
        *STORED,
        (2.0, ArtifactStored("run-1", 2, PATH, "cc")),
        (5.0, ArtifactRecorded("run-1", PATH, "cc", 0.1)),
        (9.0, ArtifactAudited("run-1", PATH, "cc", 0.1)),
    )
    assert broken(every_run_keeps_the_model_it_evaluated, trace) == []
