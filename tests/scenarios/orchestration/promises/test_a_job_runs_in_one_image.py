"""A job runs in one image: the one that its reference meant at submit."""

from gateway_sim.control_plane.events import ImageResolved
from gateway_sim.scenarios.orchestration.promises.a_job_runs_in_one_image import a_job_runs_in_one_image
from gateway_sim.scenarios.orchestration.workloads.model_events import ImageRan

SUBMITTED = (0.0, ImageResolved("model-1", "trainer:latest", "sha256:aaaaaaaaaaaa"))


def test_the_image_of_the_submit_keeps_it(history, broken):
    """In training and in serving; another job has its own."""
    trace = history(
        SUBMITTED,
        (1.0, ImageRan("model-1", "training", "sha256:aaaaaaaaaaaa", "g")),
        (2.0, ImageResolved("model-2", "trainer:latest", "sha256:bbbbbbbbbbbb")),
        (3.0, ImageRan("model-2", "training", "sha256:bbbbbbbbbbbb", "h")),
    )
    assert broken(a_job_runs_in_one_image, trace) == []


def test_another_image_breaks_it_though_it_does_the_same(history, broken):
    """The digest is what was promised."""
    trace = history(SUBMITTED, (1.0, ImageRan("model-1", "serving on day 3", "sha256:bbbbbbbbbbbb", "g")))
    assert broken(a_job_runs_in_one_image, trace) == [
        (1.0, "model-1 was submitted in sha256:aaaaaaaa and ran in sha256:bbbbbbbb (serving on day 3)")
    ]


def test_a_reference_that_is_resolved_again_is_no_submission(history, broken):
    """A resume that resolves the tag anew runs in another image than the job was submitted in."""
    again = [(1.0, ImageResolved("model-1", "trainer:latest", "sha256:bbbbbbbbbbbb"))]
    trace = history(SUBMITTED, *again, (2.0, ImageRan("model-1", "training", "sha256:bbbbbbbbbbbb", "g")))
    assert broken(a_job_runs_in_one_image, trace) == [
        (2.0, "model-1 was submitted in sha256:aaaaaaaa and ran in sha256:bbbbbbbb (training)")
    ]
