"""Which version becomes the one in production, and which deploy still counts."""

import pytest

from gateway_sim.control_plane.models.promotion import Tag, Version, may_deploy, promotes


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
