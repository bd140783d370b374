"""What serves is what the tag names: except while a rollout is under way."""

from gateway_sim.control_plane.events import DeployRefused, TagMoved, VersionDeployed
from gateway_sim.scenarios.orchestration.promises.what_serves_is_what_the_tag_names import (
    what_serves_is_what_the_tag_names,
)
from gateway_sim.scenarios.orchestration.workloads.model_events import WatchEnded

FIRST = [(0.0, TagMoved("ranker", 1, 1)), (10.0, VersionDeployed("ranker", 1, 1)), (20.0, TagMoved("ranker", 2, 2))]


def test_a_rollout_under_way_keeps_it(history, broken):
    """Version 1 serves while version 2 is being deployed."""
    events = [*FIRST, (60.0, VersionDeployed("ranker", 2, 2)), (90.0, WatchEnded("ranker"))]
    assert broken(what_serves_is_what_the_tag_names, history(*events)) == []


def test_an_older_deploy_that_ends_last_breaks_it(history, broken):
    """From its end on, the tag names one version and another one serves."""
    events = [
        (0.0, TagMoved("ranker", 1, 1)),
        (5.0, TagMoved("ranker", 2, 2)),
        (10.0, VersionDeployed("ranker", 2, 2)),
    ]
    events += [(30.0, VersionDeployed("ranker", 1, 1)), (90.0, WatchEnded("ranker"))]
    assert broken(what_serves_is_what_the_tag_names, history(*events)) == [
        (30.0, "the tag of ranker named version 2 while version 1 served, for 60 s")
    ]


def test_an_older_deploy_that_is_refused_keeps_it(history, broken):
    """The fence leaves what serves as it was."""
    events = [
        (0.0, TagMoved("ranker", 1, 1)),
        (5.0, TagMoved("ranker", 2, 2)),
        (10.0, VersionDeployed("ranker", 2, 2)),
    ]
    events += [(30.0, DeployRefused("ranker", 1, 1, 2)), (90.0, WatchEnded("ranker"))]
    assert broken(what_serves_is_what_the_tag_names, history(*events)) == []
