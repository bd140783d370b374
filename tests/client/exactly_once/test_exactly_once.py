"""The client that covers every leg: what it repeats, what it asks, and when it stops. Told in worlds of its own."""

from __future__ import annotations

import asyncio
import random
from itertools import pairwise

import pytest

from client.exactly_once.job_monitor import JobMonitor
from client.exactly_once.journal import Journal, LoggedOperation
from client.exactly_once.liveness import JobIdentity, JobLiveness, standing
from client.job_manager import JobStatus
from client.retry_policies import After, GiveUp
from client.retry_policies.exactly_once import ExactlyOnce
from client.sdk.bodies import Json
from client.sdk.failures import Failure
from scenarios.run.runner import run
from scenarios.run.spec import RunSpec
from scenarios.search.explore.acts import Act
from scenarios.search.explore.execute import play_world
from scenarios.search.explore.generated_case import GeneratedCase
from scenarios.search.explore.search_config import SearchConfig
from scenarios.sim import clock
from scenarios.world.settings import Settings

TRAINED = JobIdentity("acme/job-1#1", 2)


def status(state="JOB_STATE_RUNNING", incarnation=2, uid="acme/job-1#1"):
    """Return what the control plane says."""
    return JobStatus("acme", "job-1", state, "", incarnation, uid)


@pytest.mark.parametrize(
    ("told", "found"),
    [
        (None, JobLiveness.UNKNOWN),
        (status(), JobLiveness.ALIVE),
        (status(incarnation=0), JobLiveness.ALIVE),
        (status(incarnation=3), JobLiveness.REPLACED),
        (status("JOB_STATE_PENDING", 3), JobLiveness.QUEUED),
        (status("JOB_STATE_CREATING", 3), JobLiveness.QUEUED),
        (status(uid="acme/job-1#2"), JobLiveness.GONE),
        (status("JOB_STATE_PENDING", 3, "acme/job-1#2"), JobLiveness.GONE),
        *((status(f"JOB_STATE_{word}"), JobLiveness.GONE) for word in ("DELETED", "FAILED", "PAUSED", "COMPLETED")),
    ],
)
def test_what_the_control_planes_word_means(told, found):
    """Silence is no death, a stranger under the name is no job of ours, and a queue is not a grave."""
    assert standing(told, TRAINED) is found


def test_waits_double_up_to_two_seconds_and_nothing_is_left_for_the_outer_loop():
    """At most five requests a second for one future."""
    policy = ExactlyOnce()
    assert [policy.wait(n) for n in range(4)] == [After(0.2, 0.4), After(0.4, 0.8), After(0.8, 1.6), After(1.0, 2.0)]
    assert policy.on_failure(Failure("dispatch", 404, "status"), 0) == GiveUp()


@pytest.mark.parametrize("code", [400, 401, 403, 404, 410, 413, 421, 422, 429, 503])
def test_only_what_is_wrong_with_the_call_itself_is_final(code):
    """Whatever a routing layer can say may change."""
    assert ExactlyOnce().is_final(Failure("poll", code, "status")) is (code in (400, 401, 403, 413, 422))


class Asked:
    """A control plane that says what it is told to, and counts."""

    def __init__(self, *states):
        self.states = list(states)
        self.asked_s = []

    async def probe(self, job):
        """Answer."""
        self.asked_s.append(asyncio.get_running_loop().time())
        state = self.states.pop(0) if len(self.states) > 1 else self.states[0]
        if state is None:
            raise ConnectionError("no answer")
        return status(state)


def watching(jobs):
    """Return a watch on it, whose reports nobody reads."""
    return JobMonitor(jobs, "job-1", ExactlyOnce(), random.Random(7), lambda event: None)


def test_fifty_calls_that_are_refused_together_ask_once():
    """One answer serves all, and the next is a second away."""

    async def story():
        jobs = Asked("JOB_STATE_RUNNING")
        watch = watching(jobs)
        found = await asyncio.gather(*(watch.look(TRAINED) for _ in range(50)))
        assert set(found) == {JobLiveness.ALIVE}
        for _ in range(40):
            await watch.look(TRAINED)
            await asyncio.sleep(0.1)
        return jobs.asked_s

    asked_s = clock.run(story())
    assert len(asked_s) in (4, 5)
    assert min(b - a for a, b in pairwise(asked_s)) >= 1.0


def test_a_requeue_is_waited_out_through_silence():
    """PENDING, an unanswered probe, PENDING, RUNNING."""

    async def story():
        jobs = Asked("JOB_STATE_PENDING", None, "JOB_STATE_PENDING", "JOB_STATE_RUNNING")
        watch = watching(jobs)
        assert await watch.look(TRAINED) is JobLiveness.QUEUED
        return await watch.until_running(TRAINED)

    assert clock.run(story()) == status()


def test_a_requeue_that_ends_in_a_deletion_ends_the_wait():
    """Nobody waits for what is gone."""

    async def story():
        watch = watching(Asked("JOB_STATE_PENDING", "JOB_STATE_DELETED"))
        await watch.look(TRAINED)
        return await watch.until_running(TRAINED)

    assert clock.run(story()) is None


def deed(number, route="optim_step", heard=True) -> LoggedOperation:
    """Return a deed that was heard."""
    body: Json = {}
    return LoggedOperation(number, route, "T", body, f"req-{number}", heard)


def test_a_commit_forgets_what_it_holds_but_not_gradients_that_no_step_took():
    """A checkpoint has weights and moments; what accumulated is not in it."""
    journal = Journal(limit=10)
    done = [deed(1, "forward_backward"), deed(2), deed(3, "forward_backward"), deed(4, "save_weights"), deed(5)]
    for one in done:
        journal.taken(one)
    journal.committed(done[3], "tinker://job-1/weights/a")
    assert [d.number for d in journal.to_repeat()] == [3, 5]
    assert journal.checkpoint == "tinker://job-1/weights/a"


def test_what_was_only_looked_at_is_not_repeated_unless_somebody_still_waits_for_it():
    """A forward leaves nothing behind."""
    journal = Journal(limit=10)
    for one in (deed(1, "forward"), deed(2), deed(3, "forward", heard=False)):
        journal.taken(one)
    assert [d.number for d in journal.to_repeat()] == [2, 3]


def test_a_journal_that_had_to_forget_says_so_until_the_next_save():
    """A run that never saves can be repeated only so far back."""
    journal = Journal(limit=2)
    for number in (1, 2, 3):
        journal.taken(deed(number))
    assert journal.truncated
    save = deed(4, "save_weights")
    journal.taken(save)
    journal.committed(save, "a")
    assert not journal.truncated


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
    steady, verified = (run(RunSpec("healthy", name, "not-found")) for name in ("exactly-once", "warmup-verified"))
    assert {e.event.replica for e in steady.trace.entries if e.name == "ReplicaProved"} == {"gw-0", "gw-1", "gw-2"}
    assert steady.metrics.first_step_s < verified.metrics.first_step_s - 1.0
    assert steady.metrics.control_plane_probes == 0


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
