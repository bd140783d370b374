"""A log is read whole or refused by the numbers of its bad lines."""

import io

import pytest

from gateway_sim.scenarios.races.incidents.log import LogRefused, read_log

PLAIN = """time,status,leg,replica
10.5,200,connect,east-1
# a remark

11.0,404,poll,east-2
"""


def lines(text, **options):
    """Return a log's lines."""
    return read_log(io.StringIO(text), **options).lines


def facts(text, **options):
    """Return the facts of a log's lines."""
    return [(x.number, x.at_s, x.status, x.leg, x.replica) for x in lines(text, **options)]


def test_a_line_is_time_status_leg_and_replica():
    """Times count from the first; blank lines and remarks are passed over, and numbers stay those of the file."""
    assert facts(PLAIN) == [(2, 0.0, 200, "connect", "east-1"), (5, 0.5, 404, "poll", "east-2")]


def test_a_header_may_be_missing_or_in_another_order():
    """And may have columns that are not read."""
    assert facts("1,404,poll\n2,200,poll\n") == [(1, 0.0, 404, "poll", None), (2, 1.0, 200, "poll", None)]
    assert facts("pod,leg,Status,time\nx,beat,404,3\n") == [(2, 0.0, 404, "heartbeat", None)]


def test_a_request_of_a_sampler_stands_for_a_dispatch():
    """By its leg or its path: a race from a log draws no sequences."""
    assert [leg for *_, leg, _ in facts("1,404,sample\n2,404,/api/v1/asample\n")] == ["dispatch", "dispatch"]


def test_json_lines_say_the_same():
    """An access log's own record, with more keys than are read; a time with a zone, a path for a leg."""
    told = (
        '{"time": "2026-04-14T09:00:00Z", "status": 200, "leg": "/api/v1/create_session", "bytes": 12}\n'
        '{"time": "2026-04-14T11:00:02+02:00", "status": "404", "replica": "b",'
        ' "leg": "/training/v1/rlorTrainerJobs/acme/job-1/api/v1/retrieve_future"}\n'
    )
    assert facts(told) == [(1, 0.0, 200, "connect", None), (2, 2.0, 404, "poll", "b")]


def test_lines_of_several_writers_are_put_in_order():
    """Replicas flush when they like."""
    assert [number for number, *_ in facts("5,404,poll\n3,200,connect\n4,200,dispatch\n")] == [2, 3, 1]


@pytest.mark.parametrize(
    ("line", "wrong"),
    [
        ("soon,404,poll", "time 'soon' is neither a number nor ISO 8601"),
        ("nan,404,poll", "time 'nan' is neither a number nor ISO 8601"),
        ("1e308,404,poll", "time '1e308' is no moment in seconds, milliseconds"),
        ("-1e308,404,poll", "time '-1e308' is no moment in seconds"),
        ("1,4o4,poll", "status '4o4' is no HTTP status (100 to 599)"),
        ("1,42,poll", "status '42' is no HTTP status (100 to 599)"),
        ("1,404,draw", "leg 'draw' is none of connect, dispatch, sample, poll, heartbeat, health, and no path"),
        ("1,404", "it has no leg"),
    ],
)
def test_a_bad_line_is_refused_by_its_number(line, wrong):
    """Whatever is wrong with it, in one sentence."""
    with pytest.raises(LogRefused) as refused:
        lines(f"time,status,leg\n0,200,connect\n{line}\n")
    assert str(refused.value).startswith(f"line 3: {wrong}")


@pytest.mark.parametrize(("line", "wrong"), [("{", "it is no JSON"), ("[]", "it is no JSON object"), ("{}", "no time")])
def test_a_bad_json_line_is_refused_by_its_number(line, wrong):
    """The same for the other form."""
    with pytest.raises(LogRefused, match=f"line 2: .*{wrong}"):
        lines('{"time": 0, "status": 404, "leg": "poll"}\n' + line)


def test_all_bad_lines_are_named_up_to_a_screenful():
    """Five errors are enough to see what is wrong with a log."""
    with pytest.raises(LogRefused) as refused:
        lines("\n".join("x,404,poll" for _ in range(9)))
    assert [f"line {n}:" in str(refused.value) for n in range(1, 7)] == [True] * 5 + [False]
    assert str(refused.value).endswith("; and 4 more")


def test_an_empty_log_says_what_a_line_is():
    """A header alone is no incident."""
    with pytest.raises(LogRefused, match="time, status, leg"):
        lines("time,status,leg\n")
