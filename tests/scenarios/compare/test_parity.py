"""The cells that are compared between the engines, and when two results agree."""

import dataclasses

import pytest

from gateway_sim.scenarios import races
from gateway_sim.scenarios.compare.parity import Pair, cells, compare
from gateway_sim.scenarios.engines.live.drivers import POLICIES, beyond
from gateway_sim.scenarios.run.result import RunError
from gateway_sim.scenarios.run.runner import run
from gateway_sim.scenarios.run.spec import RunSpec
from gateway_sim.scenarios.run.workers import Workers


def test_a_quick_check_has_one_cell_for_each_race_and_sdk_and_one_more_for_the_incidents_error():
    """But for races whose user does what the driver cannot; the ValueError of a poll's 404 is not left to luck."""
    playable = {name for name in races.names() if not beyond(races.load(name).settings)}
    quick = list(cells(["tinker-0.15", "tinker-0.38"], quick=True))
    assert sorted((spec.sdk, spec.race) for spec in quick) == sorted(
        (sdk, race) for sdk in ("tinker-0.15", "tinker-0.38") for race in [*playable, "poll-404"]
    )
    assert {spec.gateway for spec in quick if spec.race == "poll-404"} == {"not-found", "route-not-ready"}
    assert {"fresh-route", "incident-344", "pinned-connection"} <= playable
    assert "half-step" not in playable


def test_the_usual_check_leaves_out_what_another_cell_says():
    """A policy that meets no 404, and another balance where none is in question; every race and gateway stays."""
    usual, full = (list(cells(["tinker-0.15"], full=full)) for full in (False, True))
    assert len(usual) < len(full) / 4
    assert {(spec.race, spec.gateway) for spec in usual if spec.client == "warmup-verified"} == {
        *((race, "not-found") for race in {spec.race for spec in full}),
        *(("job-deleted", gateway) for gateway in ("route-not-ready", "leased-generation")),
        ("recreated-job", "leased-generation"),
    }
    assert {spec.race for spec in usual if spec.balance == "per-request"} == {"pinned-connection"}
    assert {spec.race for spec in usual} == {spec.race for spec in full}


def test_a_full_check_has_every_pair_that_a_real_sdk_can_play():
    """Each client policy that has a driver, and nothing else; all live, all by the SDK itself."""
    full = list(cells(["tinker-0.15"], full=True))
    assert {spec.client for spec in full} == set(POLICIES)
    assert {(spec.engine, spec.driver) for spec in full} == {("live", "sdk")}
    assert all(spec.settings["think_s"] == "1" for spec in full if spec.race == "incident-344")


def test_engines_agree_on_verdict_outcome_and_the_errors_class_and_leg():
    """The error's message, which is the SDK's own, and seconds do not count."""
    one = run(RunSpec("fresh-route"))
    assert one.error is not None
    other_words = dataclasses.replace(one.error, message="Error code: 404")
    assert Pair(one, dataclasses.replace(one, error=other_words)).agree
    for error in (RunError("ValueError", 404, "connect", ""), RunError("NotFoundError", 404, "poll", ""), None):
        assert not Pair(one, dataclasses.replace(one, error=error)).agree
    assert not Pair(one, dataclasses.replace(one, verdict="kept")).agree


@pytest.mark.parametrize(("second", "agree"), [("fresh-route", True), ("healthy", False)])
def test_a_cell_that_does_not_agree_is_played_once_more_alone(monkeypatch, second, agree):
    """A busy machine may make the first attempt differ; a cell that differs alone stays different."""
    results = [run(RunSpec("healthy")), run(RunSpec(second))]

    async def live(planned):
        return results.pop(0)

    monkeypatch.setattr("gateway_sim.scenarios.compare.parity.run_live", live)
    (pair,), left_out = compare(
        [RunSpec("fresh-route", engine="live")], Workers(), jobs=1, each=lambda: None, guest=False
    )
    assert pair.beside is not None
    assert (pair.beside.race, pair.agree, left_out, results) == ("healthy", agree, [], [])
