"""The pictures of the scenarios of data and models show the damage where it is, and none where there is none."""

import xml.etree.ElementTree as ET
from itertools import pairwise

import pytest

from gateway_sim.scenarios.report import pictures
from gateway_sim.scenarios.report.pictures import INK, VARIANT_INK
from gateway_sim.scenarios.run.runner import variants_of
from gateway_sim.scenarios.run.spec import RunSpec

SPACE = "{http://www.w3.org/2000/svg}"
SMALL = {
    "promotion-race": {"trials": "2", "draws": "1"},
    "partial-partition": {"lists": "4"},
    "backfill-turns-green": {"lists": "4"},
    "backfill-partitions": {"rows": "20"},
    "audit-replay": {"runs": "2", "rows": "20"},
    "rollback-forgets": {"steps": "9", "save_every": "3"},
    "image-drift": {"steps": "8"},
    "dead-holder": {"runs": "6"},
    "zombie-writer": {},
    "cleared-run": {},
    "manual-backfill": {"days": "8"},
    "upgraded-runtime": {"steps": "8"},
    "overwritten-artifact": {"runs": "3"},
}


def drawn(name: str) -> list[ET.Element]:
    """Return a scenario's pictures."""
    runs = variants_of(RunSpec(name, settings=SMALL[name]))
    found = pictures.figures(runs)
    assert all(figure.caption for figure in found)
    return [ET.fromstring(figure.svg) for figure in found]


def hints(picture: ET.Element, ink: str = "", shape: str = "rect") -> list[str]:
    """Return what the shapes of this colour say under the pointer."""
    shapes = [found for found in picture.iter(f"{SPACE}{shape}") if ink in ("", found.get("fill"))]
    return [found.findtext(f"{SPACE}title", "") for found in shapes if found.find(f"{SPACE}title") is not None]


def test_promotion_has_two_lanes_a_model_and_red_where_they_part():
    """The drift is in the broken and the half-fixed picture."""
    red = [
        [hint for hint in hints(picture, INK["red"]) if hint.startswith("drift")] for picture in drawn("promotion-race")
    ]
    assert [bool(found) for found in red] == [True, True, False]


def test_ndcg_by_hour_has_a_line_and_an_offline_judgement_for_each_variant():
    """24 hours are 48 corners."""
    (picture,) = drawn("partial-partition")
    lines = list(picture.iter(f"{SPACE}polyline"))
    corners = [len((line.get("points") or "").split()) for line in lines]
    assert corners == [48, 2] * 3
    assert [line.get("stroke-dasharray") is not None for line in lines] == [False, True] * 3


def test_the_night_shows_each_gate_and_when_it_said_yes():
    """The later, the better the gate."""
    night, _ = drawn("backfill-turns-green")
    dots = [(float(dot.get("cx") or 0), dot.get("fill")) for dot in night.iter(f"{SPACE}circle")]
    passed = [next(x for x, ink in dots if ink == VARIANT_INK[variant]) for variant in VARIANT_INK]
    assert passed == sorted(passed)
    assert passed[0] < passed[1] < passed[2]


def test_the_heat_map_has_a_cell_for_each_city_and_the_losses_two_bars_a_variant():
    """Lost, twice, and each once."""
    heat, losses = drawn("backfill-partitions")
    assert len(hints(heat)) == 30
    assert all(", 20 of 20 different ones" in hint for hint in hints(heat, INK["green"]))
    assert len(hints(heat, INK["green"])) == 10
    assert len(hints(heat, INK["red"])) == 8
    assert len(hints(losses)) == 6


def test_the_share_that_can_be_replayed_has_a_dot_for_each_audit():
    """Of the fixed variant all are at the top."""
    (picture,) = drawn("audit-replay")
    shares = hints(picture, VARIANT_INK["fixed"], "circle")
    assert shares == [f"fixed, day {day}: 100%" for day in (9, 16, 30)]


def test_the_days_have_a_band_for_each_image_that_served():
    """Two where the tag moved, one where the digest stayed."""
    bands = [{hint.split(" in ")[1] for hint in hints(picture)} for picture in drawn("image-drift")]
    assert [len(found) for found in bands] == [2, 2, 1]


def test_acknowledgements_and_weights_end_together_only_where_it_is_fixed():
    """The dashed line is what the client was told; at the same second it is at another height."""
    together = []
    for picture in drawn("rollback-forgets"):
        heights = [(line.get("points") or "").split(",")[-1] for line in picture.iter(f"{SPACE}polyline")]
        together.append(heights[0] == heights[1])
    assert together == [False, False, True]


def test_a_place_that_a_dead_run_kept_is_red_and_only_without_a_lease():
    """Two dead runs in the broken picture; where the limit is exceeded, more bars overlap than it has places."""
    broken, half_fixed, fixed = drawn("dead-holder")
    lost = [[hint for hint in hints(each, INK["red"]) if "place lost" in hint] for each in (broken, half_fixed, fixed)]
    assert [len(found) for found in lost] == [2, 0, 0]
    assert len(hints(fixed, INK["green"])) == 6 + 3


def test_latest_falls_back_where_an_old_writer_may_move_it():
    """In the broken and the half-fixed line, once each, and not in the fixed one."""
    (picture,) = drawn("zombie-writer")
    falls = []
    for line in picture.iter(f"{SPACE}polyline"):
        heights = [float(point.split(",")[1]) for point in (line.get("points") or "").split()]
        falls.append(sum(lower > higher for higher, lower in pairwise(heights)))
    assert falls == [1, 1, 0]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["cleared-run", "manual-backfill", "overwritten-artifact", "upgraded-runtime"])
def test_a_picture_is_red_in_the_broken_and_the_half_fixed_variant_and_nowhere_in_the_fixed_one(name):
    """A picture for each variant."""
    assert [bool(hints(picture, INK["red"])) for picture in drawn(name)] == [True, True, False]
