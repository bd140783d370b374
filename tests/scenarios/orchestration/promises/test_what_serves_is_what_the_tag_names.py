"""What serves is what the tag names: except while a rollout is under way."""

from gateway_sim.control_plane.events import DeployRefused, TagMoved, VersionDeployed
from gateway_sim.scenarios.orchestration.promises.what_serves_is_what_the_tag_names import (
    what_serves_is_what_the_tag_names,
)
from gateway_sim.scenarios.orchestration.workloads.model_events import PromotionsSettled, RolloutBounded, WatchEnded

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


def test_a_deploy_that_never_comes_breaks_it_when_its_time_is_over(history, broken):
    """Its promoter died; the tag's own deploy never ended, and tag and deployment differ when all is quiet."""
    events = [(0.0, RolloutBounded("ranker", 50.0)), *FIRST]
    assert broken(what_serves_is_what_the_tag_names, history(*events, (90.0, WatchEnded("ranker")))) == [
        (70.0, "the tag of ranker named version 2 while version 1 served, for 20 s")
    ]
    in_time = (70.0, VersionDeployed("ranker", 2, 2))
    assert broken(what_serves_is_what_the_tag_names, history(*events, in_time, (90.0, WatchEnded("ranker")))) == []
    late = (80.0, VersionDeployed("ranker", 2, 2))
    assert broken(what_serves_is_what_the_tag_names, history(*events, late, (90.0, WatchEnded("ranker")))) == [
        (70.0, "the tag of ranker named version 2 while version 1 served, for 10 s")
    ]


def test_where_a_rollout_has_no_time_the_end_of_all_promotions_ends_it(history, broken):
    """All is quiet then, and tag and deployment must agree."""
    end = [(30.0, PromotionsSettled("ranker")), (90.0, WatchEnded("ranker"))]
    assert broken(what_serves_is_what_the_tag_names, history(*FIRST, *end)) == [
        (30.0, "the tag of ranker named version 2 while version 1 served, for 60 s")
    ]
    deployed = (29.0, VersionDeployed("ranker", 2, 2))
    assert broken(what_serves_is_what_the_tag_names, history(*FIRST, deployed, *end)) == []


def test_a_first_deploy_that_never_comes_breaks_it(history, broken):
    """Nothing serves at all."""
    events = [(0.0, RolloutBounded("ranker", 50.0)), (10.0, TagMoved("ranker", 1, 1)), (90.0, WatchEnded("ranker"))]
    assert broken(what_serves_is_what_the_tag_names, history(*events)) == [
        (60.0, "the tag of ranker named version 1 while none served, for 30 s")
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
