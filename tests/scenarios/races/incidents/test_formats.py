"""Each format of access log, by a few lines as its proxy writes them."""

import pytest

from gateway_sim.scenarios.races.incidents.formats import formats
from gateway_sim.scenarios.races.incidents.log import LogRefused, read_log

JOB = "/training/v1/rlorTrainerJobs/acme/job-1/api/v1"
AGENT = '"AsyncTinker/Python 0.15.0"'

EXAMPLES = {
    "csv-rows": f"time,status,leg\n0,200,{JOB}/forward_backward\n2,404,{JOB}/retrieve_future?x=1\n",
    "json-lines": (
        f'{{"time": 0, "status": 200, "leg": "{JOB}/forward_backward"}}\n'
        f'{{"time": 2, "status": 404, "leg": "{JOB}/retrieve_future"}}\n'
    ),
    "envoy-json": (
        f'{{"start_time":"2026-07-03T09:44:17.301Z","response_code":200,"response_flags":"-",'
        f'"path":"{JOB}/forward_backward","duration":100,"upstream_host":"10.0.60.41:8080"}}\n'
        f'{{"start_time":"2026-07-03T09:44:19.400Z","response_code":503,"response_flags":"UH",'
        f'"path":"{JOB}/retrieve_future","duration":1,"upstream_host":"-"}}\n'
    ),
    "envoy-text": (
        f'[2026-07-03T09:44:17.301Z] "POST {JOB}/forward_backward HTTP/1.1" 200 - 1000 54 100 99 "-" {AGENT}'
        f' "cc21d9b0" "gw" "10.0.60.41:8080"\n'
        f'[2026-07-03T09:44:19.401Z] "POST {JOB}/retrieve_future HTTP/1.1" 503 UH no_healthy_upstream - "-" 0 19 0 -'
        f' "-" {AGENT} "cc21d9b1" "gw" "-"\n'
    ),
    "nginx-combined": (
        f'10.0.0.1 - - [03/Jul/2026:11:44:17 +0200] "POST {JOB}/forward_backward HTTP/1.1" 200 54 "-" {AGENT}'
        f" rt=0.100\n"
        f'10.0.0.1 - acme [03/Jul/2026:09:44:19 +0000] "POST {JOB}/retrieve_future HTTP/1.1" 404 19 "-" {AGENT}\n'
    ),
    "nginx-json": (
        f'{{"msec":"1783071857.401","status":"200","request":"POST {JOB}/forward_backward HTTP/1.1",'
        f'"request_time":"0.100"}}\n'
        f'{{"msec":"1783071859.401","status":"404","request":"POST {JOB}/retrieve_future HTTP/1.1",'
        f'"request_time":"0.000"}}\n'
    ),
    "aws-alb": (
        f"https 2026-07-03T09:44:17.401000Z app/gw/50dc6c49 10.0.0.1:2817 10.0.0.2:80 0.000 0.100 0.000 200 200 34 366"
        f' "POST https://gw.example.com:443{JOB}/forward_backward HTTP/1.1" {AGENT} ECDHE TLSv1.2 arn "Root" "-" "-"\n'
        f"https 2026-07-03T09:44:19.401000Z app/gw/50dc6c49 10.0.0.1:2817 - -1 -1 -1 404 - 34 366"
        f' "POST https://gw.example.com:443{JOB}/retrieve_future HTTP/1.1" {AGENT} ECDHE TLSv1.2 - "Root" "-" "-"\n'
    ),
}


def read(text, **options):
    """Read a log from its text."""
    return read_log(text.splitlines(keepends=True), **options)


def test_every_format_has_an_example():
    """A new file in the folder is found, and needs a few lines here."""
    assert set(EXAMPLES) == set(formats())


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_format_yields_the_common_lines(name):
    """A batch was taken, and two seconds later a poll of it missed its route."""
    log = read(EXAMPLES[name])
    assert log.format == name
    told = [(line.number, line.leg, line.route, line.missed, line.job) for line in log.lines]
    first = 2 if name == "csv-rows" else 1
    assert told == [
        (first, "dispatch", "forward_backward", False, "acme/job-1"),
        (first + 1, "poll", "retrieve_future", True, "acme/job-1"),
    ]
    assert log.lines[1].at_s == pytest.approx(2.0, abs=0.001)


@pytest.mark.parametrize("name", ["envoy-json", "envoy-text", "nginx-combined", "nginx-json", "aws-alb"])
def test_a_duration_says_when_a_request_arrived(name):
    """Envoy stamps the arrival, the others the answer; both come out alike."""
    taken = read(EXAMPLES[name]).lines[0]
    if name == "aws-alb":
        # a load balancer's three durations: only the pod's is read
        assert taken.asked_s == pytest.approx(-0.1)
    assert taken.at_s == 0.0
    assert taken.asked_s == pytest.approx(-0.1)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("2026-04-14T09:00:00Z", "2026-04-14T11:00:02+02:00"),
        ("2026-04-14 09:00:00,000", "2026-04-14 09:00:02,000"),
        ("1776157200", "1776157202.0"),
        ("1776157200000", "1776157202000"),
        ("1776157200000000", "1776157202000000"),
        ("14/Apr/2026:09:00:00 +0000", "14/Apr/2026:10:00:02 +0100"),
    ],
)
def test_times_of_all_kinds(first, second):
    """Zones, epoch seconds and fractions of them, and nginx's own."""
    log = read(f"time;status;leg\n{second};404;poll\n{first};200;dispatch\n")
    assert [(line.number, line.at_s) for line in log.lines] == [(3, 0.0), (2, pytest.approx(2.0))]


def test_columns_of_an_export_are_named():
    """By the user where the format does not know them; inside nested objects by their path."""
    named = {"time": "@ts", "status": "http.code", "leg": "http.path"}
    log = read(f'{{"@ts": 1, "http": {{"code": 404, "path": "{JOB}/optim_step"}}}}\n', columns=named)
    assert [(line.status, line.route) for line in log.lines] == [(404, "optim_step")]
    exported = read("When,Code,Uri\n1,404,/api/v1/optim_step\n", columns={"time": "When", "status": "Code"})
    assert [line.route for line in exported.lines] == ["optim_step"]
    known = read("@timestamp,response_code,request_uri\n1,404,/api/v1/optim_step\n")
    assert [line.status for line in known.lines] == [404]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("when,status,leg\n1,404,poll\n", "line 2: it has no time; if it is in when, say --columns time=when"),
        (
            "time,result_code,leg\n1,404,poll\n",
            "it has no status; if it is in result_code, say --columns status=result",
        ),
        ("a,b,leg\n1,404,poll\n", "it has no time; its columns are a, b, leg: say which with --columns time=..."),
        ("something else\n", "line 1: it is in no format known here: aws-alb, csv-rows"),
    ],
)
def test_a_refusal_names_the_line_the_field_and_the_nearest_column(text, told):
    """And what to type."""
    with pytest.raises(LogRefused) as refused:
        read(text)
    assert told in str(refused.value)


def test_a_bad_line_of_a_proxy_is_refused_with_a_good_one():
    """The shape of the format that the first line has."""
    with pytest.raises(LogRefused, match=r"line 2: it is not like 10\.0\.0\.1 - - \["):
        read(EXAMPLES["nginx-combined"].splitlines()[0] + "\n10.0.0.1 garbage\n")


@pytest.mark.parametrize(
    ("row", "missed"),
    [
        ("404,,", True),
        ("503,,", False),
        ("503,UH,", True),
        ("503,NR,", True),
        ("503,UF,", False),
        ("503,,no healthy upstream", True),
        ('503,,{"type": "route-not-ready"}', True),
        ("503,,overloaded", False),
        ("502,UH,", False),
    ],
)
def test_a_503_is_a_miss_if_it_says_so(row, missed):
    """By Envoy's flags or by its body; a 404 always is."""
    row = row.replace('"', '""')
    status, flags, body = row.split(",", 2)
    log = read(f'time,status,leg,flags,body\n1,{status},poll,{flags},"{body}"\n')
    assert log.lines[0].missed is missed


def test_which_answers_are_misses_can_be_said():
    """Statuses, or flags of Envoy."""
    text = "time,status,leg,flags\n1,503,poll,\n2,500,poll,UF\n3,404,poll,\n"
    assert [line.missed for line in read(text).lines] == [False, False, True]
    assert [line.missed for line in read(text, miss=("404", "503")).lines] == [True, False, True]
    assert [line.missed for line in read(text, miss=("UF",)).lines] == [False, True, False]


def test_lines_of_something_else_are_skipped_and_counted():
    """The control plane, other routes, a request without an answer; a query string is cut off."""
    text = (
        f"time,status,path\n0,200,/v1/accounts/acme/rlorTrainerJobs/job-1\n1,200,{JOB}/healthz?verbose=1\n"
        f"2,200,{JOB}/sample\n3,0,{JOB}/optim_step\n4,404,{JOB}/optim_step?attempt=2#x\n5,200,/metrics\n"
    )
    log = read(text)
    assert [(line.leg, line.route) for line in log.lines] == [("health", "healthz"), ("dispatch", "optim_step")]
    assert dict(log.skipped) == {"of no route of the training API": 3, "without an answer": 1}
    with pytest.raises(LogRefused, match=r"it holds no request; .*skipped: 1 line of no route of the training API"):
        read("time,status,path\n0,200,/metrics\n")


SEVERAL = "time,status,leg,job\n0,200,connect,a/job-1\n1,404,poll,a/job-1\n2,200,connect,a/job-2\n3,200,poll,\n"


def test_several_jobs_are_refused_by_name_and_misses():
    """A sound job's answers would end another job's window."""
    with pytest.raises(LogRefused, match=r"2 jobs: a/job-1 \(1 miss\), a/job-2 \(0 misses\); choose one with --job"):
        read(SEVERAL)


def test_a_job_is_chosen_by_its_name():
    """With its account or without; the other lines are counted."""
    for name in ("a/job-1", "job-1"):
        log = read(SEVERAL, job=name)
        assert [line.number for line in log.lines] == [2, 3]
        assert dict(log.skipped) == {"of other jobs, or of none": 2}
    with pytest.raises(LogRefused, match="no one job is called 'a/job-11'; did you mean a/job-1"):
        read(SEVERAL, job="a/job-11")
