"""The timeline as a person opens it: a file, no network, a pointer, a phone, a dark room, five thousand events."""

import re
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

WRITTEN = """
window.written = [];
const fill = CanvasRenderingContext2D.prototype.fillText;
CanvasRenderingContext2D.prototype.fillText = function (text, ...at) {
  written.push(text);
  fill.call(this, text, ...at);
};
"""
"""Keeps what is written on canvases, which have no text of their own."""
pytestmark = pytest.mark.slow

VERIFIED = """
import sys
from pathlib import Path
from gateway_sim.scenarios.report.verify_page import verify_page
from gateway_sim.scenarios.run.spec import RunSpec
from gateway_sim.scenarios.run.runner import run
specs = [RunSpec("incident-344"), RunSpec("healthy"), RunSpec("fresh-route", gateway="leased-generation")]
Path(sys.argv[1]).write_text(verify_page([run(spec) for spec in specs]), encoding="utf-8")
"""
"""The page of `verify --html` with three of its races: all of them take minutes."""
CONTRAST = """(words) => words.map((word) => {
  const light = (colour) => colour.match(/[\\d.]+/g).slice(0, 3).map((c) => c / 255)
    .map((c) => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
    .reduce((sum, c, n) => sum + c * [0.2126, 0.7152, 0.0722][n], 0);
  let behind = word;
  while (getComputedStyle(behind).backgroundColor === "rgba(0, 0, 0, 0)") behind = behind.parentElement;
  const paper = getComputedStyle(behind).backgroundColor;
  const [high, low] = [light(getComputedStyle(word).color), light(paper)].sort((a, b) => b - a);
  return (high + 0.05) / (low + 0.05);
})"""
"""How each word stands out from what lies behind it, by WCAG: 4.5 can be read."""


def written(path: Path, *words: str) -> Path:
    """Let the command write a timeline; in a process of its own, for the browser's driver has this one's loop."""
    command = [sys.executable, "-m", "gateway_sim", "run", "incident-344", *words, "--html", str(path)]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert path.exists(), ended.stderr
    return path


@pytest.fixture(scope="module")
def incident(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write the incident under today's gateway beside leased-generation."""
    return written(tmp_path_factory.mktemp("timeline") / "incident.html", "--against", "leased-generation")


def opened(browser: Browser, path: Path, **how: object) -> Page:
    """Open a file in a new window that may not use the network."""
    context = browser.new_context(offline=True, **how)  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(path.as_uri())
    return page


def test_the_picture_says_what_broke_and_not_its_opposite(browser: Browser, incident: Path) -> None:
    """The name of a broken promise alone would say that it held."""
    context = browser.new_context(offline=True, viewport={"width": 1100, "height": 900})
    context.add_init_script(WRITTEN)
    page = context.new_page()
    page.goto(incident.as_uri())
    expect(page.locator("#panels .run")).to_have_count(2)
    written = page.evaluate("written")
    assert "✗ broken promise: “the run finishes”" in written
    assert "✗ the run finishes" not in written
    context.close()


def test_it_opens_without_a_network_and_asks_for_nothing(browser: Browser, incident: Path) -> None:
    """One file is all that is read; both runs are told in words beside their pictures."""
    context = browser.new_context(offline=True)
    page, asked = context.new_page(), []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(incident.as_uri())
    runs = page.locator("#panels .run")
    expect(runs).to_have_count(2)
    expect(runs.first).to_contain_text("✗ crashed, a promise broken")
    expect(runs.first).to_contain_text("✗ broken promise: “the run finishes”")
    accepted = runs.first.locator("li", has_text="the trainer accepts a batch")
    expect(accepted).to_have_text(re.compile(r"^19\.\d+ s"))
    expect(runs.last).to_contain_text("✓ completed, every promise kept")
    assert asked == [incident.as_uri()]
    context.close()


def test_pointing_at_an_event_says_what_it_is(browser: Browser, incident: Path) -> None:
    """The pointer goes along a replica's lane until the tip tells what the replica believed."""
    page = opened(browser, incident, viewport={"width": 1200, "height": 900})
    canvas = page.locator("#panels canvas").first
    box = canvas.bounding_box()
    assert box is not None
    told = set()
    for right in range(10, 100, 3):
        for down in range(20, 100, 8):
            page.mouse.move(box["x"] + box["width"] * right / 100, box["y"] + box["height"] * down / 100)
            told.add(page.locator("#tip").inner_text())
    whole = "\n".join(told)
    assert "gen 1 ready" in whole
    assert re.search(r"404", whole)
    page.context.close()


def test_the_line_to_play_it_again_is_there_to_copy(browser: Browser, incident: Path) -> None:
    """For each of the two runs, its own."""
    page = opened(browser, incident)
    lines = page.locator("#panels .run pre, #panels .run code").all_inner_texts()
    assert any("--gateway not-found" in line for line in lines)
    assert any("--gateway leased-generation" in line for line in lines)
    page.context.close()


@pytest.mark.parametrize("dark", [False, True])
def test_it_fits_a_phone(browser: Browser, incident: Path, dark: bool) -> None:
    """Nothing sticks out to the side, in light and in dark."""
    page = opened(browser, incident, viewport={"width": 390, "height": 800}, color_scheme="dark" if dark else "light")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    paper = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (sum(map(int, paper.removeprefix("rgb(").rstrip(")").split(","))) < 200) is dark
    page.context.close()


def test_seven_thousand_events_are_drawn_and_zoomed(browser: Browser, tmp_path: Path) -> None:
    """A poller that spins for four seconds: the picture is there, and closer it is another one."""
    spun = written(tmp_path / "spun.html", "--gateway", "route-not-ready", "--set", "fault_s=4")
    page = opened(browser, spun, viewport={"width": 1200, "height": 900})
    events = re.search(r"([\d,]+) events", page.locator("#panels .run").inner_text())
    assert events
    assert int(events[1].replace(",", "")) > 5_000
    canvas = page.locator("#panels canvas")
    whole = canvas.screenshot()
    page.locator("[data-zoom=in]").click()
    assert canvas.screenshot() != whole
    page.locator("[data-zoom=fit]").click()
    page.mouse.move(0, 0)
    assert canvas.screenshot() == whole
    page.context.close()


@pytest.fixture(scope="module")
def verified(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write the page of a verification."""
    path = tmp_path_factory.mktemp("verify") / "verify.html"
    subprocess.run([sys.executable, "-c", VERIFIED, str(path)], check=True, timeout=120)
    return path


@pytest.mark.parametrize("dark", [False, True])
def test_a_verification_can_be_read_in_any_light(browser: Browser, verified: Path, dark: bool) -> None:
    """Every word of its tables stands out from its place; on a phone the page itself does not scroll to the side."""
    phone = {"width": 390, "height": 844}
    page = opened(browser, verified, viewport=phone, color_scheme="dark" if dark else "light")
    words = page.locator("th, td, small, .soft, p")
    assert words.count() > 20
    assert min(words.evaluate_all(CONTRAST)) >= 4.5
    assert page.locator("td.good").count() > 0
    assert page.locator("td.bad").count() > 0
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.context.close()


def test_a_verifications_races_unfold_to_their_timelines(browser: Browser, verified: Path) -> None:
    """One for each race, today's gateway beside this project's; a page in the page, without a network."""
    page = opened(browser, verified)
    expect(page.locator("summary")).to_have_count(3)
    page.locator("table a", has_text="incident-344").click()
    expect(page.locator("details[open]")).to_contain_text("incident-344 not-found: broken, leased-generation: kept")
    runs = page.frame_locator("iframe[title=incident-344]").locator("#panels .run")
    expect(runs).to_have_count(2)
    expect(runs.first).to_contain_text("✗ broken promise: “the run finishes”")
    page.context.close()


def test_no_two_ticks_beside_one_another_say_the_same(browser: Browser, tmp_path: Path) -> None:
    """Moments of one hundredth of a second share a tick; the lengths between ticks are in italics."""
    page_of = tmp_path / "half-step.html"
    command = [sys.executable, "-m", "gateway_sim", "run", "half-step", "--html", str(page_of)]
    subprocess.run(command, capture_output=True, timeout=120)
    context = browser.new_context(offline=True, viewport={"width": 1400, "height": 900})
    context.add_init_script(WRITTEN.replace("push(text)", "push(this.font.startsWith('italic') ? '' : text)"))
    page = context.new_page()
    page.goto(page_of.as_uri())
    page.wait_for_timeout(300)
    ticks = [text for text in page.evaluate("written") if re.fullmatch(r"[\d.]+ m?s|", text)]
    ticks = [text for text in ticks if text]
    assert len(ticks) > 3
    assert [one for one, next_one in pairwise(ticks) if one == next_one] == []
