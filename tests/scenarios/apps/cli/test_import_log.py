"""`import` on the command line: a job is chosen, misses and columns are named, what is skipped is said."""

from __future__ import annotations

import gzip
import json

import pytest

from gateway_sim.scenarios.apps.cli import main
from gateway_sim.scenarios.apps.cli.import_log import MISS
from gateway_sim.scenarios.races.incidents import source
from gateway_sim.scenarios.races.incidents.source import Source, source_of
from gateway_sim.scenarios.sim.errors import UsageError

JOB = "/training/v1/rlorTrainerJobs/acme/job-1/api/v1"
OTHER = "/training/v1/rlorTrainerJobs/acme/job-2/api/v1"

ROLLOUT = """time,status,leg,replica
2026-07-03T09:44:00.0Z,200,connect,envoy-a
2026-07-03T09:44:10.0Z,200,dispatch,envoy-a
2026-07-03T09:44:11.0Z,200,poll,envoy-b
2026-07-03T09:44:17.3Z,200,dispatch,envoy-a
2026-07-03T09:44:19.3Z,503,poll,envoy-a
2026-07-03T09:44:20.3Z,503,poll,envoy-b
2026-07-03T09:44:27.3Z,200,poll,envoy-b
"""

MIXED = f"""@timestamp,code,path
0,200,{JOB}/healthz?verbose
0.2,200,/v1/accounts
0.4,200,{OTHER}/create_session
1,200,{JOB}/create_session
1.5,200,{OTHER}/create_model
2,404,{JOB}/create_model
"""


def call(capsys, *words):
    """Call `import` with one world; return its exit status, its document (None if refused) and its errors."""
    with pytest.raises(SystemExit) as ended:
        main(["import", *map(str, words), "--seeds", "1", "--jobs", "1", "--json"])
    out, err = capsys.readouterr()
    return ended.value.code, json.loads(out) if out else None, err


def test_a_503_outage_is_imported_once_its_status_is_named(capsys, tmp_path):
    """Without, the refusal counts the 503s and says what to type; with, both replicas have their window."""
    log = tmp_path / "rollout.csv"
    log.write_text(ROLLOUT)
    code, _, err = call(capsys, log)
    assert (code, "2 answered 503: --miss 404,503 takes them for misses" in err) == (2, True)
    _, told, _ = call(capsys, log, "--miss", "404,503")
    windows = [(w["replicas"], w["from_s"], w["to_s"]) for w in told["world"]["windows"]]
    assert windows == [
        ([0], pytest.approx(19.3), pytest.approx(19.3)),
        ([1], pytest.approx(20.3), pytest.approx(20.3)),
    ]
    assert "2 with 503" in " ".join(told["world"]["notes"])


def test_one_job_of_an_export_is_played_and_its_replay_line_reads_the_same(capsys, tmp_path):
    """Gzipped, with a BOM, CRLF and columns of its own; the replay line carries the options."""
    log = tmp_path / "export.csv.gz"
    log.write_bytes(gzip.compress(("\ufeff" + MIXED.replace("\n", "\r\n")).encode()))
    columns = ("--columns", "time=@timestamp,status=code")
    code, _, err = call(capsys, log, *columns)
    assert code == 2
    assert "it holds 2 jobs: acme/job-1 (1 miss), acme/job-2 (0 misses); choose one with --job" in err
    code, told, err = call(capsys, log, *columns, "--job", "job-1")
    assert (code, told["broken_as_on_the_day"]) == (0, 1)
    skipped = {"of no route of the training API": 1, "of other jobs, or of none": 2}
    assert told["world"]["skipped"] == skipped
    assert "skipped: 1 line of no route of the training API, 2 lines of other jobs, or of none" in " ".join(err.split())
    first = told["runs"][0]
    assert first["race"] == f"{log}?job=job-1&columns=time=@timestamp,status=code"
    with pytest.raises(SystemExit):
        main(["run", first["race"], "--json"])
    assert json.loads(capsys.readouterr().out)["digest"] == first["digest"]


def test_the_word_of_a_log_is_read_back():
    """It names path and options."""
    one = Source(source_of("a.csv").path, "acme/job 1", ("404", "UH"), {"time": "@ts"})
    assert source_of(one.word) == one
    assert source_of("a.csv").word == "a.csv"
    assert source.MISS == MISS


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--miss", "200"], "--miss 200: write statuses from 400 to 599, or Envoy's flags such as UH"),
        (["--columns", "time"], "--columns time: write field=column, such as time=@timestamp"),
        (["--columns", "tine=ts"], "no field of --columns is called 'tine'; did you mean time?"),
        (["--job", "job-9"], "no one job is called 'job-9'; it holds no job by name"),
    ],
)
def test_an_option_that_means_nothing_is_refused(capsys, tmp_path, words, told):
    """In one sentence, before anything is played."""
    log = tmp_path / "incident.csv"
    log.write_text("0,200,connect\n1,404,poll\n")
    code, _, err = call(capsys, log, *words)
    assert (code, told in err) == (2, True), err


def test_a_word_with_an_unknown_option_is_refused():
    """The nearest is offered."""
    with pytest.raises(UsageError, match="no option of a log is called 'jobs'; did you mean job"):
        source_of("a.csv?jobs=1")


def test_what_is_no_gzip_is_refused(capsys, tmp_path):
    """Though it is called so."""
    log = tmp_path / "incident.csv.gz"
    log.write_text("0,200,connect\n")
    code, _, err = call(capsys, log)
    assert (code, "Not a gzipped file" in err) == (2, True)


def test_a_large_file_tells_how_far_its_reading_is(tmp_path):
    """In bytes of the file, every mebibyte."""
    log = tmp_path / "large.csv"
    log.write_text("0,200,connect\n" * 200_000)
    told = []
    assert sum(1 for _ in Source(log).lines(lambda done, whole: told.append((done, whole)))) == 200_000
    assert len(told) == 2
    assert all(0 < done <= whole == log.stat().st_size for done, whole in told)
