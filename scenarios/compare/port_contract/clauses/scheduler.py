"""The contract of a scheduler.

Each clause plays a small cluster, whose account holds the answers; an answer that it refuses misses the clause.
"""

from collections.abc import Mapping, Sequence

from gateway_sim.control_plane.scheduling.delegated import Delegated, free_nodes
from gateway_sim.control_plane.scheduling.quotas import Quota
from gateway_sim.control_plane.scheduling.shares import WHOLE, Node
from gateway_sim.control_plane.scheduling.work import Rules, Work
from gateway_sim.scenarios.compare.contract.clause import Outcome
from gateway_sim.scenarios.compare.port_contract.clause import NotReached, Trial, optional, required, unless
from gateway_sim.scenarios.orchestration.workloads.sandbox import Sandbox, SandboxSettings
from gateway_sim.scenarios.sim.seeds import Seeds
from gateway_sim.scenarios.sim.trace import Trace

TWO = {"east-7": 8, "west-3": 8}
REFUSED = "the cluster could not carry the answer out, and the story would end"
FOR_EVER = "the job would wait for ever"
Started = dict[str, tuple[str, ...]]


class Cluster:
    """A cluster of the trial's scheduler: jobs are submitted and end, and each call returns what starts then."""

    def __init__(self, trial: Trial, nodes: Mapping[str, int | Node], rules: Rules, name: str = "fleet") -> None:
        self._errors: list[BaseException] = []
        self._started: set[str] = set()
        part = trial.part(cluster=name, nodes=tuple(free_nodes(nodes)))
        self._account = Delegated(part, rules, nodes, clock=lambda: trial.now_s, failed=self._errors.append)

    def submit(self, *jobs: Work) -> Started:
        """Submit jobs at one moment. Raises what the scheduler raised, and `PlacementRefused`."""
        for job in jobs:
            self._account.submit(job)
        return self.decided()

    def end(self, *jobs: str) -> Started:
        """End running jobs at one moment. Raises `NotReached` for one that has not started."""
        for job in jobs:
            if job not in self._started:
                raise NotReached(f"{job} had not started, though a node had room for it")
            self._account.end(job)
        return self.decided()

    def decided(self) -> Started:
        """Let the scheduler answer until it starts nothing; return the nodes of each job that started."""
        started = Started()
        while (action := self._account.decide()) is not None:
            started[action.work.name] = (action.node, *getattr(action, "others", ()))
        self._started |= started.keys()
        if self._errors:
            raise self._errors[0]
        return started


def _cluster(trial: Trial, nodes: Mapping[str, int | Node] = TWO, **rules: object) -> Cluster:
    return Cluster(trial, nodes, Rules(**rules))  # type: ignore[arg-type]


def _job(name: str, gpus: int, **more: object) -> Work:
    return Work(name, gpus, 3600.0, **more)  # type: ignore[arg-type]


def _saw(started: Mapping[str, Sequence[str]]) -> str:
    return ", ".join(f"{job} on {' and '.join(nodes)}" for job, nodes in started.items()) or "nothing"


@required("a job that fits starts at once", FOR_EVER)
async def a_job_that_fits_starts(trial: Trial) -> Outcome:
    """Submit a job of one whole node to an empty cluster."""
    started = _cluster(trial).submit(_job("a", 8))
    return unless(set(started) == {"a"}, f"started {_saw(started)} of a job that takes one of two empty nodes")


@required("nothing starts where no node has room, and the answer is empty", REFUSED)
async def an_empty_answer_is_a_list(trial: Trial) -> Outcome:
    """Submit a job to a full cluster."""
    one = _cluster(trial, {"east-7": 8})
    one.submit(_job("a", 8))
    started = one.submit(_job("b", 8))
    return unless(not started, f"started {_saw(started)}")


@required("only waiting jobs start", REFUSED)
async def only_waiting_jobs_start(trial: Trial) -> Outcome:
    """Submit a job beside one that runs."""
    one = _cluster(trial)
    one.submit(_job("a", 1))
    started = one.submit(_job("b", 1))
    return unless(set(started) == {"b"}, f"started {_saw(started)} where b waited")


@required("jobs start on nodes of the cluster", REFUSED)
async def nodes_are_the_clusters(trial: Trial) -> Outcome:
    """Submit a job to nodes that have names of no order."""
    started = _cluster(trial, {"rack 3/GPU-b": 4, "gpu-a.example": 4}).submit(_job("a", 4))
    return unless(set(started) == {"a"}, f"started {_saw(started)}")


@required("a job starts on a node that has its GPUs, whatever the cluster has in all", REFUSED)
async def a_node_has_the_gpus(trial: Trial) -> Outcome:
    """Submit a job of four where six GPUs are free, three on each node."""
    one = _cluster(trial)
    one.submit(_job("a", 5), _job("b", 5))
    started = one.submit(_job("c", 4))
    return unless(not started, f"started {_saw(started)} where three GPUs were free on each node")


@required("what starts in one answer does not take the same GPUs", REFUSED)
async def starts_of_one_answer_are_apart(trial: Trial) -> Outcome:
    """Submit two jobs that fit on one node each, and together on none."""
    started = _cluster(trial).submit(_job("a", 5), _job("b", 5))
    return unless(
        len(set(started.values())) == 2, f"started {_saw(started)} of two jobs that each take more than half a node"
    )


@required("a gang starts with all its pods", REFUSED)
async def a_gang_starts_whole(trial: Trial) -> Outcome:
    """Submit a gang of three pods, two of which share a node."""
    started = _cluster(trial).submit(_job("gang", 4, pods=3))
    nodes = started.get("gang", ())
    return unless(len(nodes) == 3 and set(nodes) == set(TWO), f"started {_saw(started)} of a gang of three pods")


@required("a gang waits until all its pods fit", REFUSED)
async def a_gang_waits_whole(trial: Trial) -> Outcome:
    """Submit a gang of three pods where two fit, and end the job that is in its way."""
    one = _cluster(trial)
    one.submit(_job("a", 8))
    early, late = one.submit(_job("gang", 4, pods=3)), one.end("a")
    return unless(not early and set(late) == {"gang"}, f"started {_saw(early)}, then {_saw(late)}")


@required("a part of a GPU is taken from one GPU", REFUSED)
async def parts_are_of_one_gpu(trial: Trial) -> Outcome:
    """Submit a job of 0.7 beside two of 0.6, each on a GPU of its own."""
    one = _cluster(trial, {"east-7": 2})
    one.submit(_job("a", 1, milli=600), _job("b", 1, milli=600))
    early, late = one.submit(_job("c", 1, milli=700)), one.submit(_job("d", 1, milli=400))
    return unless(
        not early and set(late) == {"d"},
        f"started {_saw(early)}, then {_saw(late)}, where two GPUs had 0.4 left, of jobs of 0.7 and then 0.4",
    )


@required("processors and memory count", REFUSED)
async def processors_and_memory_count(trial: Trial) -> Outcome:
    """Submit a job beside one that left GPUs, and no memory; and one that takes no GPU."""
    node = Node((WHOLE,) * 8, 16_000, 64_000)
    one = _cluster(trial, {"east-7": node})
    one.submit(_job("a", 1, cpu_milli=4_000, memory_mib=60_000))
    early = one.submit(_job("b", 1, cpu_milli=4_000, memory_mib=8_000))
    late = one.submit(_job("c", 0, milli=0, cpu_milli=12_000, memory_mib=4_000))
    return unless(not early and set(late) == {"c"}, f"started {_saw(early)} without memory for it, then {_saw(late)}")


@required("a job that waited starts once there is room", FOR_EVER)
async def a_job_that_waited_starts(trial: Trial) -> Outcome:
    """End the jobs that are in its way."""
    one = _cluster(trial)
    one.submit(_job("a", 6), _job("b", 6))
    one.submit(_job("c", 8))
    await trial.sleep(3600.0)
    started = one.end("a", "b")
    return unless(set(started) == {"c"}, f"started {_saw(started)} on the nodes that became free")


@required("a job that still waits is started later, though an answer had it", FOR_EVER)
async def a_job_that_still_waits_starts_later(trial: Trial) -> Outcome:
    """Submit two jobs of which the quota admits each, and not both."""
    one = _cluster(trial, quotas=(Quota("default", 4),))
    first = one.submit(_job("a", 3), _job("b", 3))
    await trial.sleep(3600.0)
    second = one.end(*first)
    both = {*first, *second} == {"a", "b"}
    return unless(both, f"started {_saw(first)}, and once that had ended {_saw(second)}, of two jobs that waited")


@required("a job that was preempted starts again", FOR_EVER)
async def a_preempted_job_starts_again(trial: Trial) -> Outcome:
    """Preempt a job, and end the one that took its place."""
    one = _cluster(trial, {"east-7": 8}, preempts=True)
    one.submit(_job("low", 8))
    one.submit(_job("high", 8, priority=1))
    await trial.sleep(3600.0)
    started = one.end("high")
    return unless(set(started) == {"low"}, f"started {_saw(started)} where the preempted job waited alone")


@required("clusters are apart", "a cluster's jobs would wait for GPUs of another one")
async def clusters_are_apart(trial: Trial) -> Outcome:
    """Fill a cluster, and submit to another one with nodes of the same names."""
    _cluster(trial).submit(_job("a", 8), _job("b", 8))
    started = Cluster(trial, TWO, Rules(), "another").submit(_job("a", 8), _job("b", 8))
    return unless(set(started) == {"a", "b"}, f"started {_saw(started)} of two jobs on two empty nodes")


@required("the same jobs get the same nodes in every run", "a seed would give another run each time")
async def runs_repeat(trial: Trial) -> Outcome:
    """Play twenty jobs on eight nodes in two sandboxes of one seed."""
    again: Sandbox[SandboxSettings] = Sandbox(Seeds(0), Trace(), SandboxSettings())
    nodes, jobs = {f"node-{n}": 8 for n in range(8)}, [_job(f"job-{n}", 1 + n % 3) for n in range(20)]
    async with again:
        ran = [_cluster(each, nodes).submit(*jobs) for each in (trial, Trial(again, trial.make))]
    other = [job for job in ran[0] if ran[0][job] != ran[1].get(job)]
    return unless(list(ran[0].items()) == list(ran[1].items()), f"placed {len(other)} of 20 jobs elsewhere or later")


@optional("a higher priority goes first", "an urgent job would wait behind the others")
async def a_higher_priority_goes_first(trial: Trial) -> Outcome:
    """Submit two jobs at one moment, of which one fits."""
    started = _cluster(trial, {"east-7": 8}).submit(_job("low", 8), _job("high", 8, priority=1))
    return unless(set(started) == {"high"}, f"started {_saw(started)}")


@optional("of equal jobs the one that waits longer goes first", "a job could wait for ever beside newer ones")
async def the_longer_wait_goes_first(trial: Trial) -> Outcome:
    """Let three equal jobs wait for one node."""
    one = _cluster(trial, {"east-7": 8})
    one.submit(_job("a", 8))
    one.submit(_job("z", 8))
    await trial.sleep(60.0)
    one.submit(_job("b", 8))
    started = one.end("a")
    return unless(set(started) == {"z"}, f"started {_saw(started)} where z had waited a minute longer")


@optional("a job that fits passes one that does not", "GPUs would idle beside jobs that fit")
async def a_job_that_fits_passes(trial: Trial) -> Outcome:
    """Submit a job of a node behind one that waits for more."""
    one = _cluster(trial)
    one.submit(_job("a", 4))
    started = one.submit(_job("gang", 8, pods=2), _job("b", 8))
    return unless(set(started) == {"b"}, f"started {_saw(started)} where a node was free, and the first job took two")
