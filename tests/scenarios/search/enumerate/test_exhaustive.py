"""Every order of a small world: each once, none left out, and a broken part found among them."""

import json
import random
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import pytest

from gateway_sim.client.retry_policies.exactly_once import ExactlyOnce
from gateway_sim.client.retry_policies.plain import Plain
from gateway_sim.miss_policies import Miss, Refuse
from gateway_sim.miss_policies.hold import Hold
from gateway_sim.miss_policies.later import gone
from gateway_sim.miss_policies.leased_generation import LeasedGeneration
from gateway_sim.miss_policies.not_found import NotFound
from gateway_sim.miss_policies.resync_budget import ResyncBudget
from gateway_sim.scenarios.apps.cli import main
from gateway_sim.scenarios.report.enumeration import Enumerated, introduction, orders_table
from gateway_sim.scenarios.run.store import Store
from gateway_sim.scenarios.run.workers import Workers
from gateway_sim.scenarios.search.enumerate import exhaustive
from gateway_sim.scenarios.search.enumerate.choices import Choices, OneDraw, OrderRefused
from gateway_sim.scenarios.search.enumerate.exhaustive import Orders, held, orders, pieces
from gateway_sim.scenarios.search.enumerate.wire import HopLost
from gateway_sim.scenarios.search.enumerate.world import HURRIED, MOST_REQUESTS, SmallWorld, play

ROOT = Path(__file__).parents[4]

FINISHES = "the run finishes while its job lives"


@dataclass(frozen=True)
class CallsEverythingGone:
    """A leased generation without its strong read: a lagging replica is taken for the table."""

    name: ClassVar[str] = "calls-everything-gone"

    def on_miss(self, miss: Miss) -> Refuse:
        """Say that it is gone."""
        return gone("route-gone", "gone")


def whole(world):
    """Return the results of all orders of a world."""
    return sum(orders(world), Orders())


def test_each_combination_of_choices_is_picked_once():
    """Also where what may be picked depends on what was picked before."""
    found, script = [], ()
    while script is not None:
        choices = Choices(script)
        first = choices.pick(3)
        picked = (first, *(choices.pick(2) for _ in range(first)))
        assert choices.pick(1) == 0
        found.append(picked)
        script = choices.following()
    assert found == [(0,), (1, 0), (1, 1), (2, 0, 0), (2, 0, 1), (2, 1, 0), (2, 1, 1)]


def enumerated(**found):
    """Return the card of a pair of which four orders were played, and all kept the promises."""
    return Enumerated("plain", "hold", {}, SmallWorld(Plain(), Hold()), Orders(4, 4, **found))


@pytest.mark.parametrize(
    ("found", "sentence", "left_out", "cell"),
    [
        ({}, "all 4 orders kept the promise", "", "| 4 | – | – | **all** |"),
        (
            {"drawn": 3},
            "the 4 orders played kept the promise",
            "Of these orders 3 have a wait that chance drew, and other draws may give other orders.",
            "| 4 | 3 | – | **all played** |",
        ),
        (
            {"cut": 1},
            "the 4 orders played kept the promise",
            f"Of these orders in 1 the lag was ended at request {HURRIED}.",
            "| 4 | – | 1 | **all played** |",
        ),
    ],
)
def test_only_a_pair_without_drawn_waits_and_cuts_is_called_whole(found, sentence, left_out, cell):
    """An order with a drawn wait stands for others that were not played, and one that was cut short is no whole run."""
    one = enumerated(**found)
    assert (one.sentence, one.left_out) == (f"plain behind hold: {sentence}", left_out)
    assert one.document()["whole"] == (not found)
    assert cell in orders_table([one]).markdown()


def test_a_drawn_wait_and_a_cut_are_noticed_where_they_happen():
    """The gateway answers the first call of the shortest order at once; a poller without a pause is cut short."""
    shortest = held(SmallWorld(Plain(), NotFound(), losses=0), Choices((0,)))
    assert (shortest.drawn, shortest.cut, shortest.whole) == (0, 0, True)
    every = whole(SmallWorld(Plain(), NotFound(), losses=0))
    assert 0 < every.cut < every.count
    assert 0 < every.drawn < every.count


def test_one_draw_is_the_draw_of_its_seed_and_says_that_it_was_used():
    """A range of one length is no draw."""
    choices = Choices()
    chance = OneDraw(choices, "small world")
    assert (chance.uniform(2.0, 2.0), choices.drawn) == (2.0, False)
    plain = random.Random("small world")
    plain.uniform(2.0, 2.0)
    assert [chance.uniform(0.0, 1.0) for _ in range(3)] == [plain.uniform(0.0, 1.0) for _ in range(3)]
    assert choices.drawn


def test_an_order_that_picks_what_is_not_there_is_refused():
    """The message names the pick."""
    with pytest.raises(OrderRefused, match="choice 1 of the order is 9; it must be below"):
        play(SmallWorld(Plain(), NotFound()), Choices((9,)))


def test_todays_gateway_crashes_a_run_at_once_and_a_strong_read_does_not():
    """One stale replica and the first call are enough; behind leased-generation no order is."""
    today, leased = (whole(SmallWorld(Plain(), gateway, losses=0)) for gateway in (NotFound(), LeasedGeneration()))
    assert today.broken[FINISHES] > 0
    assert "404" in today.shortest[FINISHES].message
    assert today.shortest[FINISHES].events < 10
    assert today.anomalies["stale-404"] == today.broken[FINISHES]
    assert leased.count > 50
    assert (leased.kept, leased.broken, leased.anomalies["stale-404"]) == (leased.count, {}, 0)


def test_the_memory_of_a_policy_is_played_in_every_order():
    """Each order begins without it. A budget of one read is used up by the first miss; then the job is deleted."""
    enough, one = (
        whole(SmallWorld(Plain(), ResyncBudget(resyncs=resyncs, period_s=600.0), losses=0)) for resyncs in (2, 1)
    )
    assert (enough.kept, enough.broken) == (enough.count, {})
    assert set(one.broken) == {"a gone job is told at once"}
    found = one.shortest["a gone job is told at once"]
    again = held(SmallWorld(Plain(), ResyncBudget(resyncs=1, period_s=600.0), losses=0), Choices(found.order))
    assert again.shortest["a gone job is told at once"] == found


def test_the_pieces_together_are_the_whole():
    """However the orders are handed out, each is played once."""
    world = SmallWorld(Plain(), LeasedGeneration(), losses=0)
    begun = list(pieces(world, 3))
    assert len(set(begun)) == len(begun) > 3
    parts = sum((sum(orders(world, one), Orders()) for one in begun), Orders())
    assert parts == whole(world)


def test_orders_that_were_kept_are_not_played_again(tmp_path, monkeypatch):
    """A store has a row for each piece; the sum is the same."""
    pytest.importorskip("pyarrow", reason="the extra store is not installed")
    world = SmallWorld(Plain(), LeasedGeneration(), losses=0)
    monkeypatch.setattr(exhaustive, "spread", lambda call, items, *_, **__: map(call, items))
    for _ in range(2):
        with Store(tmp_path, "enumerate", {}) as store:
            assert sum(exhaustive.whole(world, Workers(), store), Orders()) == whole(world)
        monkeypatch.setattr(exhaustive, "spread", lambda call, items, *_, **__: iter(list(items)[:0]))


def test_a_policy_that_takes_a_lagging_replica_at_its_word_is_caught():
    """It is leased-generation without the strong read."""
    caught = whole(SmallWorld(Plain(), CallsEverythingGone(), losses=0))
    assert caught.broken[FINISHES] > 0


def test_a_pod_without_a_ledger_is_caught_by_a_lost_answer():
    """The client sends the step again, as it must; the pod applies it again."""
    world = SmallWorld(Plain(), LeasedGeneration(), forgetful=True)
    lost = next(one for one in orders(world) if one.broken["no step is applied twice"])
    assert "on 0 batches" in lost.shortest["no step is applied twice"].message
    played = play(world, Choices(lost.shortest["no step is applied twice"].order))
    (hop,) = [entry.event.hop for entry in played.of(HopLost)]
    assert hop in ("pod to gateway", "gateway to client")


def test_a_small_world_plays_on_the_real_pod_without_torch():
    """The pod imports torch with its first model, and the model of a small world is none of its own."""
    play = (
        "import sys\n"
        "from gateway_sim.client.retry_policies.plain import Plain\n"
        "from gateway_sim.miss_policies.leased_generation import LeasedGeneration\n"
        "from gateway_sim.scenarios.search.enumerate.choices import Choices\n"
        "from gateway_sim.scenarios.search.enumerate.world import SmallWorld, play\n"
        "trace = play(SmallWorld(Plain(), LeasedGeneration(), losses=0), Choices())\n"
        "print([e.name for e in trace.entries if e.name in ('StepApplied', 'ResultDelivered')], 'torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", play], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.split("\n")[0] == "['StepApplied', 'ResultDelivered'] False"


def test_an_order_played_again_is_the_same_to_the_microsecond():
    """It depends on its script only."""
    world = SmallWorld(ExactlyOnce(), NotFound(), losses=0)
    order = (0, 1, 0, 1)
    assert play(world, Choices(order)).digest() == play(world, Choices(order)).digest()


def told(capsys, *words):
    """Return the exit status and the document of `gateway-sim enumerate` with these words."""
    with pytest.raises(SystemExit) as end:
        main(["enumerate", *words, "--json"])
    return end.value.code, json.loads(capsys.readouterr().out)


def test_the_command_plays_one_order(capsys):
    """The shortest of today's gateway: a replica without the route answers the first call."""
    code, document = told(capsys, "--gateway", "not-found", "--order", "0")
    assert code == 1
    assert document["violations"][0]["promise"] == FINISHES
    assert [event["event"] for event in document["trace"]][-1] == "RunFailed"
    code, document = told(capsys, "--gateway", "leased-generation", "--order", "0")
    assert (code, document["violations"]) == (0, [])


def test_the_command_says_how_many_orders_there_are_and_which_is_the_shortest_that_breaks(capsys, tmp_path):
    """For each pair, in a sentence; its replay line shows the same again."""
    gateways = ("--gateway", "leased-generation", "--gateway", "not-found")
    code, document = told(capsys, *gateways, "--set", "losses=0", "--jobs", "1")
    kept, broken = document["pairs"]
    assert (code, document["broken"]) == (1, 1)
    assert kept["sentence"] == f"plain behind leased-generation+: all {kept['orders']} orders kept the promise"
    assert (kept["whole"], kept["drawn"], kept["cut"]) == (True, 0, 0)
    assert (broken["whole"], broken["drawn"] > 0) == (False, True)
    assert {one["broken"] for one in kept["promises"]} == {0}
    first = next(one for one in broken["promises"] if one["promise"] == FINISHES)
    code, again = told(capsys, *first["shortest"]["replay"].split()[2:])
    assert first["broken"] > 0
    assert again["violations"][0]["message"] == first["shortest"]["message"]
    page = tmp_path / "small.md"
    with pytest.raises(SystemExit):
        main(["enumerate", *gateways, "--set", "losses=0", "--jobs", "1", "--into", str(page)])
    told_again = " ".join(capsys.readouterr().out.split())
    assert f"all {kept['orders']} orders kept the promise" in told_again
    assert f"Of these orders {broken['drawn']} have a wait that chance drew" in told_again
    row = f"| plain | leased-generation+ | {kept['orders']} | – | – | **all** | – | – | – | – | – |"
    assert row in page.read_text()
    assert page.read_text().count("run failed") == 1


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (("--gateway", "not-fond"), "did you mean not-found?"),
        (("--client", "plane", "--gateway", "hold"), "did you mean plain?"),
        (("--gateway", "hold", "--set", "lag=3"), "no setting is called 'lag'"),
        (("--gateway", "hold", "--set", "losses=-1"), "losses is -1; it must be between 0 and 3"),
        (("--gateway", "hold", "--order", "0.x"), "write whole numbers with dots"),
        (("--gateway", "hold", "--order", "7"), "it must be below"),
        (("--gateway", "hold", "--into", "no/such/page.md"), "there is no folder no/such"),
        (("--order", "0"), "name its --client and its --gateway"),
    ],
)
def test_wrong_words_end_with_one_sentence(capsys, words, hint):
    """And with exit status 2, before anything is played."""
    with pytest.raises(SystemExit) as end:
        main(["enumerate", *words])
    assert end.value.code == 2
    assert hint in " ".join(capsys.readouterr().err.replace("│", " ").split())


@pytest.mark.parametrize("order", [(1, 0, 0, 1), (0, 1, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1), (1, 0, 1, 0, 0, 1)])
def test_a_job_that_goes_just_after_it_was_asked_about_is_told_gone_in_time(order):
    """After a final refusal of the gateway, the client asks the control plane once."""
    kept = held(SmallWorld(ExactlyOnce(), LeasedGeneration()), Choices(order))
    assert kept.broken == {}
    assert kept.anomalies["gone-but-retried"] in (0, 1)


def test_the_page_says_what_is_cut_short_in_the_worlds_on_it():
    """It gives the numbers of both cuts and every promise; after a change of either the page must be written again."""
    text = (ROOT / "docs" / "small-worlds.md").read_text()
    told = introduction("gateway-sim enumerate --into docs/small-worlds.md", SmallWorld(Plain(), NotFound()))
    assert f"From request {HURRIED} of a run on nothing lags" in told
    assert f"more than {MOST_REQUESTS} requests" in told
    assert text.startswith(told)
