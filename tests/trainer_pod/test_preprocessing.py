"""What preprocessing makes of pictures, and how a difference is noticed."""

import numpy as np
import pytest

from gateway_sim.trainer_pod.preprocessing import MODES, Resize, fingerprint, resized

PICTURES = np.arange(2 * 8 * 8, dtype=np.float32).reshape(2, 8, 8)
DOT = np.zeros((1, 8, 8), dtype=np.float32)
DOT[0, 0, 0] = 64.0
SMOOTH = Resize("bilinear", antialias=True)


def test_pictures_become_flat_rows_of_the_size_asked_for():
    """Two pictures of eight by eight become two rows of four by four; whole numbers are taken for float32."""
    made = resized(PICTURES, 4, SMOOTH)
    assert (made.shape, made.dtype) == ((2, 16), np.float32)
    assert np.array_equal(made, resized(PICTURES.astype(np.int64), 4, SMOOTH))


def test_a_picture_of_one_colour_keeps_it():
    """Resizing weighs pixels, and their weights add up to one."""
    for mode, antialias in [*((mode, False) for mode in MODES), ("bilinear", True), ("bicubic", True)]:
        made = resized(np.full((1, 8, 8), 3.0), 3, Resize(mode, antialias))
        assert made == pytest.approx(np.full((1, 9), 3.0))


def test_only_with_antialiasing_every_pixel_counts():
    """The upstream change: a dot between the sampled pixels is lost without it."""
    assert resized(DOT, 2, SMOOTH).sum() > 0.0
    assert resized(DOT, 2, Resize("bilinear")).sum() == 0.0


def test_the_fingerprint_tells_any_difference():
    """Equal arrays have one fingerprint, whatever their layout in memory; one changed pixel has another."""
    made = resized(PICTURES, 4, SMOOTH)
    assert fingerprint(made) == fingerprint(np.asfortranarray(made))
    changed = made.copy()
    changed[1, 7] = np.nextafter(changed[1, 7], np.float32(np.inf))
    assert fingerprint(changed) != fingerprint(made)


@pytest.mark.parametrize("resize", [SMOOTH, *map(Resize, MODES)])
def test_a_recipe_that_was_written_is_read_again(resize):
    """Each has other content."""
    assert Resize.read(resize.written()) == resize
    assert len({each.written() for each in (SMOOTH, *map(Resize, MODES))}) == 5


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ('{"mode": "cubic"}', "the resize mode is 'cubic'; it must be one of bilinear, bicubic, area, nearest"),
        ('{"mode": "area", "antialias": true}', "the mode area has no antialias"),
        ('{"side": 16}', "holds no resize"),
        ("resize", "Expecting value"),
    ],
)
def test_an_image_that_holds_no_recipe_is_refused(content, sentence):
    """By what is wrong with it."""
    with pytest.raises(ValueError, match=sentence):
        Resize.read(content)
