"""One stale replica and connections that land anywhere: luck for most pairs, and none for this project's own fixes."""

import pytest

from gateway_sim.scenarios.run.plans import race_plan
from gateway_sim.scenarios.run.runner import run_plans
from gateway_sim.scenarios.run.spec import RunSpec
from gateway_sim.scenarios.world.policies import BALANCES


@pytest.mark.parametrize("balance", BALANCES)
@pytest.mark.parametrize(
    ("client", "gateway"), [("plain", "leased-generation"), ("plain", "hold"), ("exactly-once", "not-found")]
)
def test_no_draw_hurts_a_pair_that_is_always_kept(client, gateway, balance):
    """And the race says so, or a lost run would go unseen."""
    plans = [race_plan(RunSpec("pinned-connection", client, gateway, balance=balance, seed=seed)) for seed in range(10)]
    assert {planned.expected for planned in plans} == {"kept"}
    assert all(result.verdict == "kept" for result in run_plans(plans))


def test_elsewhere_the_draw_decides():
    """Some runs of the published fix are lost, some are not, and one seed says nothing."""
    plans = [race_plan(RunSpec("pinned-connection", "warmup-verified", "not-found", seed=seed)) for seed in range(10)]
    assert {planned.expected for planned in plans} == {"either"}
    assert {result.verdict for result in run_plans(plans)} == {"kept", "broken"}
