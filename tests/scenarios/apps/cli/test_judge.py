"""`gateway-sim judge`: the exit status, the lines, and the document of a log."""

import json

import pytest

from gateway_sim.scenarios.apps.cli import main
from tests.house import ROOT

LOGS = ROOT / "examples" / "logs"
AIRFLOW = ("--depends-on-past", "features", "--sla", "features=7200")


def said(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[object, str, str]:
    """Call the command; return its status and what it wrote."""
    with pytest.raises(SystemExit) as ended:
        main(["judge", *map(str, words)])
    told = capsys.readouterr()
    return ended.value.code, told.out, told.err


@pytest.mark.parametrize(
    ("words", "status", "broken"),
    [
        ((LOGS / "events-kept.csv",), 0, 0),
        ((LOGS / "events-broken.csv",), 1, 3),
        ((LOGS / "events-open.csv",), 1, 0),
        ((*sorted((LOGS / "airflow-kept").iterdir()), *AIRFLOW, "--limit", "pool:gpu=4"), 0, 0),
        ((*sorted((LOGS / "airflow-broken").iterdir()), *AIRFLOW, "--limit", "dag:features=1"), 1, 5),
        ((LOGS / "airflow-open" / "dag_run.csv",), 1, 0),
    ],
    ids=["events kept", "events broken", "events open", "airflow kept", "airflow broken", "airflow open"],
)
def test_an_example_of_each_verdict(capsys, words, status, broken):
    """Kept, broken, and a log that tells too little: that one proves nothing, so it is no success."""
    ended, out, _ = said(capsys, *words, "--json")
    document = json.loads(out)
    assert (ended, document["broken"]) == (status, broken)
    verdicts = {one["verdict"] for one in document["promises"]}
    assert ("kept" in verdicts) == (status == 0 or broken == 3)


def test_a_violation_shows_the_lines_of_the_log(capsys):
    """Of each promise the first ones; below stand the unjudged with the reason."""
    files = sorted((LOGS / "airflow-broken").iterdir())
    _, out, _ = said(capsys, *files, "--limit", "dag:features=1", "--depends-on-past", "features")
    for line in (
        "✗ no task begins before its past: broken once",
        "    manual__2026-11-03T01:00 of features began task embed before scheduled__2026-11-02 ended it",
        f"2026-11-03 01:20:05  {LOGS}/airflow-broken/task_instance.csv:9  task began  pipeline=features",
        "- every run ends by its deadline: it does not say by when a run must end; --sla DAG=SECONDS",
        "- nothing is computed twice: it tells no work-evicted",
        "note: no limit of active runs is told, and none is judged, of dag:train",
    ):
        assert line in out


def test_many_violations_are_counted(capsys, tmp_path):
    """The screen is not flooded; the document has them all."""
    lines = "".join(f"{n},limit-taken,a,{n},1\n" for n in range(10))
    (tmp_path / "log.csv").write_text(f"time,event,name,held,limit\n{lines}20,limit-given-back,a,9,\n")
    _, out, _ = said(capsys, tmp_path / "log.csv")
    assert "no limit is exceeded: broken 9 times" in out
    assert "... and 4 more" in out


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ((LOGS / "gone.csv",), "gone.csv: it cannot be read"),
        ((LOGS / "events-kept.csv", "--limit", "pool:gpu=4"), "--limit is for tables of Airflow"),
        ((LOGS / "events-kept.csv", "--limit", "gpu=4"), "write pool:NAME=N"),
        ((LOGS / "airflow-open" / "dag_run.csv", "--sla", "feature=60"), "did you mean features?"),
    ],
)
def test_what_is_wrong_ends_with_status_2(capsys, words, says):
    """Before any verdict."""
    status, out, err = said(capsys, *words)
    assert (status, out) == (2, "")
    assert says in err
