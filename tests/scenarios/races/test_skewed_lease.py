"""Two replicas with clocks that are ahead: our pairs lose no run, and the timeline shows which clock ended a lease."""

import pytest

from gateway_sim.scenarios.report.timeline.document import document
from gateway_sim.scenarios.report.timeline.story import story
from gateway_sim.scenarios.run.plans import race_plan
from gateway_sim.scenarios.run.runner import run, run_plans
from gateway_sim.scenarios.run.spec import RunSpec
from gateway_sim.scenarios.world.policies import BALANCES


@pytest.mark.parametrize(("client", "gateway"), [("plain", "leased-generation"), ("exactly-once", "not-found")])
def test_no_draw_of_connections_hurts_our_pairs(client: str, gateway: str) -> None:
    """Whichever replica a connection or a request lands on."""
    words = {"order": "random"}
    specs = [
        RunSpec("skewed-lease", client, gateway, balance=b, seed=s, settings=words) for b in BALANCES for s in (0, 1)
    ]
    assert {result.verdict for result in run_plans([race_plan(spec) for spec in specs])} == {"kept"}


def test_the_timeline_says_whose_clock_found_the_lease_ended() -> None:
    """In the lane of the replica, and among the moments of the run."""
    result = run(RunSpec("skewed-lease", gateway="leased-generation"))
    told = document(result)
    place = [name for name, _ in told["lanes"]].index("gw-2")
    spans = [(tone, label, detail) for lane, _, _, tone, label, detail in told["spans"] if lane == place]
    assert ("stale", "gen 1 expired", "gw-2: by its clock the lease of gen 1 has ended") in spans
    sentences = [moment.sentence for moment in story(result.trace)]
    assert "the clock of gw-2 is 3 s ahead" in sentences
    assert "by the clock of gw-2 the lease of generation 1 has ended" in sentences
