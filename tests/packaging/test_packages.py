"""What is published holds what is in the tree, once, under one name."""

import pytest

from tests.packaging.packages import Packages, problems

pytestmark = pytest.mark.dist


def test_wheel_and_sdist_hold_the_files_of_the_tree_and_nothing_else(packages: Packages) -> None:
    """Code, texts, pages and `py.typed`, through the links; and the README renders."""
    assert problems(packages) == []
