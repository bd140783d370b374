"""The best version is tagged: judged after the last promotion."""

from gateway_sim.control_plane.events import TagMoved, VersionRegistered
from gateway_sim.scenarios.orchestration.promises.the_best_version_is_tagged import the_best_version_is_tagged
from gateway_sim.scenarios.orchestration.workloads.model_events import PromotionsSettled

TWO = [(0.0, VersionRegistered("ranker", 1, "sha256:a", 0.7)), (0.0, VersionRegistered("ranker", 2, "sha256:b", 0.9))]


def test_a_worse_one_on_the_way_keeps_it(history, broken):
    """Version 1 was tagged first."""
    events = [
        *TWO,
        (1.0, TagMoved("ranker", 1, 1)),
        (2.0, TagMoved("ranker", 2, 2)),
        (3.0, PromotionsSettled("ranker")),
    ]
    assert broken(the_best_version_is_tagged, history(*events)) == []


def test_a_worse_one_that_comes_last_breaks_it(history, broken):
    """It was better than the version that its promoter had read, and that read was outdated."""
    events = [
        *TWO,
        (1.0, TagMoved("ranker", 2, 1)),
        (2.0, TagMoved("ranker", 1, 2)),
        (3.0, PromotionsSettled("ranker")),
    ]
    assert broken(the_best_version_is_tagged, history(*events)) == [
        (3.0, "ranker ends with version 1, though version 2 is better")
    ]


def test_what_comes_after_the_last_promotion_does_not_count(history, broken):
    """Neither a later version nor a later move of the tag."""
    events = [*TWO, (1.0, TagMoved("ranker", 2, 1)), (3.0, PromotionsSettled("ranker"))]
    newer = (4.0, VersionRegistered("ranker", 3, "sha256:c", 0.95))
    assert broken(the_best_version_is_tagged, history(*events, newer, (5.0, TagMoved("ranker", 1, 2)))) == []


def test_a_model_whose_tag_never_moved_breaks_it(history, broken):
    """No version is tagged, so the best one is not."""
    assert broken(the_best_version_is_tagged, history(*TWO, (3.0, PromotionsSettled("ranker")))) == [
        (3.0, "ranker ends without a tag, though version 2 is registered")
    ]
