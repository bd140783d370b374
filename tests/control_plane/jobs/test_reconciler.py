"""Jobs become pods and routes, in an order that no reader can observe half done; virtual time, a real table."""

import asyncio

import pytest

from gateway_sim.control_plane.events import JobMoved, JobRoutable, PodPlaced, StartFailed
from gateway_sim.control_plane.jobs.publisher import Publisher
from gateway_sim.control_plane.jobs.reconciler import JobExists, NoSuchJob, Reconciler
from gateway_sim.control_plane.jobs.states import JobState, WrongState
from gateway_sim.control_plane.scheduling.quotas import Quota
from gateway_sim.control_plane.scheduling.seats import Seats
from gateway_sim.events import RoutePublished, RouteWithdrawn
from gateway_sim.route_table import Route

RUNNING = JobState.RUNNING


def test_a_created_job_is_placed_then_published_then_running(plane):
    """A client that reads RUNNING finds the route in the table: it was written before."""

    async def story():
        assert plane.reconciler.create("acme", "job-1").state is JobState.PENDING
        await plane.settle()
        assert plane.reconciler.get("acme", "job-1").state is RUNNING
        return await plane.route()

    assert plane.tell(story) == Route("acme", "job-1", 1, "READY", "pod-job-1-1:8000")
    assert plane.heard(JobMoved, PodPlaced, RoutePublished) == [
        JobMoved("acme", "job-1", "JOB_STATE_CREATING", 0),
        JobMoved("acme", "job-1", "JOB_STATE_PENDING", 1),
        PodPlaced("acme", "job-1", 1, "pod-job-1-1:8000"),
        RoutePublished("acme", "job-1", 1, "pod-job-1-1:8000"),
        JobMoved("acme", "job-1", "JOB_STATE_RUNNING", 1),
    ]


def test_a_job_is_pending_for_as_long_as_its_start_takes(plane):
    """The modelled wait and the pod's own start follow each other."""
    plane.start_s, plane.launcher.start_s = 60.0, 10.0

    async def story():
        plane.reconciler.create("acme", "job-1")
        await asyncio.sleep(59.9)
        assert plane.launcher.up == []
        await asyncio.sleep(10.0)
        assert plane.reconciler.get("acme", "job-1").state is JobState.PENDING
        await asyncio.sleep(0.2)
        assert plane.reconciler.get("acme", "job-1").state is RUNNING

    plane.tell(story)


def test_a_deleted_job_leaves_a_tombstone_and_no_pod(plane):
    """The route is withdrawn first, so that no request finds a pod on its way out."""

    async def story():
        await plane.start()
        assert (await plane.reconciler.delete("acme", "job-1")).state is JobState.DELETED
        assert plane.launcher.up == []
        return await plane.route()

    assert plane.tell(story) == Route("acme", "job-1", 1, "TOMBSTONE", "")
    assert plane.heard(RouteWithdrawn) == [RouteWithdrawn("acme", "job-1", 1)]


def test_a_paused_job_comes_back_as_a_new_incarnation(plane):
    """Its old pod is gone, its new one has the next number, and so has the route."""

    async def story():
        await plane.start()
        assert (await plane.reconciler.pause("acme", "job-1")).state is JobState.PAUSED
        paused = await plane.route()
        assert paused is not None
        assert paused.state == "TOMBSTONE"
        assert plane.launcher.up == []
        assert plane.reconciler.resume("acme", "job-1").incarnation == 2
        await plane.settle()
        assert plane.launcher.up == [("job-1", 2)]
        return await plane.route()

    assert plane.tell(story) == Route("acme", "job-1", 2, "READY", "pod-job-1-2:8000")


def test_the_pod_of_a_preempted_job_is_stopped_after_its_grace(plane):
    """Until then it stands beside the next incarnation's."""

    async def story():
        await plane.start()
        await plane.reconciler.requeue("acme", "job-1", grace_s=10.0)
        await asyncio.sleep(9.9)
        before = list(plane.launcher.up)
        await asyncio.sleep(0.2)
        return before, list(plane.launcher.up)

    assert plane.tell(story) == ([("job-1", 1), ("job-1", 2)], [("job-1", 2)])


def test_a_name_can_be_used_again_once_its_job_is_deleted(plane):
    """The new job's first start is numbered after the old one's last."""

    async def story():
        await plane.start()
        with pytest.raises(JobExists, match="job acme/job-1 exists and is JOB_STATE_RUNNING"):
            plane.reconciler.create("acme", "job-1")
        await plane.reconciler.delete("acme", "job-1")
        await plane.start()
        return await plane.route()

    assert plane.tell(story) == Route("acme", "job-1", 2, "READY", "pod-job-1-2:8000")


@pytest.mark.parametrize(
    ("breaks", "sentence"),
    [(RuntimeError("no GPU of this kind is left"), "no GPU of this kind is left"), (TimeoutError(), "TimeoutError")],
)
def test_a_pod_that_cannot_start_fails_its_job_with_its_own_words(plane, breaks, sentence):
    """FAILED, never RUNNING; no route, no pod left over, and a reason even where the error has none."""
    plane.launcher.breaks = breaks

    async def story():
        await plane.start()
        job = plane.reconciler.get("acme", "job-1")
        assert (job.state, job.message) == (JobState.FAILED, sentence)
        assert plane.launcher.up == []
        return await plane.route()

    assert plane.tell(story) is None
    assert plane.heard(StartFailed) == [StartFailed("acme", "job-1", 1, sentence)]


def test_a_failed_job_resumes_under_a_new_number(plane):
    """What is left of the failed start, if anything, cannot pass for the new one."""
    plane.launcher.breaks = RuntimeError("image not found")

    async def story():
        await plane.start()
        plane.launcher.breaks = None
        plane.reconciler.resume("acme", "job-1")
        await plane.settle()
        job = plane.reconciler.get("acme", "job-1")
        return job.state, job.incarnation, job.message

    assert plane.tell(story) == (RUNNING, 2, "")


def test_a_pod_whose_route_is_refused_is_stopped_and_its_job_failed(plane):
    """A newer generation stands in the table already: this start is too late for anybody to find it."""

    async def story():
        await plane.table.publish(Route("acme", "job-1", 7, "READY", "elsewhere:8000"))
        await plane.start()
        job = plane.reconciler.get("acme", "job-1")
        assert (job.state, plane.launcher.up) == (JobState.FAILED, [])
        assert job.message == "acme/job-1 stands at generation 7; 1 was not published"
        return await plane.route()

    assert plane.tell(story) == Route("acme", "job-1", 7, "READY", "elsewhere:8000")


@pytest.mark.parametrize("after_s", [0.0, 0.5, 4.0, 5.9])
@pytest.mark.parametrize("verb", ["delete", "pause"])
def test_a_start_that_is_called_off_leaves_nothing_behind(plane, verb, after_s):
    """Whether it waits, brings up its pod or writes its route: no pod stays up, and no route stays READY."""
    plane.start_s, plane.launcher.start_s = 1.0, 2.0

    took_s = iter([0.0, 3.0])

    async def as_in_a_thread(call):
        """Make the table at once, write for 3 s, also where the caller has left, and then be quick."""

        async def late():
            await asyncio.sleep(next(took_s, 0.0))
            return call()

        return await asyncio.shield(asyncio.ensure_future(late()))

    plane.blocking = as_in_a_thread

    async def story():
        plane.reconciler.create("acme", "job-1")
        await asyncio.sleep(after_s)
        ended = await getattr(plane.reconciler, verb)("acme", "job-1")
        await plane.settle()
        assert plane.reconciler.get("acme", "job-1") == ended
        assert ended.state in (JobState.DELETED, JobState.PAUSED)
        assert plane.launcher.up == []
        return await plane.route()

    route = plane.tell(story)
    assert route is None or route.state == "TOMBSTONE"
    assert (route is not None) == bool(plane.heard(RoutePublished))


def test_a_late_withdrawal_leaves_a_newer_route_alone(plane):
    """The tombstone of incarnation 1 is sent only after incarnation 2 was published, and then is not written at all."""

    async def story():
        await plane.start()
        prompt = plane.reconciler._publisher.withdraw

        async def late(job):
            """Send the tombstone a minute late."""
            await asyncio.sleep(60.0)
            return await prompt(job)

        plane.reconciler._publisher.withdraw = late
        pausing = asyncio.ensure_future(plane.reconciler.pause("acme", "job-1"))
        await asyncio.sleep(1.0)
        plane.reconciler.resume("acme", "job-1")
        await pausing
        await plane.settle()
        assert plane.launcher.up == [("job-1", 2)]
        return await plane.route()

    assert plane.tell(story) == Route("acme", "job-1", 2, "READY", "pod-job-1-2:8000")
    assert plane.heard(RouteWithdrawn) == []


def test_jobs_are_listed_by_account_in_the_order_they_were_made(plane):
    """No account sees another's jobs."""

    async def story():
        for account, job in (("acme", "b"), ("other", "c"), ("acme", "a")):
            plane.reconciler.create(account, job)
        return [job.name for job in plane.reconciler.jobs("acme")], plane.reconciler.jobs("unknown")

    assert plane.tell(story) == (["b", "a"], [])


def test_a_verb_that_does_not_fit_changes_nothing(plane):
    """A job that is not there is named; a job that cannot do it says where it stands."""

    async def story():
        with pytest.raises(NoSuchJob, match="account acme has no job job-1"):
            plane.reconciler.get("acme", "job-1")
        with pytest.raises(NoSuchJob):
            await plane.reconciler.delete("acme", "job-1")
        await plane.start()
        with pytest.raises(WrongState, match="it cannot resume"):
            plane.reconciler.resume("acme", "job-1")
        await plane.reconciler.delete("acme", "job-1")
        with pytest.raises(WrongState, match="it cannot delete"):
            await plane.reconciler.delete("acme", "job-1")
        with pytest.raises(WrongState, match="it cannot pause"):
            await plane.reconciler.pause("acme", "job-1")
        return plane.reconciler.get("acme", "job-1").state

    assert plane.tell(story) is JobState.DELETED


def test_closing_stops_what_starts_and_what_runs(plane):
    """No pod and no task stays behind."""

    async def story():
        await plane.start("job-1")
        plane.reconciler.create("acme", "job-2")
        await asyncio.sleep(0.5)
        assert plane.launcher.up == [("job-1", 1), ("job-2", 1)]
        await plane.reconciler.close()
        return plane.launcher.up, [task for task in asyncio.all_tasks() if task.get_name().startswith("start ")]

    assert plane.tell(story) == ([], [])


def test_closing_stops_a_pod_that_drains(plane):
    """Its job is not moved any more: the task that would move it has ended."""

    async def story():
        await plane.start()
        await plane.reconciler.drain("acme", "job-1", grace_s=60.0)
        await asyncio.sleep(5.0)
        assert plane.launcher.up == [("job-1", 1)]
        await plane.reconciler.close()
        return plane.launcher.up, [task for task in asyncio.all_tasks() if task.get_name().startswith("drain ")]

    assert plane.tell(story) == ([], [])


class ScriptedAcknowledgements:
    """Gateway replicas that acknowledge each generation `after_s` seconds after they were first asked for it."""

    def __init__(self, after_s):
        self.after_s = after_s
        self.first_s = {}
        self.asked_s = []

    async def behind(self, key, generation):
        """Name the one replica that is behind, until its time has come."""
        now_s = asyncio.get_running_loop().time()
        first_s = self.first_s.setdefault(generation, now_s)
        self.asked_s.append(now_s)
        return ["gw-0"] if now_s - first_s < self.after_s else []


def test_a_job_is_routable_once_every_replica_has_acknowledged_its_incarnation(plane):
    """RUNNING at 1 s, acknowledged 2 s later; an incarnation that was requeued has to be acknowledged anew."""
    plane.acknowledgements = ScriptedAcknowledgements(2.0)

    async def story():
        plane.reconciler.create("acme", "job-1")
        routable = []
        for _ in range(2):
            for wait_s in (1.5, 2.0):
                await asyncio.sleep(wait_s)
                routable.append(plane.reconciler.is_routable(plane.reconciler.get("acme", "job-1")))
            await plane.reconciler.requeue("acme", "job-1")
            routable.append(plane.reconciler.is_routable(plane.reconciler.get("acme", "job-1")))
        return routable

    assert plane.tell(story) == [False, True, False] * 2
    assert plane.heard(JobRoutable) == [JobRoutable("acme", "job-1", 1), JobRoutable("acme", "job-1", 2)]
    # four times a second, and no more once they have acknowledged
    assert plane.acknowledgements.asked_s[:10] == [1.0 + n / 4 for n in range(9)] + [4.5]


def test_an_incarnation_that_ended_before_it_was_acknowledged_is_never_routable(plane):
    """Its route is acknowledged late, when the next incarnation runs already; only that one is reported."""
    plane.acknowledgements = ScriptedAcknowledgements(5.0)
    plane.launcher.start_s = 0.05

    async def story():
        plane.reconciler.create("acme", "job-1")
        await asyncio.sleep(1.9)
        await plane.reconciler.requeue("acme", "job-1")
        await plane.settle()

    plane.tell(story)
    assert plane.heard(JobRoutable) == [JobRoutable("acme", "job-1", 2)]


def test_a_start_that_fails_gives_its_seat_to_the_next_job(plane):
    """Two jobs, one seat: the second runs though the first never came up."""
    plane.launcher.breaks = RuntimeError("image not found")
    plane.seats = Seats(1, [Quota("acme", 1)], emit=plane.events.append)

    async def story():
        plane.reconciler.create("acme", "broken")
        plane.reconciler.create("acme", "sound")
        await asyncio.sleep(1.5)
        plane.launcher.breaks = None
        await plane.settle()
        return [(job.name, job.state.name) for job in plane.reconciler.jobs("acme")]

    assert plane.tell(story) == [("broken", "FAILED"), ("sound", "RUNNING")]


def test_a_job_that_loses_its_seat_while_its_pod_starts_waits_and_comes_back(plane):
    """Its GPU was borrowed: the owner claims it before the pod is up, and gives it back by deleting its own job."""
    plane.start_s = 10.0
    plane.seats = Seats(1, (Quota("acme", 0, borrows=1), Quota("owners", 1)), emit=plane.events.append)

    async def story():
        plane.reconciler.create("acme", "job-1")
        await asyncio.sleep(5.0)
        plane.reconciler.create("owners", "job-9")
        await plane.settle()
        states = [plane.reconciler.get(*job).state for job in (("acme", "job-1"), ("owners", "job-9"))]
        await plane.reconciler.delete("owners", "job-9")
        await plane.settle()
        return [*states, plane.reconciler.get("acme", "job-1").state]

    assert plane.tell(story) == [JobState.PENDING, RUNNING, RUNNING]


def test_without_settings_a_start_takes_the_pods_own_time_and_a_preempted_pod_is_fenced_at_once(plane):
    """No image is pulled, and the old pod is gone before the new one starts."""

    async def story():
        plane.reconciler = Reconciler(Publisher(plane.table), plane.launcher, emit=plane.events.append)
        plane.reconciler.create("acme", "job-1")
        await asyncio.sleep(1.1)
        assert plane.reconciler.get("acme", "job-1").state is RUNNING
        await plane.reconciler.requeue("acme", "job-1")
        assert (plane.launcher.retired, plane.launcher.up) == ([("job-1", 1)], [])

    plane.tell(story)


def test_closing_gives_the_seats_back(plane):
    """Another control plane may share them."""
    plane.seats = seats = Seats(1, [Quota("acme", 1)], emit=plane.events.append)

    async def story():
        await plane.start()
        assert seats.has("acme", "job-1")
        await plane.reconciler.close()
        return seats.has("acme", "job-1")

    assert plane.tell(story) is False
