"""What is shown of each broken promise: these entries of the trace, and no others beside them."""

import pytest

from gateway_sim.client.events import CallAnswered, CallSent, ControlPlaneProbed, ReadinessReached, WarmupFinished
from gateway_sim.control_plane.events import JobMoved, PodPlaced, RequestTurnedAway
from gateway_sim.events import (
    RequestForwarded,
    RequestRefused,
    RequestRerouted,
    RouteDraining,
    RouteMissed,
    RoutePublished,
    RouteWithdrawn,
    UpstreamFailed,
)
from gateway_sim.scenarios.judge.promises.a_broken_trainer_is_not_masked import a_broken_trainer_is_not_masked
from gateway_sim.scenarios.judge.promises.a_dead_pod_is_noticed_in_time import a_dead_pod_is_noticed_in_time
from gateway_sim.scenarios.judge.promises.a_draining_pod_takes_no_new_run import a_draining_pod_takes_no_new_run
from gateway_sim.scenarios.judge.promises.a_gone_job_fails_fast import a_gone_job_fails_fast
from gateway_sim.scenarios.judge.promises.a_gone_job_is_noticed import a_gone_job_is_noticed
from gateway_sim.scenarios.judge.promises.a_restarted_gateway_keeps_no_client_pinned import (
    a_restarted_gateway_keeps_no_client_pinned,
)
from gateway_sim.scenarios.judge.promises.every_sequence_is_of_its_weights import every_sequence_is_of_its_weights
from gateway_sim.scenarios.judge.promises.no_acknowledged_step_is_lost import no_acknowledged_step_is_lost
from gateway_sim.scenarios.judge.promises.no_pod_refuses_a_job_twice import no_pod_refuses_a_job_twice
from gateway_sim.scenarios.judge.promises.no_pod_takes_another_jobs_request import no_pod_takes_another_jobs_request
from gateway_sim.scenarios.judge.promises.no_request_is_sent_to_an_address_that_is_not_the_jobs import (
    no_request_is_sent_to_an_address_that_is_not_the_jobs,
)
from gateway_sim.scenarios.judge.promises.no_request_reaches_another_jobs_pod import no_request_reaches_another_jobs_pod
from gateway_sim.scenarios.judge.promises.no_step_is_applied_twice import no_step_is_applied_twice
from gateway_sim.scenarios.judge.promises.one_writer_per_job_incarnation import one_writer_per_job_incarnation
from gateway_sim.scenarios.judge.promises.ready_means_routable import ready_means_routable
from gateway_sim.scenarios.judge.promises.requests_per_call_stay_within_a_budget import (
    requests_per_call_stay_within_a_budget,
)
from gateway_sim.scenarios.judge.promises.retry_after_is_heeded import retry_after_is_heeded
from gateway_sim.scenarios.judge.promises.the_caller_is_answered_in_time import the_caller_is_answered_in_time
from gateway_sim.scenarios.judge.promises.the_control_plane_is_not_stormed import the_control_plane_is_not_stormed
from gateway_sim.scenarios.judge.promises.the_control_plane_refuses_no_request import (
    the_control_plane_refuses_no_request,
)
from gateway_sim.scenarios.judge.promises.the_healthy_run_pays_at_most_the_warm_up import (
    the_healthy_run_pays_at_most_the_warm_up,
)
from gateway_sim.scenarios.judge.promises.the_run_finishes import the_run_finishes
from gateway_sim.scenarios.judge.promises.the_weights_equal_the_undisturbed_runs import (
    the_weights_equal_the_undisturbed_runs,
)
from gateway_sim.scenarios.judge.promises.what_was_checkpointed_can_be_resumed import (
    what_was_checkpointed_can_be_resumed,
)
from gateway_sim.scenarios.sim.events import (
    FaultInjected,
    JobDeleted,
    PodCrashed,
    RunFailed,
    RunFinished,
    RunHung,
    RunStarted,
    StepAcknowledged,
    WorldBuilt,
)
from gateway_sim.scenarios.sim.sampling_events import SequenceReceived, SequencesExpected
from gateway_sim.trainer_pod.events import (
    GradientsAccumulated,
    OperationFailed,
    RequestMisdirected,
    StateLoaded,
    StateSaved,
    StepApplied,
)

OF_JOB, OF_POD = ("acme", "job-1"), ("acme", "job-1", 1)
BUILT = WorldBuilt("healthy", "exactly-once", "not-found", "tinker-0.15", "per-connection", "virtual", 1, "aa")
BROKE = OperationFailed(*OF_POD, "m", 3, "optim_step", "no device", "server")
DIED, ENDED, HUNG = RunFailed("ValueError", 404, "poll", "gone"), RunFinished(2), RunHung(900.0, 9)
GONE, BEGAN, ACKNOWLEDGED = JobDeleted("job-1"), RunStarted(2), StepAcknowledged(1)
OLD, NEW = (RoutePublished(*OF_JOB, generation, f"pod:{generation}") for generation in (1, 2))
MISSED, REFUSED = RouteMissed("gw-0", *OF_JOB, "dispatch"), RequestRefused("gw-0", "dispatch", 404, "route-not-found")
OURS, THEIRS = PodPlaced(*OF_POD, "pod:1"), PodPlaced("acme", "job-2", 1, "pod:1")
TURNED_AWAY = RequestMisdirected("acme", "job-2", 1, "acme/job-1@1")
FAILED = UpstreamFailed("gw-0", *OF_JOB, "dispatch", "pod:1", "refused")
TRAINS = CallSent("dispatch", "/api/v1/forward_backward", 1, None)
NO_ROUTE = CallAnswered("dispatch", "/api/v1/forward_backward", 404, None, 30.0)
PROBED, READY = ControlPlaneProbed("JOB_STATE_RUNNING", None), ReadinessReached()
BATCH, SAVED = GradientsAccumulated(*OF_POD, "m", 1, 0.5), StateSaved(*OF_POD, "tinker://a", 1)


def sent(generation=1, connection="", path=""):
    """Return a request that gw-0 sent to the pod of a generation."""
    return RequestForwarded("gw-0", *OF_JOB, "dispatch", generation, f"pod:{generation}", connection, path)


def applied(step, seq_id, accumulated=1):
    """Return a step of our job's model."""
    return StepApplied(*OF_POD, "m", seq_id, step, accumulated, "bb")


def moved(incarnation):
    """Return the moment at which an incarnation runs."""
    return JobMoved(*OF_JOB, "JOB_STATE_RUNNING", incarnation)


CASES = [
    (a_broken_trainer_is_not_masked, [BEGAN, BROKE, BROKE, DIED], [(1, 3)]),
    (a_broken_trainer_is_not_masked, [BEGAN, BROKE, ENDED], [(1,)]),
    (a_broken_trainer_is_not_masked, [BROKE, BEGAN, BEGAN, RunFailed("", 0, "poll", "no device")], [(0, 3)]),
    (a_dead_pod_is_noticed_in_time, [BEGAN, moved(1), PodCrashed(*OF_POD, 0.0), *[BEGAN] * 6], [(1, 2)]),
    (a_draining_pod_takes_no_new_run,
     [BEGAN, RouteDraining(*OF_JOB, 1), RouteDraining(*OF_JOB, 1), sent(path="api/v1/create_session")], [(1, 3)]),
    (a_gone_job_fails_fast, [BEGAN, GONE], [(1,)]),
    (a_gone_job_fails_fast, [BEGAN, GONE, BEGAN, ENDED], [(1, 3)]),
    (a_gone_job_fails_fast, [BEGAN, GONE, BEGAN, HUNG], [(1, 3)]),
    (a_gone_job_fails_fast, [BEGAN, GONE, BEGAN, RunFailed("", None, None, "")], [(1, 3)]),
    (a_gone_job_fails_fast, [BEGAN, GONE, BEGAN, BEGAN, DIED], [(1, 4)]),
    (a_gone_job_is_noticed, [BEGAN, GONE], [(1,)]),
    (a_gone_job_is_noticed, [OURS, GONE, applied(1, 2), applied(2, 4), ENDED], [(1, 2)]),
    (a_gone_job_is_noticed, [BEGAN, GONE, *[BEGAN] * 12, DIED], [(1, 14)]),
    (a_restarted_gateway_keeps_no_client_pinned,
     [sent(connection="c:1"), sent(connection="c:1"), FaultInjected("gateway-restart"), sent(connection="c:2"),
      sent(connection="c:1")], [(1, 2, 4)]),
    (every_sequence_is_of_its_weights,
     [BEGAN, SequencesExpected((("aa",),)), BEGAN, SequenceReceived(1, 0, "bb")], [(1, 3)]),
    (no_acknowledged_step_is_lost, [applied(1, 2), BATCH, StepAcknowledged(2), ACKNOWLEDGED], [(0, 2)]),
    (no_pod_refuses_a_job_twice, [THEIRS, sent(), TURNED_AWAY, sent(), sent()], [(2, 3), (2, 4)]),
    (no_pod_takes_another_jobs_request, [THEIRS, sent(), sent(), TURNED_AWAY], [(0, 2)]),
    (no_request_is_sent_to_an_address_that_is_not_the_jobs, [OLD, NEW, sent(2), sent(2), sent(1)], [(2, 4)]),
    (no_request_is_sent_to_an_address_that_is_not_the_jobs,
     [OLD, sent(), RouteWithdrawn(*OF_JOB, 1), FAILED, sent()], [(3, 4)]),
    (no_request_is_sent_to_an_address_that_is_not_the_jobs,
     [OLD, sent(), NEW, RequestRerouted("gw-0", "pod:1"), sent()], [(3, 4)]),
    (no_request_reaches_another_jobs_pod, [OURS, THEIRS, sent(), TURNED_AWAY], [(1, 2), (3,)]),
    (no_step_is_applied_twice, [BATCH, BATCH, applied(1, 2, 2), applied(2, 4, 0)], [(0, 1, 2), (2, 3)]),
    (no_step_is_applied_twice, [BATCH, applied(1, 2), BATCH, applied(2, 2)], [(1, 3)]),
    (one_writer_per_job_incarnation, [moved(1), moved(2), moved(1), SAVED, BATCH], [(1, 3), (1, 4)]),
    (one_writer_per_job_incarnation, [moved(1), moved(2), moved(2), SAVED], [(1, 3)]),
    (ready_means_routable, [BEGAN, TRAINS, TRAINS, MISSED, BEGAN, REFUSED], [(1, 3, 5)]),
    (requests_per_call_stay_within_a_budget, [BEGAN, *[TRAINS] * 30], [tuple(range(1, 25))]),
    (retry_after_is_heeded, [BUILT, TRAINS, NO_ROUTE, BEGAN, TRAINS], [(2, 4)]),
    (the_caller_is_answered_in_time, [NO_ROUTE, NO_ROUTE, *[BEGAN] * 260, DIED], [(0, 262)]),
    (the_caller_is_answered_in_time, [BEGAN, ACKNOWLEDGED, *[GONE] * 260, HUNG], [(1, 262)]),
    (the_caller_is_answered_in_time, [*[GONE] * 260, HUNG], [(260,)]),
    (the_control_plane_is_not_stormed, [PROBED, *[BEGAN] * 2, *[PROBED] * 2], []),
    (the_control_plane_refuses_no_request, [BEGAN, *[RequestTurnedAway("GET", "/v1")] * 2], [(1,)]),
    (the_healthy_run_pays_at_most_the_warm_up, [READY, READY, WarmupFinished("ready", 4.0)], [(2,)]),
    (the_healthy_run_pays_at_most_the_warm_up,
     [READY, BEGAN, BEGAN, BEGAN, ACKNOWLEDGED, BEGAN, BEGAN, BEGAN, StepAcknowledged(2)], [(0, 4), (4, 8)]),
    (the_run_finishes, [BEGAN, DIED, BEGAN], [(1,)]),
    (the_run_finishes, [BEGAN, HUNG, BEGAN], [(1,)]),
    (the_weights_equal_the_undisturbed_runs, [BUILT, BATCH, applied(1, 2), applied(2, 4), BEGAN, ENDED], [(0, 3, 5)]),
    (the_weights_equal_the_undisturbed_runs, [BUILT, applied(1, 2), ENDED], [(0, 1, 2)]),
    (the_weights_equal_the_undisturbed_runs, [BUILT, ENDED], [(1,)]),
    (what_was_checkpointed_can_be_resumed, [SAVED, SAVED, StateLoaded(*OF_POD, "tinker://a", 2, True)], [(1, 2)]),
    (what_was_checkpointed_can_be_resumed,
     [SAVED, StateSaved(*OF_POD, "tinker://b", 2), OperationFailed(*OF_POD, "m", 1, "load_weights", "cut", "user")],
     [(1, 2)]),
]  # fmt: skip
"""A promise, the events of a trace half a second or a second apart, and the places of the witnesses."""


@pytest.mark.parametrize(("promise", "told", "shown"), CASES, ids=[case[0].__name__ for case in CASES])
def test_a_broken_promise_is_shown_by_its_witness(history, promise, told, shown):
    """And at the second of its last entry, but where the promise has a limit of its own."""
    pace_s = 0.5 if len(told) > 20 else 1.0
    trace = history(*((pace_s * n, event) for n, event in enumerate(told)))
    found = list(promise(trace))
    assert [one.witness for one in found] == [tuple(trace.entries[n] for n in places) for places in shown]
    if promise is not a_dead_pod_is_noticed_in_time:
        assert all(one.at_s == one.witness[-1].at_s for one in found)


def test_a_storm_is_shown_by_the_probes_of_its_moment(history):
    """Those within the 50 ms that end with the first one too many."""
    trace = history((0.0, PROBED), *((1.0 + n / 1000, PROBED) for n in range(40)))
    (found,) = the_control_plane_is_not_stormed(trace)
    assert (found.witness, found.at_s) == (tuple(trace.entries[1:34]), 1.032)
