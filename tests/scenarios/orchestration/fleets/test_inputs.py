"""Nodes and jobs from files: our columns, openb's and Alibaba's; a bad cell is named, a row left out is counted."""

import time
from pathlib import Path

import pytest

from gateway_sim.control_plane.scheduling.shares import Node
from gateway_sim.control_plane.scheduling.work import Work
from gateway_sim.scenarios.orchestration.fleets.inputs import read_jobs, read_nodes
from gateway_sim.scenarios.sim.errors import UsageError

NODES = {"n": Node((1000,) * 8, 64_000, 262_144)}


def written(folder: Path, text: str, name: str = "jobs.csv") -> Path:
    """Write a file."""
    path = folder / name
    path.write_text(text)
    return path


def test_node_shapes_are_read_with_how_many_there_are(tmp_path):
    """Ours, openb's and Alibaba's."""
    ours = written(tmp_path, "name,gpus,cpus,memory_gib,count\nbig,8,64,256,2\nsmall,2,8,32,1\n")
    assert read_nodes(ours) == {
        "big-0": Node((1000,) * 8, 64_000, 262_144), "big-1": Node((1000,) * 8, 64_000, 262_144),
        "small": Node((1000,) * 2, 8_000, 32_768),
    }  # fmt: skip
    openb = written(tmp_path, "sn,cpu_milli,memory_mib,gpu,model\nopenb-node-0000,64000,262144,2,P100\n")
    assert read_nodes(openb) == {"openb-node-0000": Node((1000, 1000), 64_000, 262_144)}
    alibaba = written(tmp_path, "node_name,gpu_model,gpu_capacity_num,cpu_num\n0,A10,4,192\n")
    assert read_nodes(alibaba) == {"0": Node((1000,) * 4, 192_000)}


def test_jobs_of_our_columns_come_in_the_order_of_submission(tmp_path):
    """A part of a GPU as a number, a gang, a deadline; times begin at the first submission."""
    text = (
        "name,submit_s,gpus,duration_s,namespace,priority,pods,deadline_s\n"
        "late,130,2,60,research,1,3,900\nearly,100,0.5,30,,,,\n"
    )
    trace = read_jobs(written(tmp_path, text), NODES)
    early, late = trace.jobs
    assert (early.submit_s, early.work, early.deadline_s) == (0.0, Work("early", 1, 30.0, milli=500), None)
    assert (late.submit_s, late.deadline_s) == (30.0, 900.0)
    assert late.work == Work("late", 2, 60.0, "research", 1, pods=3)
    assert trace.timed


def test_openb_s_pods_have_no_times(tmp_path):
    """A share, one without a GPU, a whole one."""
    text = "name,cpu_milli,memory_mib,num_gpu,gpu_milli\na,1,2,1,460\nb,1,1,0,0\nc,1,1,8,1000\n"
    trace = read_jobs(written(tmp_path, text), NODES)
    assert not trace.timed
    assert [(job.work.gpus, job.work.milli, job.work.cpu_milli) for job in trace.jobs] == [
        (1, 460, 1), (0, 0, 1), (8, 1000, 1),
    ]  # fmt: skip


def test_a_part_is_rounded_up_and_a_gang_of_none_is_one_pod(tmp_path):
    """A request of 0.57 GPUs is 570 thousandths, one of half a thousandth of a processor is 1."""
    (job,) = read_jobs(written(tmp_path, "gpus,cpu_milli,pods\n0.57,0.5,0\n"), NODES).jobs
    assert job.work == Work("job-2", 1, 0.0, milli=570, cpu_milli=1)


def test_alibaba_s_tasks_are_gangs_in_per_cent_of_a_gpu(tmp_path):
    """One of three instances of half a GPU; one that asks for 150 % and one that did not end are counted."""
    text = (
        "job_name,task_name,inst_num,status,start_time,end_time,plan_cpu,plan_mem,plan_gpu,gpu_type\n"
        "j,worker,3,Terminated,100,400,600,8,50,T4\nk,worker,1,Terminated,100,400,600,8,150,T4\n"
        "l,ps,1,Running,100,,600,8,,\n"
    )
    trace = read_jobs(written(tmp_path, text), NODES)
    assert [job.work for job in trace.jobs] == [
        Work("j/worker", 1, 300.0, milli=500, cpu_milli=6000, memory_mib=8192, pods=3)
    ]
    assert trace.left_out.reasons == {
        "asks for whole GPUs and a part of one": (1, 3), "no duration, so that it never ended": (1, 4),
    }  # fmt: skip


def test_dates_are_times_and_what_nodes_do_not_count_is_not_asked(tmp_path):
    """An hour apart; the nodes have no processors."""
    text = (
        "gpus,submit_time,end_time,cpu_milli\n1,2026-11-01T10:00:00+00:00,2026-11-01T10:30:00+00:00,8\n"
        "1,2026-11-01T11:00:00+00:00,2026-11-01T11:00:10+00:00,8\n"
    )
    first, second = read_jobs(written(tmp_path, text), {"n": Node((1000,))}).jobs
    assert (first.submit_s, first.work.runs_s, first.work.cpu_milli) == (0.0, 1800.0, 0)
    assert (second.submit_s, second.work.runs_s) == (3600.0, 10.0)


def test_a_date_without_a_zone_is_utc_on_every_machine(tmp_path, monkeypatch):
    """Half past one and three, in the night in which Berlin has no hour between two and three."""
    text = "gpus,submit_time,duration_s\n1,2026-03-29T01:30:00,1\n1,2026-03-29T03:00:00,1\n"
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    try:
        trace = read_jobs(written(tmp_path, text), NODES)
    finally:
        monkeypatch.undo()
        time.tzset()
    assert [job.submit_s for job in trace.jobs] == [0.0, 5400.0]


def test_each_job_has_a_name_of_its_own(tmp_path):
    """Also beside a job that is called as a repeated name is."""
    trace = read_jobs(written(tmp_path, "name,gpus\na,1\na (line 4),1\na,1\n"), NODES)
    assert len({job.work.name for job in trace.jobs}) == 3


def test_parquet_is_read_as_csv_is(tmp_path):
    """The same columns, with their own types."""
    pyarrow = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    path = tmp_path / "jobs.parquet"
    columns = {"submit_s": [5.0, 1.0], "gpus": [1, 2], "duration_s": [10, 20], "namespace": ["a", None]}
    parquet.write_table(pyarrow.table(columns), path)
    trace = read_jobs(path, NODES)
    assert [(job.submit_s, job.work.gpus, job.work.namespace) for job in trace.jobs] == [(0, 2, "default"), (4, 1, "a")]
    written(tmp_path, "no parquet", "wrong.parquet")
    with pytest.raises(UsageError, match=r"wrong\.parquet: this is no Parquet file"):
        read_jobs(tmp_path / "wrong.parquet", NODES)


def test_times_of_parquet_are_read_to_the_microsecond_and_none_of_them_is_a_defect(tmp_path):
    """Nanoseconds, as pandas writes them; a year that no calendar has; a column that is there twice."""
    pyarrow = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    def read(times, of="ns"):
        stamps = pyarrow.array(times, pyarrow.timestamp(of))
        rows = {"gpus": [1] * len(times), "submit_time": stamps, "duration_s": [5] * len(times)}
        parquet.write_table(pyarrow.table(rows), tmp_path / "jobs.parquet")
        return [job.submit_s for job in read_jobs(tmp_path / "jobs.parquet", NODES).jobs]

    assert read([1_700_000_000_123_456_789, 1_700_000_001_123_456_789]) == [0.0, 1.0]
    with pytest.raises(UsageError, match=r"jobs\.parquet, column submit_time: it holds a time that cannot be read"):
        read([2**63 - 1], of="us")
    twice = pyarrow.Table.from_arrays([pyarrow.array([1])] * 2, names=["gpus", "gpus"])
    parquet.write_table(twice, tmp_path / "jobs.parquet")
    with pytest.raises(UsageError, match="there are two columns gpus; name each once"):
        read_jobs(tmp_path / "jobs.parquet", NODES)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("gpus,submit_s,runtime_s\n1,0,9\n", "line 1: it has submit_s and no duration or end, which may be called "),
        ("gpus,start,runs_s\n1,0,9\n", "line 1: it has runs_s and no submission, which may be called submit_s, "),
        ("gpus,submit_s,duration_s\n1,0,1\ntwo,0,1\n", "line 3, column gpus: 'two' is no number"),
        ("gpus,submit_s,duration_s\n1,0,-1\n", "line 2, column duration_s: '-1' must be a number of 0 or more"),
        ("gpus,submit_s,duration_s\n1,soon,1\n", "line 2, column submit_s: 'soon' is neither seconds nor a date"),
        ("gpus,start_time,end_time\n1,10,5\n", "line 2, column end_time: '5' is before the time of submission"),
        ("gpus,gpu_milli\n1,1200\n", "line 2, column gpu_milli: '1200' must be from 1 to 1000"),
        ("gpus,submit_s\n1\n", "line 2, column 2: the row has 1 cells, and the first line names 2 columns"),
        ("submit_s,duration_s\n1,2\n", "line 1: no column has gpus; it may be called gpus, num_gpu"),
        ("gpus,submit_s,duration_s\n1,0,\n", "no row of it can be played; no duration"),
        ("", "it is empty; its first line must name the columns"),
        ("name;gpus;submit_s\na;1;0\n", "line 1: no comma separates its columns; write a comma for each ';'"),
        ("gpus\tsubmit_s\n1\t0\n", "line 1: no comma separates its columns; write a comma for each tab"),
        ("gpus,submit_s,GPUs\n1,0,2\n", "line 1: there are two columns gpus; name each once"),
        ("gpus,submit_s,duration_s\n1,0,1e15\n", "line 2, column duration_s: '1e15' must be at most 10,000,000,000"),
        ("gpus,submit_s,duration_s\n1,0,1\n1,1e15,1\n", "line 3: it is submitted more than 10,000,000,000 s after"),
        ("gpus,pods\n1,1.5\n", "line 2, column pods: '1.5' must be a whole number"),
        ("gpus,pods\n0,1000000000\n", "line 2, column pods: '1000000000' must be at most 100,000"),
        ("gpus,priority\n1,2026-01-01\n", "line 2, column priority: '2026-01-01' must be a whole number"),
        ("gpus,priority\n1,0.5\n", "line 2, column priority: '0.5' must be a whole number"),
    ],
)
def test_a_file_that_is_wrong_is_refused_with_its_place(tmp_path, text, said):
    """One sentence: file, line, column."""
    with pytest.raises(UsageError) as error:
        read_jobs(written(tmp_path, text), NODES)
    assert str(error.value).startswith(str(tmp_path / "jobs.csv"))
    assert said in str(error.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("name,gpus\na,8\na,8\n", "line 3: there is a node a already"),
        ("name,gpus\na,0\n", "no node in it has a GPU"),
        ("name,gpus,count\na,8,100001\n", "line 2: that makes more than 100,000 nodes"),
        ("name,gpus\na,7.5\n", "line 2, column gpus: '7.5' must be a whole number"),
        ("name,gpus\na,1000000000\n", "line 2: that makes more than 1,000,000 GPUs"),
    ],
)
def test_nodes_that_are_none_are_refused(tmp_path, text, said):
    """Before anything runs."""
    with pytest.raises(UsageError, match=said):
        read_nodes(written(tmp_path, text))
    with pytest.raises(UsageError, match=r"none\.csv: it cannot be read: No such file"):
        read_nodes(tmp_path / "none.csv")
