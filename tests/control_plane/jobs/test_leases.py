"""A route's lease is renewed as long as its job runs, and not while the control plane is down."""

import asyncio

from gateway_sim.control_plane.events import LeaseRenewed
from gateway_sim.control_plane.jobs.leases import Leases
from gateway_sim.route_table import Route, RouteKey
from tests.control_plane.conftest import Plane

LEASE_S = 6.0


def leased(plane, outage=(0.0, 0.0)):
    """Let routes have leases of 6 s by a clock that says 1000 at the loop's 0; no renewal is made during the outage."""
    loop_s = lambda: asyncio.get_running_loop().time()  # noqa: E731
    plane.leases_of = lambda table: Leases(
        table, LEASE_S, lambda: 1000.0 + loop_s(), lambda: outage[0] <= loop_s() < outage[1], plane.events.append
    )
    return plane


def renewed(plane):
    """Return the incarnations of the renewals that were told."""
    return [event.incarnation for event in plane.heard(LeaseRenewed)]


def ends(plane):
    """Return the ends of the leases that were written, in seconds of the loop."""
    written = plane.table.history.of(RouteKey("acme", "job-1"))
    return [round(change.route.lease_until_s - 1000.0, 3) for change in written if change.route.state == "READY"]


async def running(plane: Plane, for_s: float) -> None:
    """Start a job, which takes a second, and let it run."""
    plane.reconciler.create("acme", "job-1")
    await asyncio.sleep(1.0 + for_s)


def test_a_lease_is_renewed_three_times_in_its_length(plane):
    """Each time for the whole length from then on."""

    async def story():
        await running(plane, 6.5)
        return await plane.route()

    route = leased(plane).tell(story)
    assert ends(plane) == [7.0, 9.0, 11.0, 13.0]
    assert route.lease_until_s == 1013.0
    assert plane.heard(LeaseRenewed) == [LeaseRenewed("acme", "job-1", 1, LEASE_S)] * 3


def test_without_leases_a_route_has_no_end(plane):
    """And nothing is written after it."""

    async def story():
        await running(plane, 60.0)
        return await plane.route()

    assert plane.tell(story) == Route("acme", "job-1", 1, "READY", "pod-job-1-1:8000")
    assert len(plane.table.history.of(RouteKey("acme", "job-1"))) == 1


def test_a_moved_job_has_one_lease_that_is_renewed(plane):
    """That of its new incarnation."""

    async def story():
        await running(plane, 2.5)
        await plane.reconciler.requeue("acme", "job-1")
        await asyncio.sleep(1.0 + 4.5)

    leased(plane).tell(story)
    assert renewed(plane) == [1, 2, 2]


def test_the_lease_of_a_draining_pod_is_renewed_until_its_job_is_moved(plane):
    """The pod serves what it has; the mark stays."""

    async def story():
        await running(plane, 0.5)
        await plane.reconciler.drain("acme", "job-1", grace_s=5.0)
        await asyncio.sleep(4.0)
        return await plane.route()

    route = leased(plane).tell(story)
    assert renewed(plane) == [1, 1]
    assert route.draining
    assert route.lease_until_s == 1011.0


def test_no_lease_of_a_deleted_job_is_renewed(plane):
    """Its tombstone has none."""

    async def story():
        await running(plane, 0.5)
        await plane.reconciler.delete("acme", "job-1")
        await plane.settle()
        return await plane.route()

    assert leased(plane).tell(story) == Route("acme", "job-1", 1, "TOMBSTONE", "")
    assert renewed(plane) == []


def test_an_outage_that_outlasts_a_lease_lets_a_sound_route_expire(plane):
    """Its pod serves throughout; the renewals go on once the control plane is back."""

    async def story():
        await running(plane, 15.0)

    leased(plane, outage=(2.0, 12.0)).tell(story)
    # the lease of the publication ended at 7 s, and the next was written at 13 s
    assert ends(plane) == [7.0, 19.0, 21.0]


def test_the_end_of_a_lease_has_milliseconds():
    """As the table has it."""
    leases = Leases(None, LEASE_S, lambda: 1000.12345, lambda: False, print)
    assert leases.until_s() == 1006.123
