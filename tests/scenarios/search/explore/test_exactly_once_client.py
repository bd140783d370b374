"""The exactly-once client in worlds: what it repeats, what it asks, and when it stops."""

import pytest

from gateway_sim.scenarios.run.runner import run
from gateway_sim.scenarios.run.spec import RunSpec
from gateway_sim.scenarios.search.explore.acts import Act
from gateway_sim.scenarios.search.explore.execute import play_world
from gateway_sim.scenarios.search.explore.generated_case import GeneratedCase
from gateway_sim.scenarios.search.explore.search_config import SearchConfig
from gateway_sim.scenarios.world.settings import Settings


def sent(result, path):
    """Return the (seq_id, request_id) of each request on a path."""
    calls = [e.event for e in result.trace.entries if e.name == "CallSent" and e.event.path.endswith(path)]
    return [(call.seq_id, call.request_id) for call in calls]


def test_after_a_poll_404_the_same_request_is_polled_and_nothing_is_dispatched_again():
    """Each seq_id goes out once, and one request id is asked for many times."""
    result = run(RunSpec("poll-404", "exactly-once", "not-found"))
    assert result.verdict == "kept"
    assert [seq for seq, _ in sent(result, "/forward_backward")] == [1, 3, 5]
    polls = [request for _, request in sent(result, "/retrieve_future")]
    assert max(polls.count(request) for request in polls) >= 4


def test_a_dispatch_whose_answer_was_lost_keeps_its_seq_id():
    """The pod takes it for what it is: the same."""
    result = run(RunSpec("lost-reply-then-404", "exactly-once", "not-found"))
    seqs = [seq for seq, _ in sent(result, "/forward_backward")]
    assert sorted(set(seqs)) == [1, 3, 5]
    assert seqs.count(3) > 1
    assert any(e.name == "OperationRepeated" for e in result.trace.entries)


def test_a_run_whose_pod_was_preempted_resumes_from_its_last_checkpoint():
    """Step 3 was not saved: the next pod loads step 2, and computes 3 again."""
    result = run(RunSpec("preempted-not-gone", "exactly-once", "not-found"))
    assert (result.verdict, result.outcome) == ("kept", "completed")
    steps = [(e.event.incarnation, e.event.step) for e in result.trace.entries if e.name == "StepApplied"]
    assert steps == [(1, 1), (1, 2), (1, 3), (2, 3), (2, 4), (2, 5)]


def test_without_a_checkpoint_the_run_is_repeated_from_its_beginning():
    """The journal is all there is."""
    result = run(RunSpec("preempted-not-gone", "exactly-once", "not-found", settings={"save_every": "0"}))
    steps = [(e.event.incarnation, e.event.step) for e in result.trace.entries if e.name == "StepApplied"]
    assert steps[3:] == [(2, 1), (2, 2), (2, 3), (2, 4), (2, 5)]
    assert not [v for v in result.violations if v.promise.startswith("the weights")]


def test_the_healthy_run_is_proved_by_every_replica_and_costs_less_than_three_successes():
    """Coverage of three replicas, and still quicker than the PR's warm-up."""
    exact, verified = (run(RunSpec("healthy", name, "not-found")) for name in ("exactly-once", "warmup-verified"))
    assert {e.event.replica for e in exact.trace.entries if e.name == "ReplicaProved"} == {"gw-0", "gw-1", "gw-2"}
    assert exact.metrics.first_step_s < verified.metrics.first_step_s - 1.0
    assert exact.metrics.control_plane_probes == 0


def test_a_result_that_was_lost_with_its_pod_is_not_given_up_while_the_control_plane_is_silent():
    """Whether the work failed or its pod ended, only the control plane can say; silence is no evidence."""
    acts = (Act("control-plane-outage", 1, 0.02, for_s=20.0), Act("preempt", 1, 0.02))
    small = Settings(steps=2, batch=1, length=8)
    pair = SearchConfig(client="exactly-once", gateway="leased-generation")
    result = play_world(pair, GeneratedCase(0, None, "per-connection", small, acts))
    assert (result.outcome, result.verdict) == ("completed", "kept")


@pytest.mark.parametrize("verb", ["delete", "recreate"])
def test_a_warm_up_ends_when_its_job_is_gone(verb):
    """It asks the control plane once it was refused for two seconds, and not its own deadline."""
    small = Settings(steps=1, batch=1, length=8, replicas=3)
    pair = SearchConfig(client="exactly-once", gateway="leased-generation")
    result = play_world(pair, GeneratedCase(0, None, "per-connection", small, (Act(verb, delay_s=0.1),)))
    (ended,) = [entry.event for entry in result.trace.entries if entry.name == "WarmupFinished"]
    assert ended.outcome == "lost"
    assert result.error.type == "ControlPlaneError"
    assert ended.took_s < 4.0
    assert result.verdict == "kept"


def test_work_that_failed_is_told_at_once_however_slow_the_control_plane_is():
    """The trainer's own word needs no second opinion; a result that was lost does."""
    acts = (Act("slow-control-plane", 1, 0.02, for_s=60.0, by_s=8.0),)
    broken = Settings(steps=2, batch=1, length=8, fails_from_step=2)
    pair = SearchConfig(client="exactly-once", gateway="leased-generation")
    result = play_world(pair, GeneratedCase(0, None, "per-connection", broken, acts))
    (failed,) = [entry for entry in result.trace.entries if entry.name == "OperationFailed"]
    assert result.error.message == failed.event.error
    assert result.metrics.finished_s - failed.at_s < 0.1
