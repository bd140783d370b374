"""Runs that lose their pods together all resume, and their queries do not overload the control plane."""

from functools import partial

import pytest

from gateway_sim.client.events import ControlPlaneProbed
from gateway_sim.control_plane.events import WorkEvicted, WorkPlaced
from gateway_sim.scenarios.run.runner import run
from gateway_sim.scenarios.run.spec import RunSpec
from gateway_sim.scenarios.sim.errors import SettingsRefused
from gateway_sim.scenarios.sim.events import RunFailed, RunFinished
from tests.scenarios.orchestration.stories.playing import broken_by, play

played = partial(play, "reclaim-storm")


def test_five_runs_die_with_their_jobs_alive():
    """All that lost their pods, and only these, though each job had its GPU again six seconds later."""
    result = played("broken")
    died = [entry.source for entry in result.trace.of(RunFailed)]
    assert sorted(died) == sorted(entry.event.work for entry in result.trace.of(WorkEvicted))
    assert len(died) == 5
    assert [entry.source for entry in result.trace.of(RunFinished)] == ["job-1"]


@pytest.mark.parametrize("omits", ["jitter", "budget"])
def test_clients_that_query_at_once_or_too_often_are_refused(omits):
    """No run dies of a refused query, which says nothing about the job."""
    result = played("half-fixed", omits=omits)
    assert broken_by(result) == {"the control plane refuses no request"}
    refused = [entry for entry in result.trace.of(ControlPlaneProbed) if entry.event.state is None]
    assert len(refused) == result.damage.figures["turned_away"]


def test_a_job_waits_for_its_gpu_before_it_has_a_pod_again():
    """The daily work runs six seconds; no evicted job is placed earlier, and each resumes once it is."""
    result = played("fixed")
    (first, *_) = [entry.at_s for entry in result.trace.of(WorkEvicted)]
    again = [e for e in result.trace.of(WorkPlaced) if e.at_s > first and e.event.work.startswith("job")]
    assert len(again) == 5
    assert min(entry.at_s for entry in again) == pytest.approx(first + 6.0)
    assert len(list(result.trace.of(RunFinished))) == 6


@pytest.mark.parametrize(
    ("word", "sentence"), [({"runs": "4"}, "runs is 4; it must be 5 or more"), ({"burst": "0"}, "burst is 0.0")]
)
def test_a_quota_of_more_than_there_is_is_refused(word, sentence):
    """With the setting's name."""
    with pytest.raises(SettingsRefused, match=sentence):
        run(RunSpec("reclaim-storm", settings=word))
