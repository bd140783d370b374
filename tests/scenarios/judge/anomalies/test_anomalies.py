"""Each route anomaly in a real world where it happens, and in the nearest one where it does not."""

import json
import re
from functools import cache

import pytest

from gateway_sim.scenarios.apps.cli import main
from gateway_sim.scenarios.compare.pair_summary import pair_summaries
from gateway_sim.scenarios.compare.tournament import scores, specs
from gateway_sim.scenarios.judge.anomalies import anomalies, counts, sightings
from gateway_sim.scenarios.run.runner import run
from gateway_sim.scenarios.run.spec import RunSpec
from gateway_sim.scenarios.run.workers import Workers
from gateway_sim.scenarios.sim.trace import Trace
from gateway_sim.trainer_pod.engine import TrainingModel
from gateway_sim.trainer_pod.pod import TrainerPod
from gateway_sim.trainer_pod.protocol import OptimStepOutput


@cache
def ran(race, client="plain", gateway="not-found"):
    """Return a race's run; each pair plays it once for all tests here."""
    return run(RunSpec(race, client, gateway))


def pod_that_takes_whatever_comes(patch):
    """Whoever is superseded serves on."""
    patch.setattr(TrainerPod, "admit", lambda self, trainer: None)


def optimizer_that_skips_a_step(patch):
    """Say of the second step that it is done, without having taken it."""
    step, asked = TrainingModel.optim_step, []

    def skipping(self, *given):
        asked.append(given)
        return OptimStepOutput(metrics={"step": 2.0}) if len(asked) == 2 else step(self, *given)

    patch.setattr(TrainingModel, "optim_step", skipping)


WORLDS = {
    "stale-404": (("fresh-route",), ("fresh-route", "plain", "route-not-ready"), 1),
    "non-monotonic-route": (("poll-404",), ("poll-404", "plain", "leased-generation"), 1),
    "false-ready": (("pinned-connection",), ("mid-training-flap",), 1),
    "gone-but-retried": (("job-deleted", "blanket-404"), ("job-deleted", "warmup-verified"), 6),
    "spin": (("incident-344", "plain", "route-not-ready"), ("incident-344", "exactly-once", "route-not-ready"), 1),
    "doubled-step": (("lost-reply-then-404", "blanket-404"), ("lost-reply-then-404", "exactly-once"), 1),
    "misdirected-request": (("moved-pod",), ("moved-pod", "exactly-once"), 1),
}  # fmt: skip
"""Each anomaly: who shows it, who does not in a race as like it as there is, and how often it shows."""

SHORTEST = {
    "stale-404": ["RoutePublished", "RouteMissed", "RequestRefused"],
    "non-monotonic-route": ["RequestForwarded", "RouteMissed", "RequestRefused"],
    "false-ready": ["ReadinessReached", "RouteMissed", "RequestRefused"],
    "gone-but-retried": ["RouteWithdrawn", "CallAnswered", "CallSent"],
    "spin": ["CallSent"] * 21,
    "doubled-step": ["GradientsAccumulated", "GradientsAccumulated", "StepApplied"],
    "misdirected-request": ["PodPlaced", "RequestForwarded"],
    "zombie-200": ["RoutePublished", "RequestForwarded", "OperationAccepted"],
    "lost-step": ["StepApplied", "StepAcknowledged"],
}
"""What the shortest witness of each consists of."""


def sighting(trace, name):
    """Return what a trace shows of one anomaly."""
    return next(one for one in sightings(trace) if one.anomaly == name)


@pytest.mark.parametrize("name", WORLDS)
def test_it_happens_there_and_not_here(name):
    """By the product's own parts, whole."""
    shows, keeps, count = WORLDS[name]
    seen = sighting(ran(*shows).trace, name)
    assert seen.count == count
    assert [entry.name for entry in seen.shortest.witness] == SHORTEST[name]
    assert name not in counts(ran(*keeps).trace)


def test_a_superseded_pod_that_serves_on_is_a_zombie(monkeypatch):
    """The pods of this project refuse; one that does not is seen, and its stray request too."""
    assert "zombie-200" not in counts(ran("zombie-pod").trace)
    pod_that_takes_whatever_comes(monkeypatch)
    seen = run(RunSpec("zombie-pod")).trace
    assert [entry.name for entry in sighting(seen, "zombie-200").shortest.witness] == SHORTEST["zombie-200"]
    assert sighting(seen, "zombie-200").count == 1


def test_a_step_that_was_told_and_not_done_is_lost(monkeypatch):
    """No part of this project loses one; an optimizer that skips does."""
    assert "lost-step" not in counts(ran("healthy").trace)
    optimizer_that_skips_a_step(monkeypatch)
    lost = sighting(run(RunSpec("healthy")).trace, "lost-step")
    assert [entry.name for entry in lost.shortest.witness] == SHORTEST["lost-step"]
    assert lost.shortest.message == "step 3 was acknowledged, and the pod has applied 2"


def test_a_step_that_one_of_two_scripts_lost_is_told_of_that_script(monkeypatch):
    """The other's model has come further by then, and its own steps are as they should be."""
    asked, step = [], TrainingModel.optim_step

    def skipping(self, *given):
        asked.append(self)
        skipped = self is asked[0] and sum(model is self for model in asked) == 2
        return OptimStepOutput(metrics={"step": 2.0}) if skipped else step(self, *given)

    two = RunSpec("healthy", settings={"clients": "2"})
    assert "lost-step" not in counts(run(two).trace)
    monkeypatch.setattr(TrainingModel, "optim_step", skipping)
    result = run(two)
    lost = sighting(result.trace, "lost-step")
    assert lost.count == 2
    assert re.fullmatch(
        r"step [23] was acknowledged to client-[01], and the pod has applied [12]", lost.shortest.message
    )
    unequal = [v.message for v in result.violations if v.promise == "the weights equal the undisturbed runs"]
    assert len(unequal) == 1


def test_every_anomaly_has_its_worlds_here_and_says_what_it_is():
    """The folder is the registry; what is added without a world is missed here."""
    assert set(SHORTEST) == set(anomalies())
    assert all((anomaly.__doc__ or "").strip() for anomaly in anomalies().values())


def test_an_undisturbed_run_and_an_empty_trace_show_none():
    """Whoever plays."""
    assert sightings(Trace()) == ()
    assert all(counts(ran("healthy", "plain", gateway).trace) == {} for gateway in ("not-found", "leased-generation"))


def test_a_route_that_leads_to_a_superseded_pod_is_misdirected_also_where_the_pod_refuses():
    """Nobody else lives there, and yet the route had ended."""
    seen = sighting(ran("zombie-pod").trace, "misdirected-request")
    assert [entry.name for entry in seen.shortest.witness] == ["RoutePublished", "RequestForwarded"]
    assert re.fullmatch(r"acme/job-1@1 had ended 0\.\d+ s before a request was sent there", seen.shortest.message)


def test_run_tells_them_with_their_witness(capsys):
    """As a document, and on the card."""
    asked = ["run", "lost-reply-then-404", "--client", "blanket-404"]
    with pytest.raises(SystemExit):
        main([*asked, "--json"])
    (doubled, *_) = json.loads(capsys.readouterr().out)["anomalies"]
    assert (doubled["anomaly"], doubled["count"]) == ("doubled-step", 1)
    assert [entry["event"] for entry in doubled["witness"]] == SHORTEST["doubled-step"]
    with pytest.raises(SystemExit):
        main(asked)
    card = capsys.readouterr().out
    assert "doubled-step × 1: step 2 moved the weights on 2 batches" in card
    assert card.count("gradients accumulated") == 2


def test_run_with_seeds_and_the_tournament_count_the_runs_that_show_them(capsys):
    """Seeds in a line for each, pairs in a table."""
    with pytest.raises(SystemExit):
        main(["run", "fresh-route", "--seeds", "2"])
    told = capsys.readouterr().out
    assert "stale-404: in 2 of 2 runs, 2 times" in told
    assert re.search(r"seed [01]: gw-\d answered 404; the route had been published", told)
    ranked = pair_summaries(scores([s for s in specs(1, ["fresh-route"]) if s.client == "plain"], Workers()))
    by_gateway = {one.gateway: one.anomalies for one in ranked}
    assert by_gateway["not-found"] == {"false-ready": 1, "non-monotonic-route": 1, "stale-404": 1}
    assert by_gateway["leased-generation"] == {}
