"""Plain checks of routes: where requests are sent, and what a replica knows."""

from gateway_sim.client.events import CallSent
from gateway_sim.control_plane.events import JobMoved, PodPlaced
from gateway_sim.events import (
    RequestForwarded,
    RequestRefused,
    RequestRerouted,
    RouteBelieved,
    RouteDraining,
    RouteMissed,
    RoutePublished,
    RouteWithdrawn,
    UpstreamFailed,
)
from gateway_sim.scenarios.sim.events import ContainerRestarted, FaultInjected, PodCrashed, PodThawed, RunFinished
from gateway_sim.scenarios.sim.trace import Entry, Trace
from gateway_sim.scenarios.sim.wire_events import ReplicaRestarted
from gateway_sim.trainer_pod.events import PodStopped, RequestMisdirected
from tests.scenarios.judge.plain_checks import US, before, check, forwarded, job, pod


@check(
    (0.0, JobMoved(*US, "JOB_STATE_RUNNING", 1)), (2.0, PodCrashed(*US, 1, 10.0)),
    (12.0, JobMoved(*US, "JOB_STATE_PENDING", 1)), (15.0, JobMoved(*US, "JOB_STATE_RUNNING", 2)),
    (16.0, PodCrashed(*US, 2, 10.0)), (17.0, ContainerRestarted(*US, 2)), (18.0, PodThawed(*US, 1)),
    (60.0, RunFinished(3)),
)  # fmt: skip
def a_dead_pod_is_noticed_in_time(trace: Trace) -> bool:
    """No lost pod that is not back is RUNNING 5 s after the detection delay."""
    for lost in trace.of(PodCrashed):
        limit_s = lost.at_s + lost.event.notice_s + 5
        states = [e.event for e in trace.of(JobMoved) if e.at_s <= limit_s and job(e.event) == job(lost.event)]
        back = [e for e in trace.of(ContainerRestarted, PodThawed) if pod(e.event) == pod(lost.event)]
        is_back = any(lost.at_s <= e.at_s <= limit_s for e in back)
        runs = bool(states) and (states[-1].state, pod(states[-1])) == ("JOB_STATE_RUNNING", pod(lost.event))
        if trace.entries[-1].at_s >= limit_s and runs and not is_back:
            return False
    return True


SESSION = "api/v1/create_session"


@check(
    (1.0, forwarded(path=SESSION)), (2.0, RouteDraining(*US, 1)), (2.5, forwarded(path=SESSION, replica="gw-1")),
    (3.0, forwarded(path="api/v1/optim_step")), (4.0, forwarded(2, path=SESSION)),
    (9.0, RouteBelieved("gw-1", *US, "READY", 1, True, False, 2.0, 3.0)),
    (9.0, RouteBelieved("gw-0", *US, "READY", 1, False, False, 2.0, 9.0)),
)  # fmt: skip
def a_draining_pod_takes_no_new_run(trace: Trace) -> bool:
    """No replica whose view is not stale sends a session to a marked pod."""
    for sent in trace.of(RequestForwarded):
        marked = any(
            (*job(mark.event), mark.event.generation) == (*job(sent.event), sent.event.generation)
            for mark in before(trace, sent, RouteDraining)
        )
        excused = any(
            view.event.stale and view.event.from_s <= sent.at_s < view.event.to_s
            for view in trace.of(RouteBelieved)
            if (view.event.replica, *job(view.event)) == (sent.event.replica, *job(sent.event))
        )
        if sent.event.path == SESSION and marked and not excused:
            return False
    return True


@check(
    (1.0, forwarded(connection="c:1")), (1.5, forwarded(connection="c:3", replica="gw-1")),
    (2.0, RouteMissed("gw-0", *US, "dispatch", "c:2")), (3.0, FaultInjected("gateway-restart")),
    (3.5, forwarded(connection="c:2")), (4.0, forwarded(connection="c:4")),
    (4.5, forwarded(connection="c:5", replica="gw-1")), (5.0, ReplicaRestarted("gw-1")),
    (6.0, forwarded(connection="c:4")),
)  # fmt: skip
def a_restarted_gateway_keeps_no_client_pinned(trace: Trace) -> bool:
    """No request begins on a connection that was used before a restart of its end."""
    for request in trace.of(RequestForwarded, RouteMissed):
        used = [
            one
            for one in before(trace, request, RequestForwarded, RouteMissed)
            if one.event.connection == request.event.connection
        ]
        if used and isinstance(used[-1].event, RouteMissed) and isinstance(request.event, RequestForwarded):
            continue
        for restart in before(trace, request, FaultInjected, ReplicaRestarted):
            old = [one for one in before(trace, restart, RequestForwarded, RouteMissed) if any(one is u for u in used)]
            of_all = isinstance(restart.event, FaultInjected)
            if old and (of_all or old[-1].event.replica == restart.event.replica):
                return False
    return True


STRANGER = PodPlaced("acme", "job-2", 1, "pod:1")
TURNED_AWAY = RequestMisdirected("acme", "job-2", 1, "acme/job-1@1")


def strays(trace: Trace) -> list[tuple[Entry, str, str]]:
    """Return each request that was sent to another pod than the one it is for, and the names of both."""
    found = []
    for sent in trace.of(RequestForwarded):
        there = [e.event for e in before(trace, sent, PodPlaced) if e.event.address == sent.event.address]
        asked = "{}/{}@{}".format(*job(sent.event), sent.event.generation)
        lives = "{}/{}@{}".format(*pod(there[-1])) if there else asked
        if lives != asked:
            found.append((sent, asked, lives))
    return found


@check(
    (0.0, PodPlaced(*US, 1, "pod:1")), (1.0, forwarded()), (2.0, STRANGER), (3.0, forwarded()), (3.1, TURNED_AWAY),
    (4.0, forwarded(replica="gw-1")), (4.1, TURNED_AWAY), (5.0, PodPlaced(*US, 1, "pod:1")), (6.0, forwarded()),
)  # fmt: skip
def no_pod_refuses_a_job_twice(trace: Trace) -> bool:
    """No replica sends a pod's request to a wrong address after another such request was refused."""
    found = strays(trace)
    for n, (later, asked, _) in enumerate(found):
        for first, same, _ in found[:n]:
            refused = [e for e in before(trace, later, RequestMisdirected) if e.event.asked == asked]
            refused = [e for e in refused if any(one is first for one in before(trace, e, RequestForwarded))]
            alike = (first.event.replica, first.event.address) == (later.event.replica, later.event.address)
            if same == asked and alike and refused:
                return False
    return True


@check(
    (0.0, PodPlaced(*US, 1, "pod:1")), (1.0, forwarded()), (2.0, STRANGER), (3.0, forwarded()), (3.1, TURNED_AWAY),
    (4.0, forwarded()), (4.1, TURNED_AWAY), (5.0, PodStopped("acme", "job-2", 1)), (6.0, forwarded()),
)  # fmt: skip
def no_pod_takes_another_jobs_request(trace: Trace) -> bool:
    """Each request that was sent to a wrong pod that is up was refused by it afterwards."""
    found = [(sent, asked, lives) for sent, asked, lives in strays(trace) if _is_up(trace, sent, lives)]
    open_ones = list(found)
    for refusal in trace.of(RequestMisdirected):
        names = (refusal.event.asked, "{}/{}@{}".format(*pod(refusal.event)))
        earlier = before(trace, refusal, RequestForwarded)
        its = [one for one in open_ones if one[1:] == names and any(one[0] is e for e in earlier)]
        if its:
            open_ones.remove(its[0])
    return not open_ones


def _is_up(trace: Trace, sent: Entry, lives: str) -> bool:
    life = [e for e in before(trace, sent, PodPlaced, PodStopped) if "{}/{}@{}".format(*pod(e.event)) == lives]
    return not life or isinstance(life[-1].event, PodPlaced)


@check(
    (0.0, RoutePublished(*US, 1, "pod:1")), (1.0, forwarded()),
    (2.0, UpstreamFailed("gw-0", *US, "dispatch", "pod:1", "refused")), (2.5, forwarded()),
    (3.0, RoutePublished(*US, 2, "pod:2")), (3.5, forwarded()),
    (4.0, UpstreamFailed("gw-0", *US, "dispatch", "pod:1", "refused")), (5.0, forwarded(2)),
    (6.0, forwarded(1, "gw-1")), (6.5, RequestRerouted("gw-1", "pod:1")), (7.0, forwarded(2, "gw-1")),
)  # fmt: skip
def no_request_is_sent_to_an_address_that_is_not_the_jobs(trace: Trace) -> bool:
    """No replica sends to an older generation than before, or where no pod was once the route had ended."""
    for sent in trace.of(RequestForwarded):
        own, generation = job(sent.event), sent.event.generation
        for earlier in before(trace, sent, RequestForwarded, UpstreamFailed, RequestRerouted):
            if earlier.event.replica != sent.event.replica:
                continue
            if isinstance(earlier.event, RequestForwarded):
                if job(earlier.event) == own and earlier.event.generation > generation:
                    return False
            elif earlier.event.address == sent.event.address:
                written = before(trace, sent, RoutePublished, RouteWithdrawn)
                writes = [e.event.generation for e in written if e.at_s <= earlier.at_s and job(e.event) == own]
                if generation in writes and max(writes) > generation:
                    return False
    return True


def never_falls(trace: Trace) -> bool:
    """Say whether generations only rise, as the table's conditional write has it."""
    written = [e.event.generation for e in trace.of(RoutePublished)]
    return written == sorted(written)


@check(
    (0.0, PodPlaced(*US, 1, "pod:1")), (0.5, PodPlaced("acme", "job-2", 1, "pod:9")), (1.0, forwarded()),
    (2.0, forwarded(replica="gw-1")), (2.5, PodPlaced(*US, 2, "pod:2")), (3.0, forwarded(2)),
)  # fmt: skip
def no_request_reaches_another_jobs_pod(trace: Trace) -> bool:
    """No pod refuses a request as another's, and none is sent to another pod than its own."""
    return not strays(trace) and not trace.reached(RequestMisdirected)


BATCH = CallSent("dispatch", "/api/v1/forward_backward", 1, None)


@check(
    (0.5, RouteMissed("gw-1", *US, "connect")), (0.5, RequestRefused("gw-1", "connect", 503, "route-not-ready")),
    (1.0, forwarded()), (1.5, forwarded(replica="gw-2")), (2.0, BATCH), (2.5, forwarded(replica="gw-1")),
    (3.0, RouteMissed("gw-0", *US, "dispatch")), (3.0, RequestRefused("gw-0", "dispatch", 503, "route-not-ready")),
    (3.5, RouteMissed("gw-1", *US, "dispatch")), (4.0, RequestRefused("gw-1", "dispatch", 503, "route-not-ready")),
    (5.0, RouteMissed("gw-3", *US, "poll")), (6.0, RequestForwarded("gw-3", *US, "poll", 1, "pod:1")),
)  # fmt: skip
def ready_means_routable(trace: Trace) -> bool:
    """From the first batch on, a replica that refuses for want of a route had sent a request to the pod before."""
    began = next((e for e in trace.of(CallSent) if e.event.path.endswith("forward_backward")), None)
    if began is None:
        return True
    for refused in trace.of(RequestRefused):
        key = (refused.event.replica, refused.event.leg)
        waiting = 0
        for one in before(trace, refused, RouteMissed, RequestForwarded, RequestRefused):
            if (one.event.replica, one.event.leg) == key:
                waiting = waiting + 1 if isinstance(one.event, RouteMissed) else max(waiting - 1, 0)
        knew = any(e.event.replica == key[0] for e in before(trace, refused, RequestForwarded))
        if refused.at_s >= began.at_s and waiting and not knew:
            return False
    return True
