"""A cluster whose placements another scheduler decides: what it is asked, and answers that are refused."""

import pytest

from gateway_sim.control_plane.scheduling.delegated import Delegated
from gateway_sim.control_plane.scheduling.placers import FreeNode, Start, WaitingJob
from gateway_sim.control_plane.scheduling.quotas import Quota
from gateway_sim.control_plane.scheduling.shares import Node
from gateway_sim.control_plane.scheduling.work import Place, Preempt, Rearrange, Rules, Work

NODES = {"a": 4, "b": 4}


class Scripted:
    """Gives one prepared answer after the other, then nothing; it keeps what it was asked."""

    def __init__(self, *answers):
        self.answers, self.asked = list(answers), []

    def place(self, free, waiting, now_s):
        """Give the next answer."""
        self.asked.append((free, waiting, now_s))
        answer = self.answers.pop(0) if self.answers else []
        if isinstance(answer, BaseException):
            raise answer
        return answer


class Playing:
    """A cluster of a scripted scheduler, with a clock that stands still."""

    def __init__(self, *answers, nodes=NODES, rules=None, waits=False):
        self.placer, self.errors = Scripted(*answers), []
        self.account = Delegated(
            self.placer,
            rules or Rules(),
            nodes,
            clock=lambda: 7.0,
            failed=self.errors.append,
            waits=waits,
        )

    def submit(self, *jobs):
        """Submit jobs, and return all actions."""
        for job in jobs:
            self.account.submit(job)
        return self.actions()

    def actions(self):
        """Return all actions that follow."""
        found = []
        while (action := self.account.decide()) is not None:
            found.append(action)
        return found

    def free(self):
        """Return the free GPUs of each node, by the account."""
        return [len([gpu for gpu in state.gpus if gpu == 1000]) for state in self.account._rooms.states]

    @property
    def waiting(self):
        """The names that the scheduler was told last."""
        return [job.name for job in self.placer.asked[-1][1]]


def work(name, gpus, **more):
    """Return a job of an hour."""
    return Work(name, gpus, 3600.0, **more)


def test_the_scheduler_is_told_what_is_free_and_what_waits():
    """All of it; then again, with what its answer left."""
    x, gang = work("x", 3, namespace="team", priority=2, limit_s=60.0), work("gang", 1, milli=500, pods=2)
    playing = Playing([Start("x", ["b"])], nodes={"a": Node((400, 1000), 8_000, 64), "b": 4})
    assert playing.submit(x, gang) == [Place(x, "b")]
    (free, waiting, now_s), (left, still, _) = playing.placer.asked
    assert free == (FreeNode("a", (400, 1000), 8_000, 64), FreeNode("b", (1000,) * 4))
    assert waiting == (
        WaitingJob("x", 3, queue="team", priority=2, submitted_s=7.0, limit_s=60.0),
        WaitingJob("gang", 1, 500, pods=2, submitted_s=7.0),
    )
    assert now_s == 7.0
    assert left == (free[0], FreeNode("b", (0, 0, 0, 1000), jobs=("x",)))
    assert still == waiting[1:]
    playing.account.end("x")
    playing.submit(work("y", 9))
    assert playing.placer.asked[-1][0] == free


def test_a_gang_starts_on_the_nodes_of_its_start():
    """Two pods on one node, and one on the other."""
    gang = work("gang", 2, pods=3)
    playing = Playing([Start("gang", ["b", "a", "b"])])
    assert playing.submit(gang) == [Place(gang, "b", ("a", "b"))]
    assert playing.free() == [2, 0]
    playing.account.end("gang")
    assert playing.free() == [4, 4]


@pytest.mark.parametrize("placement", ["in-sum", "random", "least-fragmenting"])
def test_the_placement_of_the_rules_is_not_asked(placement):
    """What a node has is counted even where these rules check the sum of the cluster only."""
    playing = Playing([Start("x", ["b"])], rules=Rules(placement=placement))
    assert playing.submit(work("x", 3)) == [Place(work("x", 3), "b")]
    assert playing.free() == [4, 1]


def test_parts_of_one_gpu_share_it_within_one_answer():
    """0.4 and 0.6 of a GPU on one; the next 0.6 takes another."""
    jobs = [work(name, 1, milli=milli) for name, milli in (("p", 400), ("q", 600), ("r", 600))]
    playing = Playing([Start(job.name, ["a"]) for job in jobs], nodes={"a": 2})
    assert len(playing.submit(*jobs)) == 3
    assert playing.account._rooms.states[0].gpus == (0, 400)


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ([("x", ["c"])], "it starts x on c, which does not exist; the nodes are a, b"),
        ([Start("x", ["a", "b"])], "it starts x on 2 nodes; its pods, 1, need one each"),
        ([Start("gang", ["a"])], "it starts gang on 1 node; its pods, 2, need one each"),
        ([Start("gang", ["a", "a"])], "it starts gang on a, which has no room for it after what it starts there"),
        ([Start("x", ["a"]), Start("x", ["b"])], "it starts x twice in one answer"),
        ([Start("y", ["a"])], "it starts y, which does not wait"),
        ([Start("ran", ["b"])], "it starts ran, which runs"),
        ([Start("x", ["a"]), Start("gang", ["a", "b"])], "free are GPUs of [0, 0, 0, 0] thousandths, 0 mCPU and 0 MiB"),
        (None, "it answered None; an answer is a list of Start(job, nodes)"),
        ("x", "it answered 'x'; an answer is a list of Start(job, nodes)"),
        (["x"], "its answer has 'x'; a start is Start(job, nodes)"),
        ([("x", "a")], "its answer has ('x', 'a'); a start is Start(job, nodes), with a list of names of nodes"),
        ([("x", [1])], "its answer has ('x', [1]); a start is Start(job, nodes)"),
        ([("x", 1)], "its answer has ('x', 1); a start is Start(job, nodes)"),
        (OSError("no server"), "no server"),
        (SystemExit(0), "0"),
    ],
)
def test_a_wrong_answer_is_refused_whole_and_changes_nothing(answer, told):
    """Of the right starts before the wrong one none is carried out; the scheduler is not asked again."""
    playing = Playing([Start("ran", ["a"])])
    playing.submit(work("ran", 1))
    playing.placer.answers = [answer, [Start("x", ["b"])]]
    assert playing.submit(work("x", 3), work("gang", 3, pods=2)) == []
    (error,) = playing.errors
    assert told in str(error)
    assert (playing.free(), list(playing.account._runs)) == ([3, 4], ["ran"])
    assert playing.submit(work("z", 1)) == []
    assert len(playing.placer.asked) == 2
    assert playing.account.withdraw("x")
    playing.account.end("ran")
    assert playing.free() == [4, 4]


def test_a_start_that_its_quota_no_longer_admits_is_asked_anew():
    """Each of three fits into the quota of four: the first starts, and the third, which fits beside it."""
    x, y, z = work("x", 3), work("y", 3), work("z", 1)
    starts = [Start("x", ["a"]), Start("y", ["b"]), Start("z", ["b"])]
    playing = Playing(starts, [Start("z", ["b"])], rules=Rules(quotas=(Quota("default", 4),)))
    assert playing.submit(x, y, z) == [Place(x, "a"), Place(z, "b")]
    assert [[job.name for job in waiting] for _, waiting, _ in playing.placer.asked] == [["x", "y", "z"], ["z"]]


def test_a_job_that_its_quota_holds_back_is_not_offered_and_not_started():
    """It has no place in the quota while the other one runs."""
    playing = Playing([Start("x", ["a"])], [Start("y", ["b"])], rules=Rules(quotas=(Quota("default", 4),)))
    playing.submit(work("x", 3))
    playing.submit(work("y", 3))
    assert len(playing.placer.asked) == 1
    playing.submit(work("z", 1))
    assert "it starts y, which its queue holds back" in str(playing.errors[0])


@pytest.mark.parametrize(
    ("rules", "offered"),
    [
        (Rules(), ["x", "y", "u", "v"]),
        (Rules(order="strict"), ["u"]),
        (Rules(quotas=(Quota("default", 4, strict=True), Quota("team", 4))), ["x", "u", "v"]),
    ],
)
def test_in_strict_order_only_the_first_is_offered(rules, offered):
    """The first of all; or of the namespace whose quota is strict."""
    playing = Playing(rules=rules)
    urgent = {"namespace": "team", "priority": 1}
    assert playing.submit(work("x", 2), work("y", 2), work("u", 1, **urgent), work("v", 1, **urgent)) == []
    assert playing.waiting == offered


def test_a_preempted_job_is_offered_again_and_a_job_that_fits_preempts_none():
    """The urgent one fits on b, and the scheduler leaves it waiting; once b has a job, that one gives way."""
    low, one, urgent = work("low", 4), work("one", 1), work("urgent", 4, priority=1)
    playing = Playing([Start("low", ["a"])], rules=Rules(preempts=True))
    playing.submit(low)
    assert playing.submit(urgent) == []
    playing.placer.answers = [[Start("one", ["b"])]]
    assert playing.submit(one) == [Place(one, "b"), Preempt(urgent, "b", (one,))]
    assert playing.waiting == ["one"]
    playing.placer.answers = [[Start("one", ["b"])]]
    playing.account.end("urgent")
    assert playing.actions() == [Place(one, "b")]


def test_after_a_wrong_answer_no_job_is_preempted_either():
    """The run is ending."""
    playing = Playing([Start("low", ["a"])], [Start("urgent", ["a"])], nodes={"a": 4}, rules=Rules(preempts=True))
    playing.submit(work("low", 4))
    assert playing.submit(work("urgent", 4, priority=1)) == []
    assert list(playing.account._runs) == ["low"]


def test_a_preempted_job_that_leaves_its_gpus_waits_once_it_has_left():
    """Until then it is in no queue."""
    low, urgent = work("low", 4), work("urgent", 4, priority=1)
    playing = Playing([Start("low", ["a"])], nodes={"a": 4}, rules=Rules(preempts=True), waits=True)
    playing.submit(low)
    (action,) = playing.submit(urgent)
    asked = len(playing.placer.asked)
    assert playing.actions() == []
    assert len(playing.placer.asked) == asked
    playing.account.left(action)
    assert playing.actions() == []
    assert playing.waiting == ["low"]


def test_jobs_move_together_for_one_that_fits_nowhere():
    """Two of two on two nodes: a job of four has its place once one of them has moved."""
    pairs, four = [work("x", 2), work("y", 2)], work("four", 4)
    starts = [Start("x", ["a"]), Start("y", ["b"])]
    playing = Playing(starts, rules=Rules(placement="spread", consolidates=True))
    playing.submit(*pairs)
    (action,) = playing.submit(four)
    assert isinstance(action, Rearrange)
    assert sorted(playing.free()) == [0, 0]
    assert playing.errors == []


@pytest.mark.parametrize(
    ("happens", "waiting"),
    [
        (lambda account: account.withdraw("y"), ["z"]),
        (lambda account: account.submit(work("u", 1)), ["y", "z", "u"]),
        (lambda account: account.end("x"), ["y", "z"]),
    ],
)
def test_an_answer_is_dropped_where_something_happens_before_it_is_carried_out(happens, waiting):
    """A job is withdrawn, submitted or ends after the first start; the scheduler is asked anew."""
    playing = Playing([Start("x", ["a"]), Start("y", ["a"]), Start("z", ["a"])])
    for name in ("x", "y", "z"):
        playing.account.submit(work(name, 1))
    assert playing.account.decide() == Place(work("x", 1), "a")
    happens(playing.account)
    assert playing.account.decide() is None
    assert playing.waiting == waiting


def test_a_job_is_withdrawn_from_the_queue_alone():
    """Once; and not while it runs, nor before it was submitted."""
    playing = Playing([Start("x", ["a"])])
    playing.submit(work("x", 1), work("y", 1))
    assert [playing.account.withdraw(name) for name in ("y", "y", "x", "z")] == [True, False, False, False]
    playing.account.end("x")
    assert playing.free() == [4, 4]
