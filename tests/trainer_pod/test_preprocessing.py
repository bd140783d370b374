"""What preprocessing makes of pictures, and how a difference is noticed."""

import numpy as np
import pytest

from gateway_sim.trainer_pod.preprocessing import fingerprint, resized

PICTURES = np.arange(2 * 8 * 8, dtype=np.float32).reshape(2, 8, 8)
DOT = np.zeros((1, 8, 8), dtype=np.float32)
DOT[0, 0, 0] = 64.0


def test_pictures_become_flat_rows_of_the_size_asked_for():
    """Two pictures of eight by eight become two rows of four by four; whole numbers are taken for float32."""
    made = resized(PICTURES, 4, antialias=True)
    assert (made.shape, made.dtype) == ((2, 16), np.float32)
    assert np.array_equal(made, resized(PICTURES.astype(np.int64), 4, antialias=True))


def test_a_picture_of_one_colour_keeps_it():
    """Resizing weighs pixels, and their weights add up to one."""
    for antialias in (True, False):
        made = resized(np.full((1, 8, 8), 3.0), 3, antialias=antialias)
        assert made == pytest.approx(np.full((1, 9), 3.0))


def test_only_with_antialiasing_every_pixel_counts():
    """The upstream change: a dot between the sampled pixels is lost without it."""
    assert resized(DOT, 2, antialias=True).sum() > 0.0
    assert resized(DOT, 2, antialias=False).sum() == 0.0


def test_the_fingerprint_tells_any_difference():
    """Equal arrays have one fingerprint, whatever their layout in memory; one changed pixel has another."""
    made = resized(PICTURES, 4, antialias=True)
    assert fingerprint(made) == fingerprint(np.asfortranarray(made))
    changed = made.copy()
    changed[1, 7] = np.nextafter(changed[1, 7], np.float32(np.inf))
    assert fingerprint(changed) != fingerprint(made)
