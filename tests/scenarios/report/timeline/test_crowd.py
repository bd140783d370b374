"""Requests of many clients become one area a leg; those of a few stay as they are."""

import pytest

from gateway_sim.scenarios.report.timeline.axis import MOST_PLACES, axis, telling
from gateway_sim.scenarios.report.timeline.crowd import MOST_OPEN, crowded
from gateway_sim.scenarios.report.timeline.document import document
from gateway_sim.scenarios.report.timeline.drawing import Drawing
from gateway_sim.scenarios.report.timeline.drawing import Stroke as DrawnRequest
from gateway_sim.scenarios.run.runner import run
from gateway_sim.scenarios.run.spec import RunSpec


def polls(clients: int) -> Drawing:
    """Draw polls of so many clients: each is sent a tenth of a second after the one before, and takes ten seconds."""
    drawing = Drawing()
    drawing.lane("leg poll", "poll", "client")
    for n in range(clients):
        drawing.lane(f"connections {n}", "", "connections")
        drawing.span(f"connections {n}", n / 10, n / 10 + 10, "quiet", f"c{n}")
        good = n % 2 == 0
        drawing.strokes.append(
            DrawnRequest(("leg poll",), n / 10, n / 10 + 1, n / 10 + 10, "good" if good else "bad",
                         "200" if good else "404", "", False)
        )  # fmt: skip
    return drawing


def test_few_requests_at_once_are_drawn_one_by_one():
    """Up to ten; the drawing is the same one."""
    drawing = polls(MOST_OPEN)
    assert crowded(drawing) is drawing
    assert len(drawing.strokes) == MOST_OPEN


def test_many_requests_at_once_are_an_area_that_counts_them_by_their_end():
    """At each second of a change; the label has the highest number and every answer."""
    shown = crowded(polls(20))
    assert shown.strokes == []
    requests, connections = shown.areas
    assert requests.label == "up to 20 at once: 10 × 200, 10 × 404"
    assert dict(requests.steps)[0.3] == {"good": 2, "bad": 2}
    assert dict(requests.steps)[10.0] == {"good": 9, "bad": 10}
    assert requests.steps[-1] == (11.9, {})
    assert (connections.label, connections.most) == ("20, up to 20 at once", 20)
    assert [lane for lane in shown.lanes if lane.startswith("connections")] == ["connections 0"]


def test_a_crowd_leaves_width_on_the_axis_for_everything_else():
    """A lane has a dozen places and its end, whether it has twenty moments or two thousand."""
    places = axis(telling(crowded(polls(2000))))
    assert len(places) <= 2 * (MOST_PLACES + 1) + 1


@pytest.mark.parametrize(("race", "areas"), [("incident-344", False), ("thundering-herd", True)])
def test_only_a_race_of_many_clients_has_areas(race: str, areas: bool) -> None:
    """64 clients have them on every leg; one client has none."""
    told = document(run(RunSpec(race)))
    assert bool(told["areas"]) is areas
    assert bool(told["strokes"]) is not areas
