"""A fleet's jobs, played: the figures of small cases by hand."""

from gateway_sim.control_plane.scheduling.quotas import Quota
from gateway_sim.control_plane.scheduling.shares import Node
from gateway_sim.control_plane.scheduling.work import Work
from gateway_sim.scenarios.orchestration.fleets.inputs import Job, LeftOut, Trace
from gateway_sim.scenarios.orchestration.fleets.queues import Queues
from gateway_sim.scenarios.orchestration.fleets.replay import fleet_of, outcomes
from gateway_sim.scenarios.orchestration.fleets.settings import FleetSettings

H = 3600.0


def played(jobs, nodes=(2, 2), queues=None, placement="best-fit", **settings):
    """Play jobs on nodes of these GPUs."""
    rooms = {f"n{n}": Node((1000,) * gpus) for n, gpus in enumerate(nodes)}
    trace = Trace(jobs, True, LeftOut())
    fleet = fleet_of(rooms, trace, queues, FleetSettings(**settings), 0)
    ((outcome, tally),) = outcomes(fleet, [placement])
    return outcome, tally, fleet


def test_spreading_strands_two_gpus_for_an_hour():
    """Two ones on two nodes of two: a job of two waits an hour beside two free GPUs, and not at all once packed."""
    jobs = [Job(0.0, Work("a", 1, H)), Job(0.0, Work("b", 1, H)), Job(0.0, Work("two", 2, H))]
    spread, _, _ = played(jobs, placement="spread")
    assert (spread.stranded_gpu_h, spread.mean_wait_s, spread.p99_wait_s) == (2.0, H / 3, H)
    assert (spread.makespan_s, spread.utilisation, spread.unallocated) == (2 * H, 0.5, 0.5)
    packed, _, _ = played(jobs)
    assert (packed.stranded_gpu_h, packed.mean_wait_s, packed.makespan_s, packed.utilisation) == (0.0, 0.0, H, 1.0)
    assert packed.digest != spread.digest


def test_a_preempted_job_goes_on_and_pays_for_its_restart_or_begins_anew():
    """After half an hour of its hour an urgent one takes its GPU for an hour; the restart costs a minute."""
    jobs = [Job(0.0, Work("long", 1, H)), Job(H / 2, Work("urgent", 1, H, priority=1))]
    resumed, tally, _ = played(jobs, nodes=(1,), preempts=True)
    assert (resumed.preemptions, resumed.lost_gpu_h, tally.ended_s) == (1, 0.0, {"urgent": 1.5 * H, "long": 2 * H + 60})
    anew, tally, _ = played(jobs, nodes=(1,), preempts=True, resumes=False)
    assert (anew.lost_gpu_h, tally.ended_s["long"]) == (0.5, 2.5 * H)
    waits, tally, _ = played(jobs, nodes=(1,))
    assert (waits.preemptions, tally.ended_s["urgent"]) == (0, 2 * H)


def test_a_gang_holds_the_gpus_of_all_its_pods_and_gives_them_all_back():
    """Two pods of two for an hour on four GPUs; a job of one and a second gang wait for it."""
    jobs = [Job(0.0, Work("gang", 2, H, pods=2)), Job(0.0, Work("one", 1, H)), Job(0.0, Work("next", 2, H, pods=2))]
    outcome, tally, _ = played(jobs)
    assert (tally.waits_s, tally.in_use) == ({"gang": 0.0, "one": H, "next": 2 * H}, 0)
    assert (outcome.utilisation, outcome.makespan_s) == (0.75, 3 * H)
    assert outcome.stranded_gpu_h == 0.0


def test_a_deadline_is_missed_by_the_job_that_waited():
    """Both must have ended half an hour after they could have; one has a later deadline of its own."""
    jobs = [Job(0.0, Work("a", 1, H)), Job(0.0, Work("b", 1, H)), Job(0.0, Work("c", 1, H), deadline_s=3 * H)]
    outcome, _, _ = played(jobs, nodes=(1,), sla_s=H / 2)
    assert outcome.sla_misses == 1
    assert played(jobs[:2], nodes=(1,))[0].sla_misses is None


def test_a_deadline_after_the_horizon_is_not_missed_at_it():
    """Three hours of one GPU, of which one is played: only the deadline within that hour is missed."""
    jobs = [
        Job(0.0, Work("late", 1, 2 * H), deadline_s=H / 2), Job(0.0, Work("open", 1, H), deadline_s=3 * H),
        Job(2 * H, Work("to come", 1, H), deadline_s=H),
    ]  # fmt: skip
    assert played(jobs, nodes=(1,), horizon_s=H)[0].sla_misses == 1
    assert played(jobs, nodes=(1,))[0].sla_misses == 2


def test_a_job_that_never_starts_misses_a_deadline_however_late():
    """It is submitted years after the first, as in a trace with a second 0 in it, and its quota is in use for ever."""
    jobs = [Job(0.0, Work("a", 1, 5e9)), Job(2e9, Work("b", 1, H), deadline_s=1.0)]
    assert played(jobs, nodes=(1,), horizon_s=4e9)[0].sla_misses == 1


def test_who_is_never_placed_is_said_with_the_reason():
    """Left out before: too large, without a queue, beyond its quota. At the horizon: the one that waits still."""
    queues = Queues((Quota("q", 1),), {"team": "q"}, [])
    jobs = [
        Job(0.0, Work("a", 1, H, "team"), line=2), Job(0.0, Work("b", 1, H, "team"), line=3),
        Job(0.0, Work("huge", 3, H, "team"), line=4), Job(0.0, Work("lost", 1, H, "other"), line=5),
        Job(0.0, Work("over", 2, H, "team"), line=6),
    ]  # fmt: skip
    outcome, _, fleet = played(jobs, queues=queues, horizon_s=1800.0)
    assert outcome.never == {"waited still at the horizon, or was submitted after it": 1}
    assert (outcome.started, outcome.makespan_s) == (1, 1800.0)
    assert fleet.left_out.reasons == {
        "asks for 3 GPUs, which the empty nodes cannot hold": (1, 4), "no queue for namespace other": (1, 5),
        "asks for more than the quota of q ever allows": (1, 6),
    }  # fmt: skip


def test_a_cohort_s_owner_takes_its_gpus_back():
    """Batch borrows all four; research reclaims its two, one preemption each."""
    quotas = (Quota("research", 2, 0, "lab"), Quota("batch", 2, 4, "lab"))
    jobs = [Job(0.0, Work(f"b{n}", 1, 4 * H, "batch")) for n in range(4)]
    jobs += [Job(H, Work(f"r{n}", 1, H, "research")) for n in range(2)]
    outcome, tally, _ = played(jobs, queues=Queues(quotas, {}, []))
    assert outcome.preemptions == 2
    assert (tally.waits_s["r0"], tally.waits_s["r1"]) == (0.0, 0.0)
    assert sorted(tally.ended_s.values()) == [2 * H, 2 * H, 4 * H, 4 * H, 5 * H + 60, 5 * H + 60]


def test_a_job_without_a_gpu_strands_none():
    """It waits for processors."""
    nodes = {"n": Node((1000, 1000), 1000)}
    jobs = [Job(0.0, Work(f"c{n}", 0, H, milli=0, cpu_milli=1000)) for n in range(2)]
    fleet = fleet_of(nodes, Trace(jobs, True, LeftOut()), None, FleetSettings(), 0)
    ((outcome, _),) = outcomes(fleet, ["best-fit"])
    assert (outcome.stranded_gpu_h, outcome.mean_wait_s) == (0.0, H / 2)


def test_the_order_and_the_victims_are_those_of_the_settings():
    """A job of two waits for the whole node; one of one passes it by, or waits behind it."""
    jobs = [Job(0.0, Work("a", 1, H)), Job(60.0, Work("two", 2, H)), Job(120.0, Work("one", 1, H))]
    assert played(jobs, nodes=(2,))[1].waits_s["one"] == 0.0
    assert played(jobs, nodes=(2,), order="strict")[1].waits_s["one"] == 2 * H - 120
    jobs = [Job(0.0, Work("old", 1, H)), Job(1.0, Work("young", 1, H)), Job(2.0, Work("urgent", 1, H, priority=1))]
    for victims, evicted in (("youngest", "young"), ("oldest", "old")):
        _, tally, _ = played(jobs, nodes=(2,), preempts=True, victims=victims)
        assert [job for _, what, job, _ in tally.log if what == "preempted"] == [evicted]


def test_fragments_are_judged_by_the_whole_trace():
    """The job of four comes later, and finds the node of four whole."""
    jobs = [Job(0.0, Work("one", 1, H)), Job(60.0, Work("four", 4, H))]
    assert played(jobs, nodes=(4, 3), placement="least-fragmenting")[1].waits_s["four"] == 0.0
    assert played(jobs, nodes=(4, 3), placement="first-fit")[1].waits_s["four"] == H - 60


def test_the_digest_is_that_of_the_times_too():
    """The same jobs on the same nodes, one a second later."""
    one, other = ([Job(0.0, Work("a", 1, H)), Job(at_s, Work("b", 1, H))] for at_s in (1.0, 2.0))
    assert played(one)[0].digest == played(one)[0].digest != played(other)[0].digest
