"""Every promise is named: kept, broken, or not judged, with the reason."""

import inspect

import pytest

from gateway_sim.scenarios.orchestration.logs import needs
from gateway_sim.scenarios.orchestration.logs.facts import Facts, limits_of, seconds_of
from gateway_sim.scenarios.orchestration.logs.judged import judge
from gateway_sim.scenarios.orchestration.logs.source import read_log
from gateway_sim.scenarios.orchestration.workloads import occupancy
from gateway_sim.scenarios.sim.errors import UsageError


def of(tmp_path, text: str, name: str = "log.csv"):
    """Return the judgement of a file."""
    (tmp_path / name).write_text(text)
    return judge(read_log([tmp_path / name], Facts()))


def test_every_promise_has_its_needs_or_its_reason():
    """A new promise must say what a log has to tell."""
    assert set(needs.judgeable()) == {*needs.NEEDS, *needs.IN_NO_LOG}
    assert not needs.NEEDS.keys() & needs.IN_NO_LOG.keys()


@pytest.mark.parametrize("name", needs.NEEDS)
def test_a_promise_reads_what_it_needs(name):
    """In its own file, or as the occupancy of a cluster."""
    source = inspect.getsource(inspect.getmodule(needs.judgeable()[name]))
    source += inspect.getsource(occupancy) if "occupancy" in source else ""
    for need in needs.NEEDS[name]:
        assert any(kind.__name__ in source for kind in (need if isinstance(need, tuple) else (need,)))


def test_a_log_that_tells_nothing_is_judged_by_no_promise(tmp_path):
    """It holds nothing, and says why for each."""
    found = of(tmp_path, "time,event,name,held\n0,limit-given-back,a,1\n")
    assert len(found.found) == len(needs.judgeable())
    assert all(one.verdict == "not_exercised" and one.why for one in found.found)
    assert not found.held


def test_a_broken_promise_has_its_lines(tmp_path):
    """The source of its witness is the file and the line."""
    found = of(
        tmp_path, "time,event,name,held,limit\n0,limit-taken,a,1,1\n5,limit-taken,a,2,1\n9,limit-given-back,a,1,\n"
    )
    (broken,) = found.broken
    (violation,) = broken.violations
    assert (broken.promise, violation.message) == ("no limit is exceeded", "2 hold a, which allows 1")
    assert [entry.source for entry in violation.witness] == [f"{tmp_path}/log.csv:3"]
    assert not found.held


def test_events_that_contradict_one_another_prove_nothing(tmp_path):
    """A job is evicted that was never placed: the promises over the cluster's GPUs say so, and none of them is kept."""
    found = of(
        tmp_path,
        "time,event,cluster,nodes,work,gpus,namespace,node,wanted_by,lost_gpu_s\n"
        "0,cluster-opened,c,n1=8,,,,,,\n1,work-queued,c,,w,8,d,,,\n2,work-placed,c,,w,8,,n1,,\n"
        "3,work-evicted,c,,other,,,,w,0\n9,work-ended,c,,w,,,,,\n",
    )
    verdicts = {one.promise: one for one in found.found}
    for name in ("no gpu idles while a job would fit", "no node holds more than it has"):
        assert verdicts[name].verdict == "not_exercised"
        assert "do not fit together: KeyError: 'other'" in verdicts[name].why


WRONG_FILES = {
    "nothing": ("", "it is empty"),
    "only a head": ("time,event\n", "no row is in it"),
    "another table": ("a,b\n1,2\n", "it has no column event, and is no table of Airflow"),
}


@pytest.mark.parametrize(("text", "says"), WRONG_FILES.values(), ids=WRONG_FILES)
def test_a_file_of_another_kind_is_refused(tmp_path, text, says):
    """By its name."""
    with pytest.raises(UsageError, match=says):
        of(tmp_path, text)


def test_one_log_at_once(tmp_path):
    """Events and tables do not mix, no file counts twice, and events take no option."""
    events, table = tmp_path / "events.csv", tmp_path / "dag_run.csv"
    events.write_text("time,event,name,held\n0,limit-given-back,a,1\n")
    table.write_text("dag_id,run_id,state,start_date\netl,r1,running,1\n")
    for files, facts, says in (
        ([events, table], Facts(), "judge one log at once"),
        ([events, events], Facts(), "is named twice"),
        ([events], Facts(waits_for_past=("etl",)), "--depends-on-past is for tables of Airflow"),
        ([tmp_path / "gone.csv"], Facts(), "it cannot be read"),
    ):
        with pytest.raises(UsageError, match=says):
            read_log(files, facts)


@pytest.mark.parametrize("word", ["gpu=3", "pool:=3", "pools:gpu=3", "pool:gpu=", "pool:gpu=-1", "pool:gpu=2.5"])
def test_a_limit_is_of_something_and_a_number(word):
    """The option and the word are named."""
    name, _, value = word.partition("=")
    with pytest.raises(UsageError, match=f"--limit {word}"):
        limits_of({name: value})


@pytest.mark.parametrize("word", ["", "soon", "0", "-5", "inf", "nan"])
def test_a_deadline_is_a_number_of_seconds(word):
    """Above 0."""
    with pytest.raises(UsageError, match="--sla etl="):
        seconds_of({"etl": word})
