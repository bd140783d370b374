"""A scenario's page stands alone, says what was measured beside what was expected, and shows its pictures."""

import math
import re
import xml.etree.ElementTree as ET
from itertools import pairwise

import pytest
from typer.testing import CliRunner

from gateway_sim.scenarios.orchestration import stories
from gateway_sim.scenarios.report import pictures
from gateway_sim.scenarios.report.pictures.plot import Plot


@pytest.mark.slow
def test_a_page_shows_every_variant_its_closed_forms_and_its_pictures(tmp_path):
    """Written by `run SCENARIO --html F`, whichever variant was asked for."""
    from gateway_sim.scenarios.apps.cli import app

    target = tmp_path / "page.html"
    ran = CliRunner().invoke(app, ["run", "preempt-resume", "--set", "variant=fixed", "--html", str(target)])
    assert ran.exit_code == 0, ran.output
    text = target.read_text()
    said = re.sub(r"<[^>]+>|\s+", " ", text)
    for words in ("0 steps lost or wrong", "51 steps lost or wrong", "Every promise kept."):
        assert words in re.sub(" +", " ", said)
    assert "makespan_s, closed form" in text
    assert "makespan_s, reference" in text
    assert text.count("<figure>") == 2
    assert "gateway-sim run preempt-resume --set variant=half-fixed --seed 0" in text
    for outside in ("http://", "https://", "<script", "<link", "<img"):
        assert outside not in text.replace("http://www.w3.org/2000/svg", "")


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        (["run", "preempt-resume", "--html", "page.html", "--against", "hold"], "--against is for races"),
        (["run", "preempt-resume", "--html", "nowhere/page.html"], "there is no folder nowhere"),
    ],
)
def test_a_page_that_cannot_be_is_refused_before_anything_runs(line, sentence, tmp_path, monkeypatch):
    """With exit 2 and a sentence."""
    from gateway_sim.scenarios.apps.cli import app

    monkeypatch.chdir(tmp_path)
    ran = CliRunner().invoke(app, line)
    assert ran.exit_code == 2
    assert sentence in " ".join(ran.output.replace("│", " ").split())
    assert list(tmp_path.iterdir()) == []


def test_what_a_card_measured_elsewhere_is_not_called_a_closed_form():
    """The NDCG of 18 hours was measured on other lists."""
    from gateway_sim.scenarios.report.pictures.page import page
    from gateway_sim.scenarios.run.runner import variants_of
    from gateway_sim.scenarios.run.spec import RunSpec

    text = page(variants_of(RunSpec("partial-partition")))
    assert "ndcg, reference" in text
    assert "closed form" not in text


def test_the_curve_of_intervals_is_that_of_the_job_that_ran():
    """Preempted every two hours, Young's interval is 657 s; every 45 minutes, 402 s."""
    from gateway_sim.scenarios.run.runner import variants_of
    from gateway_sim.scenarios.run.spec import RunSpec

    words = {"steps": "12", "step_s": "600", "save_every": "4"}
    for mtbf_s, young in (("7200", "657 s"), ("2700", "402 s")):
        _, curve = pictures.figures(variants_of(RunSpec("preempt-resume", settings={**words, "mtbf_s": mtbf_s})))
        assert f"Young: {young}" in curve.svg


def test_shapes_lie_where_their_numbers_say():
    """A bar over the whole plot fills it from axis to edge; words are escaped; lane 0 is above lane 1."""
    plot = Plot((0.0, 10.0), x_label="hours", lanes=["a<b", "second"], width=480.0, lane_height=50.0)
    plot.bar(0.0, 10.0, 0.0, 1.0, "blue", hint="first & only")
    plot.dot(5.0, 1.5, "red")
    drawn = ET.fromstring(plot.svg())
    space = "{http://www.w3.org/2000/svg}"
    rect, circle = drawn.find(f"{space}rect"), drawn.find(f"{space}circle")
    assert rect is not None
    assert circle is not None
    assert [rect.get(side) for side in ("x", "y", "width", "height")] == ["64.0", "26.0", "400.0", "50.0"]
    assert (circle.get("cx"), circle.get("cy")) == ("264.0", "101.0")
    assert rect.findtext(f"{space}title") == "first & only"


def test_a_logarithmic_axis_puts_each_power_at_the_same_distance():
    """1, 10 and 100 lie evenly."""
    plot = Plot((1.0, 100.0), x_label="s", log_x=True, width=480.0)
    for x in (1.0, 10.0, 100.0):
        plot.dot(x, 0.5, "blue")
    drawn = ET.fromstring(plot.svg())
    assert [c.get("cx") for c in drawn.iter("{http://www.w3.org/2000/svg}circle")] == ["64.0", "264.0", "464.0"]


def test_a_story_without_a_file_here_has_a_page_without_pictures(monkeypatch):
    """Its figures are enough until then."""
    from gateway_sim.scenarios.run.runner import variants_of
    from gateway_sim.scenarios.run.spec import RunSpec

    monkeypatch.setattr(pictures, "names", list)
    assert pictures.figures(variants_of(RunSpec("preempt-resume", settings={"steps": "4", "mtbf_s": "1e9"}))) == []


@pytest.mark.parametrize("story", stories.names())
def test_a_story_says_in_a_sentence_what_each_variant_does(story):
    """Each half-fix of its own; the names of the variants alone say nothing, and no sentence is for nothing."""
    loaded = stories.load(story)
    half_fixes = [f"half-fixed, {part}" for part in loaded.omits] or ["half-fixed"]
    assert list(loaded.does) == ["broken", *half_fixes, "fixed"]
    assert all(said.endswith(".") and len(said) < 160 for said in loaded.does.values())


def test_a_page_explains_each_variant_and_marks_the_one_that_was_asked_for():
    """The page draws all three, whichever is run: the pages differ in what they mark; without a word it is broken."""
    from gateway_sim.scenarios.report.pictures.page import page
    from gateway_sim.scenarios.run.runner import variants_of
    from gateway_sim.scenarios.run.spec import RunSpec

    runs = variants_of(RunSpec("promotion-race"))
    for asked, marked in (("fixed", "fixed"), ("broken", "broken"), (None, "broken")):
        (shown,) = re.findall(r'<article [^>]*aria-current="true">(.*?)</article>', page(runs, asked), re.DOTALL)
        assert "this run" in shown
        assert f"</i>{marked}" in shown
        assert stories.load("promotion-race").does[marked] in shown


@pytest.mark.slow
@pytest.mark.parametrize("story", pictures.names())
def test_no_line_of_a_chart_hides_another(story):
    """Where two lines share a stretch, the upper one is thinner; no text is set smaller than 12 pixels."""
    from gateway_sim.scenarios.run.runner import variants_of
    from gateway_sim.scenarios.run.spec import RunSpec

    for figure in pictures.figures(variants_of(RunSpec(story))):
        drawn = ET.fromstring(figure.svg)
        thinnest: dict[tuple[str, str], float] = {}
        for line in drawn.iter("{http://www.w3.org/2000/svg}polyline"):
            width = float(line.get("stroke-width") or 1)
            stretches = set(pairwise((line.get("points") or "").split()))
            for stretch in stretches:
                assert width < thinnest.get(stretch, math.inf), (figure.caption, line.get("stroke"))
            thinnest |= dict.fromkeys(stretches, width)
        assert {text.get("font-size") for text in drawn.iter("{http://www.w3.org/2000/svg}text")} == {"12"}
        assert drawn.get("aria-label")
