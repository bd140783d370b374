"""A verification in the form that CI servers read."""

import dataclasses
from xml.etree import ElementTree

import pytest

from gateway_sim.scenarios.judge.verdict import Broken
from gateway_sim.scenarios.report.junit import junit_report
from gateway_sim.scenarios.run.runner import run
from gateway_sim.scenarios.run.spec import RunSpec


@pytest.fixture(scope="module")
def kept():
    """Give a run that kept its promises, under a gateway with a setting."""
    return run(RunSpec("healthy", gateway="route-not-ready", settings={"retry_after_s": "1"}, seed=3))


@pytest.fixture(scope="module")
def broken():
    """Give a run that broke some, as expected."""
    return run(RunSpec("fresh-route"))


def read(runs):
    """Write a report and read it back."""
    text = junit_report(runs)
    assert text.startswith("<?xml version=")
    return ElementTree.fromstring(text)


def test_each_run_is_a_case_named_by_what_was_run(kept, broken):
    """Race, client, gateway with its settings, balancer, seed, and the seconds it took."""
    suite = read([kept, broken])
    assert (suite.get("name"), suite.get("tests"), suite.get("failures")) == ("gateway-sim", "2", "0")
    assert [(case.get("classname"), case.get("name")) for case in suite] == [
        ("healthy", "plain under route-not-ready retry_after_s=1, per-connection, seed 3"),
        ("fresh-route", "plain under not-found, per-connection, seed 0"),
    ]
    assert suite[0].get("time") == f"{kept.metrics.wall_s:.3f}"


def test_a_break_that_was_expected_is_no_failure(broken):
    """The race still reproduces: that is what was asked."""
    assert broken.verdict == "broken"
    assert read([broken])[0].find("failure") is None


def test_a_race_that_stopped_reproducing_fails(broken):
    """As much as a fix that stopped holding."""
    mended = dataclasses.replace(broken, verdict="kept", violations=[])
    suite = read([mended])
    failure = suite[0].find("failure")
    assert suite.get("failures") == "1"
    assert failure is not None
    assert failure.get("message") == "kept, expected broken"
    assert failure.text == broken.replay


def test_a_failure_gives_every_reason_and_the_line_that_replays_it(kept):
    """Promise and second, and words that XML would choke on come through."""
    words = 'the user heard "<gone> & forgotten"'
    unlucky = dataclasses.replace(kept, verdict="broken", violations=[Broken("the run finishes", words, 1.5)])
    failure = read([unlucky])[0].find("failure")
    assert failure is not None
    assert failure.get("message") == "broken, expected kept"
    assert (failure.text or "").splitlines() == [f"1.500 s the run finishes: {words}", kept.replay]


def test_a_race_that_was_not_exercised_fails(kept):
    """It has proved nothing."""
    empty = dataclasses.replace(kept, verdict="not_exercised")
    failure = read([empty])[0].find("failure")
    assert failure is not None
    assert failure.get("message") == "not_exercised, expected kept"


def test_no_runs_make_an_empty_suite():
    """And still a document."""
    assert read([]).get("tests") == "0"
