"""The picture of a run: its requests, the view of each replica, where a promise broke, on a page of its own."""

import json
import re

import pytest

from gateway_sim.scenarios.report.timeline.document import document, timeline_page
from gateway_sim.scenarios.report.timeline.perfetto import chrome_trace
from gateway_sim.scenarios.run.result import RunResult
from gateway_sim.scenarios.run.runner import run
from gateway_sim.scenarios.run.spec import RunSpec


@pytest.fixture(scope="module")
def incident() -> RunResult:
    """Play the incident under today's gateway: the poll's 404 that ended a healthy run."""
    return run(RunSpec("incident-344"))


@pytest.fixture(scope="module")
def proposed() -> RunResult:
    """Play the incident under leased-generation."""
    return run(RunSpec("incident-344", gateway="leased-generation"))


def lanes_of(told: dict[str, object]) -> list[str]:
    """Return the names of a document's lanes, from top to bottom."""
    lanes = told["lanes"]
    assert isinstance(lanes, list)
    return [name for name, _ in lanes]


def test_there_is_a_lane_for_each_part_of_the_world(incident: RunResult) -> None:
    """Control plane, table, the client by leg, each replica, the pod."""
    lanes = lanes_of(document(incident))
    order = ["control plane", "route table", "poll", "gw-0", "gw-1", "gw-2", "pod-job-1-1"]
    assert [lane for lane in lanes if lane in order] == order


def test_what_a_replica_believed_is_shaded_while_it_believed_it(incident: RunResult) -> None:
    """Ready since the publish, nothing while the fault lasts, ready again."""
    told = document(incident)
    place = lanes_of(told).index("gw-0")
    beliefs = [
        (round(from_s), round(to_s), label) for lane, from_s, to_s, _, label, _ in told["spans"] if lane == place
    ]
    assert beliefs == [(0, 1, "no route"), (1, 30, "gen 1 ready"), (30, 32, "no route"), (32, 210, "gen 1 ready")]
    tones = [tone for lane, _, _, tone, _, _ in told["spans"] if lane == place]
    assert tones == ["quiet", "good", "stale", "good"]


def test_a_request_is_drawn_from_its_leg_to_the_part_that_answered_it(incident: RunResult) -> None:
    """The poll that got the 404 ends at the replica; the one before it reached the pod."""
    told = document(incident)
    lanes = lanes_of(told)
    polls = [stroke for stroke in told["strokes"] if lanes[stroke[0][0]] == "poll"]
    refused = next(stroke for stroke in polls if stroke[5] == "404")
    assert lanes[refused[0][-1]] == "gw-0"
    assert round(refused[1]) == 30
    held = next(stroke for stroke in polls if stroke[5] == "408")
    assert lanes[held[0][-1]] == "pod-job-1-1"


def test_the_promise_is_marked_where_it_broke_and_the_story_tells_it(incident: RunResult, proposed: RunResult) -> None:
    """At the second of the violation; a run that kept its promises has no such mark."""
    told = document(incident)
    assert [(round(at_s), promise) for at_s, promise, _ in told["violations"]] == [(30, "the run finishes")]
    sentences = {sentence: round(at_s, 3) for at_s, _, sentence in told["story"]}
    assert sentences["the run dies: ValueError on the poll leg"] == 30.032
    assert document(proposed)["violations"] == []


def test_the_page_stands_alone_and_has_both_runs_on_one_axis(incident: RunResult, proposed: RunResult) -> None:
    """No address to load from; each run's line to play it again; the axis reaches the later end."""
    page = timeline_page([incident, proposed])
    assert not re.search(r"""(src|href)\s*=|@import|url\(|https?://(?!www\.w3\.org)""", page)
    shown = json.loads(re.search(r"<script[^>]*json[^>]*>(.*?)</script>", page, re.DOTALL)[1])  # type: ignore[index]
    assert [one["replay"] for one in shown["runs"]] == [incident.replay, proposed.replay]
    last_s = max(one["end_s"] for one in shown["runs"])
    assert max(second for second, _ in shown["axis"]) == pytest.approx(last_s, abs=1e-3)


def test_what_a_user_wrote_cannot_leave_its_place(incident: RunResult) -> None:
    """An error message with a script in it stays text, and braces in a value are not a template."""
    import dataclasses

    assert incident.error is not None
    rude = dataclasses.replace(incident.error, message="{{ 6 * 7 }}</script><script>alert(1)</script>")
    page = timeline_page([dataclasses.replace(incident, error=rude, client="<b>plain</b>")])
    assert "</script><script>alert" not in page
    assert "{{ 6 * 7 }}" in page
    assert "<title>incident-344: &lt;b&gt;plain&lt;/b&gt; under not-found</title>" in page


def test_perfetto_gets_a_track_for_each_lane_and_an_arrow_for_each_request(incident: RunResult) -> None:
    """Chrome's trace JSON: slices with a length, arrows in pairs, times in microseconds."""
    told = json.loads(chrome_trace([incident]))["traceEvents"]
    names = {event["args"]["name"] for event in told if event["name"] == "thread_name"}
    assert {"control plane", "gw-0", "pod-job-1-1"} <= names
    begun = {event["id"] for event in told if event["ph"] == "s"}
    assert begun
    assert begun == {event["id"] for event in told if event["ph"] == "f"}
    broken = next(event for event in told if event["name"] == "broken promise: the run finishes")
    assert round(broken["ts"] / 1e6) == 30


def test_a_run_in_which_nothing_happened_has_a_page_too(incident: RunResult) -> None:
    """An empty trace is drawn empty, not refused."""
    import dataclasses

    from gateway_sim.scenarios.sim.trace import Trace

    told = document(dataclasses.replace(incident, trace=Trace(), violations=[]))
    assert (told["end_s"], told["events"], told["strokes"]) == (0.0, 0, [])


def test_a_pod_that_freezes_or_crashes_is_drawn_as_long_as_it_is_away() -> None:
    """A frozen pod until the control plane ends it; a crashed one not at all until its container starts again."""
    told = document(run(RunSpec("worker-dies", "exactly-once")))
    spans = [(round(from_s), round(to_s), label) for lane, from_s, to_s, _, label, _ in told["spans"]
             if lanes_of(told)[lane] == "pod-job-1-1"]  # fmt: skip
    assert (30, 40, "") in spans
    assert (36, 40, "frozen") in spans
    sentences = [sentence for _, _, sentence in told["story"]]
    assert "the pod of incarnation 1 of job-1 froze" in sentences
    assert "the control plane notices that the pod of incarnation 1 of job-1 is dead" in sentences
    told = document(run(RunSpec("container-restarts", "exactly-once")))
    up = [(from_s, to_s) for lane, from_s, to_s, _, _, words in told["spans"] if words == "pod-job-1-1 is up"]
    assert len(up) == 2
    assert up[1][0] - up[0][1] == pytest.approx(2.0, abs=0.01)
