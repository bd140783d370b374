"""The library's releases are imported for real: one lacks what the job imports, and one makes something else of it."""

import sys

import numpy as np
import pytest

from gateway_sim.scenarios.orchestration.workloads import libraries

PICTURES = np.arange(2 * 64 * 64, dtype=np.float32).reshape(2, 64, 64)


def made(folder, release):
    """Return what the job makes of two pictures with this release."""
    return libraries.features_in(folder / release, libraries.content(release))(PICTURES)


def test_the_harmless_release_makes_the_same_and_the_other_default_does_not(tmp_path):
    """16 by 16 each."""
    first, patched, drifted = (made(tmp_path, release) for release in ("1.4.0", "1.4.1", "1.5.0"))
    assert first.shape == drifted.shape == (2, 256)
    assert np.array_equal(first, patched)
    assert not np.array_equal(first, drifted)


def test_the_release_without_the_function_fails_at_the_import(tmp_path):
    """With Python's own words."""
    with pytest.raises(ImportError, match=f"cannot import name 'resize' from '{libraries.LIBRARY}'"):
        made(tmp_path, "2.0.0")


def test_nothing_of_an_image_is_left_in_the_process(tmp_path):
    """Nor its folder among those that imports look in, after a failure neither."""
    before = list(sys.path)
    made(tmp_path, "1.4.0")
    with pytest.raises(ImportError):
        made(tmp_path, "2.0.0")
    assert sys.path == before
    assert not {libraries.LIBRARY, libraries.JOB} & set(sys.modules)
