"""The gateways of examples/gateways race as their page says: broken as today's, kept with `--fixed`."""

import json
import subprocess
import sys
from typing import Any

import pytest

from tests.gateways.conftest import EXAMPLES
from tests.house import ROOT

pytestmark = pytest.mark.gateways


def told(*words: str, command: str) -> dict[str, Any]:
    """Call the command line with a gateway; return the document that it prints."""
    call = (sys.executable, "-m", "gateway_sim", *words, "--json", "--gateway-command", command)
    ended = subprocess.run(call, cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert ended.stdout, ended.stderr
    return dict(json.loads(ended.stdout))


def raced(race: str, command: str) -> dict[str, Any]:
    """Race a gateway live; return the run's document."""
    return told("run", race, "--engine", "live", command=command)


def test_as_today_a_fresh_trainer_is_not_found(gateway: str) -> None:
    """An instance that does not see the new route ends a healthy run."""
    run = raced("fresh-route", gateway)
    assert run["verdict"] == "broken"
    assert (run["error"]["status"], run["error"]["leg"]) == (404, "connect")
    assert {found["anomaly"] for found in run["anomalies"]} >= {"stale-404", "false-ready"}
    assert run["metrics"]["strong_reads"] == 0


def test_with_the_fix_the_run_is_kept(gateway: str) -> None:
    """The same race: a strong read on a miss finds the route."""
    run = raced("fresh-route", f"{gateway} --fixed")
    assert (run["verdict"], run["outcome"]) == ("kept", "completed")
    assert run["metrics"]["strong_reads"] > 0


def test_with_the_fix_a_deleted_job_ends_at_once(gateway: str) -> None:
    """A tombstone is told from a late route, so the caller does not retry for minutes."""
    run = raced("job-deleted", f"{gateway} --fixed")
    assert (run["verdict"], run["outcome"]) == ("kept", "failed_fast")
    assert (run["error"]["status"], run["error"]["leg"]) == (410, "dispatch")


def test_with_the_fix_no_required_clause_of_the_contract_is_missed(gateway: str) -> None:
    """Headers, bodies, keys and refusals are as for every gateway; a few clauses of the proposal are left out."""
    (held,) = told("contract", command=f"{gateway} --fixed")["gateways"]
    missed = [clause["level"] for clause in held["clauses"] if clause["result"] == "missed"]
    assert missed == ["proposed"] * 7
    assert held["holds"] == 67


def test_each_file_is_short() -> None:
    """A reader takes in a gateway at a glance."""
    files = [path for name in ("*.py", "*.mjs", "*.lua", "*.sh", "*.in") for path in EXAMPLES.glob(f"*/{name}")]
    assert len(files) >= 6
    assert [path for path in files if len(path.read_text().splitlines()) > 80] == []
