"""An imported incident is a race like any other: played, replayed, held to promises, in the worlds its log allows."""

import json
import math
import random
from pathlib import Path

import pytest

from gateway_sim.scenarios.apps.cli import main
from gateway_sim.scenarios.races.incidents import replay
from gateway_sim.scenarios.races.incidents.reading import Window
from gateway_sim.scenarios.run.runner import run
from gateway_sim.scenarios.run.spec import RunSpec

SHIPPED = str(Path(__file__).parents[4] / "examples" / "incidents" / "pr-344.csv")


def call(*words):
    """Call the command line and return its exit status."""
    with pytest.raises(SystemExit) as ended:
        main(list(words))
    return ended.value.code


def test_the_shipped_incident_is_the_reports():
    """RUNNING, 18 s later a batch, 11 s after that a 404 on its poll and a dead run; the batch is done 3 minutes on."""
    died = run(RunSpec(SHIPPED))
    assert (died.outcome, died.error.type, died.error.status, died.error.leg) == ("crashed", "ValueError", 404, "poll")
    assert died.verdict == "broken"
    assert died.metrics.finished_s == pytest.approx(1.0 + 29.1, abs=1.0)
    held = run(RunSpec(SHIPPED, gateway="leased-generation"))
    assert (held.outcome, held.verdict) == ("completed", "kept")
    assert held.metrics.finished_s == pytest.approx(1.0 + 18.0 + 191.0, abs=2.0)


def test_the_replay_line_names_the_log(capsys, tmp_path):
    """`run` takes the path where it takes a race's name; the digest is the same again, and the run can be drawn."""
    first, page = run(RunSpec(SHIPPED, seed=3)), tmp_path / "incident.html"
    assert call(*first.replay.split()[1:], "--json", "--html", str(page)) == 0
    assert json.loads(capsys.readouterr().out)["digest"] == first.digest
    assert "An incident that happened" in page.read_text()


def test_a_seed_draws_a_world_that_the_log_allows():
    """Between the bounds, and not always the same; what was missing from the start stays so."""
    window = Window((0,), 10.0, 12.0, 15.0, 20.0)
    drawn = [replay.drawn(window, random.Random(seed)) for seed in range(50)]
    assert all(10.0 <= begin_s <= 12.0 and 15.0 <= end_s <= 20.0 for begin_s, end_s in drawn)
    assert len(set(drawn)) == 50
    assert replay.drawn(Window((0,), -math.inf, 0.0, 1.0, 2.0), random.Random(0))[0] == -math.inf


def test_only_the_replicas_that_missed_lose_the_route(tmp_path):
    """A log that names its replicas is played with as many, and the others see the route throughout."""
    log = tmp_path / "incident.csv"
    log.write_text("time,status,leg,replica\n0,200,health,a\n0.1,404,connect,b\n6,200,connect,b\n7,200,dispatch,a\n")
    ended = run(RunSpec(str(log)))
    assert (ended.outcome, ended.error.leg) == ("crashed", "connect")
    missed = [e.event.replica for e in ended.trace.entries if e.name == "RouteMissed"]
    assert set(missed) == {"gw-1"}


def test_import_tries_every_fix_and_says_whether_the_day_comes_back(capsys, tmp_path):
    """One document: the world that was read, the runs, and how often the pair of the day broke."""
    log = tmp_path / "incident.csv"
    log.write_text("0,200,connect\n1,200,dispatch\n1.5,408,poll\n1.6,404,poll\n2.4,404,poll\n2.8,200,poll\n")
    assert call("import", str(log), "--seeds", "1", "--jobs", "1", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert told["world"]["windows"][0]["from_s"] == pytest.approx(1.6)
    assert told["broken_as_on_the_day"] == 1
    kept = {(one["client"], one["gateway"]) for one in told["runs"] if one["verdict"] == "kept"}
    assert ("exactly-once", "not-found") in kept
    assert ("plain", "leased-generation") in kept
    assert ("warmup-verified", "not-found") not in kept


def test_import_exits_1_where_the_pair_of_the_day_survives(capsys, tmp_path):
    """Then the log tells of something that this world does not know."""
    log = tmp_path / "incident.jsonl"
    log.write_text('{"time": 0, "status": 200, "leg": "connect"}\n{"time": 1, "status": 404, "leg": "heartbeat"}\n')
    assert call("import", str(log), "--client", "exactly-once", "--seeds", "1", "--jobs", "1") == 1
    assert "exactly-once under not-found: broken in 0 of 1 worlds" in capsys.readouterr().out


def test_what_a_log_is_called_does_not_say_what_is_in_it(capsys, tmp_path):
    """JSON lines in a `.log`, and the replay line plays it; a name that no race can have is refused."""
    log = tmp_path / "access.log"
    log.write_text('\n{"time": 0, "status": 200, "leg": "connect"}\n{"time": 1, "status": 404, "leg": "poll"}\n')
    first = run(RunSpec(str(log)))
    assert call(*first.replay.split()[1:], "--json") == (0 if first.as_expected else 1)
    assert json.loads(capsys.readouterr().out)["digest"] == first.digest
    other = tmp_path / "access"
    other.write_text(log.read_text())
    assert call("import", str(other)) == 2
    assert "call it something .csv, .log, .txt" in capsys.readouterr().err


def test_a_world_with_fewer_replicas_than_the_log_names_is_played(tmp_path):
    """Those that are there lose the route; the other names are ignored."""
    log = tmp_path / "incident.csv"
    log.write_text("0,200,connect\n1,200,dispatch\n1.5,408,poll\n1.6,404,poll\n2.4,404,poll\n2.8,200,poll\n")
    ended = run(RunSpec(str(log), settings={"replicas": "1"}))
    assert (ended.outcome, ended.error.leg) == ("crashed", "poll")


@pytest.mark.parametrize("command", ["import", "run"])
def test_a_bad_log_is_one_sentence(capsys, tmp_path, command):
    """The path, the line, what is wrong with it; exit 2. The same for a path that leads nowhere."""
    log = tmp_path / "incident.csv"
    log.write_text("time,status,leg\n0,200,connect\n1,404,pole\n")
    assert call(command, str(log)) == 2
    told = capsys.readouterr().err
    assert f"gateway-sim: {log}: line 3: leg 'pole'" in told
    assert "Traceback" not in told
    assert call(command, str(tmp_path / "gone.csv")) == 2
    assert "gone.csv: No such file or directory" in capsys.readouterr().err
