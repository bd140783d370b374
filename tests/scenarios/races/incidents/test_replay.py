"""Every world that is drawn from a log meets the misses of the log."""

import json
from pathlib import Path

import pytest

from gateway_sim.events import RouteBelieved
from gateway_sim.scenarios.apps.cli import main
from gateway_sim.scenarios.races import incidents
from gateway_sim.scenarios.races.incidents.source import Source
from gateway_sim.scenarios.run.runner import run
from gateway_sim.scenarios.run.spec import RunSpec

SHIPPED = str(Path(__file__).parents[4] / "examples" / "incidents" / "connect-404.csv")
SEEDS = range(5)


def log_of(tmp_path, *lines):
    """Write a log without names of replicas, and return its path."""
    log = tmp_path / "incident.csv"
    log.write_text("time,status,leg\n" + "\n".join(lines) + "\n")
    return str(log)


def legs(path, client="plain", gateway="not-found"):
    """Return the leg on which the run died in each world; None where every promise was kept."""
    runs = [run(RunSpec(path, client, gateway, seed=seed)) for seed in SEEDS]
    assert all(one.verdict in ("kept", "broken") for one in runs)
    return [one.error.leg if one.verdict == "broken" else None for one in runs]


def test_a_404_between_two_connect_calls_breaks_the_day_and_no_fix(capsys):
    """Three lines: readiness, a session, and a 404; the route is published and a replica does not know it."""
    with pytest.raises(SystemExit) as ended:
        main(["import", SHIPPED, "--jobs", "1", "--json"])
    told = json.loads(capsys.readouterr().out)
    assert (ended.value.code, told["broken_as_on_the_day"]) == (0, 5)
    kept = {(one["client"], one["gateway"]) for one in told["runs"] if one["verdict"] == "kept"}
    broken = {(one["client"], one["gateway"]) for one in told["runs"] if one["verdict"] == "broken"}
    assert kept.isdisjoint(broken)
    clients = {"plain", "blanket-404", "warmup-verified"}
    assert broken == {(client, "not-found") for client in clients}


@pytest.mark.parametrize(
    ("lines", "leg"),
    [
        (["0,200,health", "0.1,200,connect", "0.2,404,connect"], "connect"),
        (["0,200,health", "2,404,connect"], "connect"),
        # the second caller took two minutes, longer than an answer is held up
        (["0,200,health", "60,200,connect", "180,404,connect"], "connect"),
        # a slow script between a result and the next call
        (["0,200,connect", "9,200,dispatch", "20,200,poll", "50,404,dispatch"], "dispatch"),
        (["0,200,connect", "9,200,dispatch", "10,404,poll", "10.2,200,poll"], "poll"),
    ],
)
def test_a_world_sends_its_next_request_no_sooner_than_the_log(tmp_path, lines, leg):
    """The window begins between two requests of the log, so it begins between the same two of each world."""
    path = log_of(tmp_path, *lines)
    assert legs(path) == [leg] * len(SEEDS)
    assert legs(path, gateway="leased-generation") == [None] * len(SEEDS)


def test_the_shipped_log_of_envoy_dies_on_the_poll_that_missed():
    """At the time of the log: the optim_step was taken, and its first poll met no healthy upstream."""
    envoy = str(Path(SHIPPED).with_name("envoy-503.jsonl")) + "?job=acme/job-1"
    assert legs(envoy) == ["poll"] * len(SEEDS)
    assert run(RunSpec(envoy)).metrics.finished_s == pytest.approx(1.0 + 12.18, abs=0.1)
    assert legs(envoy, "exactly-once") == [None] * len(SEEDS)


def test_a_replica_without_a_name_may_never_have_known_the_route():
    """Some of the worlds cut only the replica that no request has reached, the others every replica."""
    cut = []
    for seed in SEEDS:
        ended = run(RunSpec(SHIPPED, seed=seed))
        believed = [e.event for e in ended.trace.of(RouteBelieved)]
        cut.append({told.replica for told in believed if told.seen == "nothing" and told.from_s > 1})
    assert {len(names) for names in cut} == {1, 3}


def test_connecting_takes_as_long_as_in_the_log():
    """The answer to the healthz is late by 0.4 s, that to the first request of the connect by 4.8 s."""
    incident = incidents.read(Source(Path(SHIPPED)))
    assert sorted(incident.replies.values()) == pytest.approx([0.4, 4.8])
    died = run(RunSpec(SHIPPED))
    assert died.metrics.finished_s == pytest.approx(1.0 + 5.2, abs=0.1)
