"""Which version becomes the one in production, and which deploy still counts."""

import pytest

from gateway_sim.control_plane.models.promotion import (
    Deployment,
    Overdue,
    Tag,
    Version,
    may_deploy,
    overdue,
    promotes,
)


@pytest.mark.parametrize(
    ("score", "champion", "promoted"),
    [(0.5, None, True), (0.9, 0.8, True), (0.8, 0.8, False), (0.7, 0.8, False)],
    ids=["the first", "better", "as good", "worse"],
)
def test_only_a_better_version_takes_the_tag(score, champion, promoted):
    """A version that is merely as good changes nothing for users, and costs a deploy."""
    tag = None if champion is None else Tag(1, champion, 4)
    assert promotes(Version(2, "sha256:2", score), tag) is promoted


@pytest.mark.parametrize(
    ("token", "newest", "counts"),
    [(1, None, True), (3, 2, True), (2, 2, False), (1, 2, False)],
    ids=["the first", "a later promotion", "the same promotion again", "an earlier promotion"],
)
def test_a_deploy_counts_only_if_its_promotion_is_the_latest(token, newest, counts):
    """The fence: a slow deploy of an earlier promotion must not take the place of a later one."""
    assert may_deploy(token, newest) is counts


@pytest.mark.parametrize(
    ("tag", "deployed", "known", "found"),
    [
        (None, None, None, None),
        (3, 3, Overdue(3, 1.0), None),
        (3, 2, None, Overdue(3, 9.0)),
        (3, 2, Overdue(3, 1.0), Overdue(3, 1.0)),
        (4, 2, Overdue(3, 1.0), Overdue(4, 9.0)),
        (1, None, None, Overdue(1, 9.0)),
        (2, 3, None, None),
    ],
    ids=["no tag", "all agrees", "first seen", "seen before", "moved again", "nothing serves", "read in between"],
)
def test_a_move_of_the_tag_is_overdue_from_when_it_was_first_seen(tag, deployed, known, found):
    """A later move starts the time anew; a deploy after the tag was read is none of a reconciler's business."""
    moved, serves = tag and Tag(1, 0.5, tag), deployed and Deployment(1, deployed)
    assert overdue(moved, serves, known, 9.0) == found
