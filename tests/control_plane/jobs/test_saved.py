"""The rows of a job's checkpoints, as fireworks-ai and its recipes read them."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from gateway_sim.control_plane.jobs.saved import Saved, page_of

JOB = "accounts/acme/rlorTrainerJobs/job-1"
STEP = Saved("", "step-2", resumable=True, lora=True, time=datetime(2026, 1, 2, 3, 4, 5, 600000, UTC))


@pytest.mark.parametrize(
    ("resumable", "lora", "kind"),
    [
        (True, True, "CHECKPOINT_TYPE_TRAINING_LORA"),
        (True, False, "CHECKPOINT_TYPE_TRAINING"),
        (False, True, "CHECKPOINT_TYPE_INFERENCE_LORA"),
        (False, False, "CHECKPOINT_TYPE_INFERENCE_BASE"),
    ],
)
def test_a_row_says_what_was_saved(resumable, lora, kind):
    """The recipes resume from a type that ends in TRAINING or TRAINING_LORA, and promote nothing."""
    (row,) = page_of(JOB, [replace(STEP, resumable=resumable, lora=lora)], 200, "")["checkpoints"]
    assert row == {
        "name": f"{JOB}/checkpoints/step-2",
        "checkpointType": kind,
        "createTime": "2026-01-02T03:04:05.600000Z",
        "updateTime": "2026-01-02T03:04:05.600000Z",
        "promotable": False,
    }


def test_a_checkpoint_of_a_further_model_names_it():
    """Two models of one job may each have a "final"."""
    rows = page_of(JOB, [STEP, replace(STEP, run="session-1-1:train:1")], 200, "")["checkpoints"]
    names = [row["name"].removeprefix(f"{JOB}/checkpoints/") for row in rows]
    assert names == ["step-2", "session-1-1:train:1:step-2"]


@pytest.mark.parametrize("size", [1, 2, 3, 5])
def test_the_pages_are_the_list(size):
    """Each row once and in order, whatever a page holds."""
    saved = [replace(STEP, name=f"step-{n}") for n in range(5)]
    named, token = [], ""
    while True:
        page = page_of(JOB, saved, size, token)
        assert page["totalSize"] == 5
        assert len(page["checkpoints"]) <= size
        named += [row["name"].rpartition("/")[2] for row in page["checkpoints"]]
        if not (token := page["nextPageToken"]):
            break
    assert named == [one.name for one in saved]
