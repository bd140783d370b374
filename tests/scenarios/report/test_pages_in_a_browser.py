"""Every page as its readers open it: on a phone, on a wide screen, in the dark, in print, and by axe-core's rules."""

import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.pictures import PAGES, written

pytestmark = pytest.mark.slow

TIMELINES = ("timeline", "busy-polling", "many-clients")
DRAWN = """
window.texts = []; window.marks = [];
const context = CanvasRenderingContext2D.prototype, {fillText, clearRect, beginPath, moveTo, lineTo, fill} = context;
let corners = [];
context.clearRect = function (...box) { texts.length = marks.length = 0; clearRect.apply(this, box); };
context.fillText = function (text, x, y) {
  texts.push({text, x, y, wide: this.measureText(text).width, edge: this.canvas.clientWidth});
  fillText.call(this, text, x, y);
};
context.beginPath = function () { corners = []; beginPath.call(this); };
context.moveTo = function (x, y) { corners.push([x, y]); moveTo.call(this, x, y); };
context.lineTo = function (x, y) { corners.push([x, y]); lineTo.call(this, x, y); };
context.fill = function (...way) {
  const [first, , , last] = corners;
  if (corners.length === 6) marks.push({text: "◆", x: first[0], y: first[1], wide: last[0] - first[0]});
  fill.apply(this, way);
};
"""
"""Keeps the texts and the marks, which have six corners, of the last canvas that was drawn."""


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Write all pages, two at a time."""
    folder = tmp_path_factory.mktemp("pages")
    with ThreadPoolExecutor(2) as writers:
        return dict(zip(PAGES, writers.map(lambda name: written(name, folder), PAGES), strict=True))


def opened(browser: Browser, path: Path, width: int = 390, scheme: Any = "light", script: str = "") -> Page:
    """Open a page in a window that may not use the network."""
    context = browser.new_context(offline=True, viewport={"width": width, "height": 850}, color_scheme=scheme)
    if script:
        context.add_init_script(script)
    page = context.new_page()
    page.goto(path.as_uri())
    page.wait_for_timeout(150)
    return page


@pytest.mark.parametrize("width", [390, 768, 1400])
@pytest.mark.parametrize("name", PAGES)
def test_a_page_does_not_scroll_to_the_side(browser: Browser, pages: dict[str, Path], name: str, width: int) -> None:
    """Wide tables and charts scroll inside their own boxes, and the text of charts keeps its size."""
    page = opened(browser, pages[name], width)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    sizes = page.locator("svg text").evaluate_all("words => words.map(word => word.getBoundingClientRect().height)")
    assert all(min(size) >= 10 for size in [sizes] if size)
    page.context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", PAGES)
def test_a_page_has_no_serious_fault_of_accessibility(
    browser: Browser, pages: dict[str, Path], name: str, scheme: str
) -> None:
    """By axe-core; of a verification also with a cell opened."""
    page = opened(browser, pages[name], scheme=scheme)
    faults = list(Axe().run(page).response["violations"])
    if name == "verification":
        page.locator(".matrix .cell").first.click()
        faults += Axe().run(page).response["violations"]
    serious = [fault for fault in faults if fault["impact"] in ("serious", "critical")]
    assert [(fault["id"], fault["nodes"][0]["html"]) for fault in serious] == []
    page.context.close()


@pytest.mark.parametrize("name", PAGES)
def test_a_page_prints_dark_on_white_and_within_the_paper(browser: Browser, pages: dict[str, Path], name: str) -> None:
    """Also where the screen is dark: what a canvas shows is drawn again for the paper."""
    page = opened(browser, pages[name], 720, "dark")
    page.emulate_media(media="print", color_scheme="dark")
    assert page.evaluate("document.documentElement.scrollWidth") <= 720
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(251, 251, 250)"
    for canvas in page.locator("canvas").all():
        dark = canvas.evaluate("""canvas => {
          const {data} = canvas.getContext("2d").getImageData(0, 0, 70, canvas.height);
          let dark = 0;
          for (let at = 0; at < data.length; at += 4) {
            dark += data[at + 3] > 200 && data[at] + data[at + 1] + data[at + 2] < 200;
          }
          return dark / data.length * 4;
        }""")
        # the words, and not the stripes of a dark screen
        assert 0.001 < dark < 0.1
    cut = page.locator(".scroll").evaluate_all("boxes => boxes.filter(box => box.scrollWidth > 722).length")
    assert cut == 0
    page.context.close()


@pytest.mark.parametrize("name", PAGES)
def test_a_page_has_no_backticks_and_counts_none_as_many(browser: Browser, pages: dict[str, Path], name: str) -> None:
    """Neither "1 times" nor the marks of Markdown."""
    page = opened(browser, pages[name], 1400)
    shown = page.locator("body").inner_text() + page.title()
    assert "`" not in shown
    assert not re.search(r"\b1 (times|requests|samples|runs)\b", shown)
    page.context.close()


@pytest.mark.parametrize("mode", ["story", "clock"])
@pytest.mark.parametrize("width", [390, 1400])
@pytest.mark.parametrize("name", TIMELINES)
def test_no_label_of_a_timeline_lies_on_another_or_is_cut_off(
    browser: Browser, pages: dict[str, Path], name: str, width: int, mode: str
) -> None:
    """Nor on a mark: a label that has no free place is not drawn. Also the last answer, at the right edge."""
    page = opened(browser, pages[name], width, script=DRAWN)
    page.locator(f"[data-mode={mode}]").click()
    page.wait_for_timeout(150)
    texts, marks = page.evaluate("[texts, marks]")
    assert len(texts) > 10
    assert marks
    for text in texts:
        assert text["x"] >= 0, text
        assert text["x"] + text["wide"] <= text["edge"] + 0.5, text
    # the edges of two words may meet
    boxes = [(one["x"] + 1, one["x"] + one["wide"] - 1, one["y"], one["text"]) for one in [*texts, *marks]]
    collisions = [
        (left[3], right[3])
        for n, left in enumerate(boxes)
        for right in boxes[n + 1 :]
        if abs(left[2] - right[2]) < 9 and left[0] < right[1] and right[0] < left[1] and {left[3], right[3]} != {"◆"}
    ]
    assert collisions == []
    page.context.close()


def test_many_clients_are_one_area_a_leg_with_their_answers_counted(browser: Browser, pages: dict[str, Path]) -> None:
    """64 clients would be a block of lines; the pointer says how many requests are open."""
    page = opened(browser, pages["many-clients"], 1400, script=DRAWN)
    texts = [text["text"] for text in page.evaluate("texts")]
    assert "up to 64 at once: 128 × 200" in texts
    assert len(texts) < 60
    canvas = page.locator("canvas").bounding_box()
    assert canvas
    told = set()
    for right in range(20, 100, 2):
        for down in (25, 35, 45):
            page.mouse.move(canvas["x"] + canvas["width"] * right / 100, canvas["y"] + canvas["height"] * down / 100)
            told.add(page.locator("#tip").inner_text())
    assert any(re.search(r"\d+ as expected open at 1\.0\d+ s; up to 64 at once", tip) for tip in told)
    page.context.close()


def test_a_poller_that_spins_is_one_bundle_with_its_number(browser: Browser, pages: dict[str, Path]) -> None:
    """Two hundred answers in half a second are no row of overlapping words; closer, they are single ones."""
    page = opened(browser, pages["busy-polling"], 1400, script=DRAWN)
    refused = [text["text"] for text in page.evaluate("texts") if text["text"].endswith("503")]
    bundles = [int(text.removesuffix(" × 503")) for text in refused if "×" in text]
    assert max(bundles) > 200
    assert len(refused) <= 4
    page.locator("li button", has_text="gets a 503").click()
    for _ in range(5):
        page.locator("[data-zoom=in]").click()
    page.wait_for_timeout(150)
    assert [text["text"] for text in page.evaluate("texts")].count("503") >= 1
    page.context.close()


def test_the_axis_and_the_colours_stay_in_sight(browser: Browser, pages: dict[str, Path]) -> None:
    """On a phone as well, wherever the reader has scrolled to; the pressed button says which axis it is."""
    page = opened(browser, pages["timeline"])
    page.mouse.wheel(0, 1200)
    page.wait_for_timeout(200)
    expect(page.locator("[data-mode=story]")).to_be_in_viewport()
    expect(page.locator("[data-mode=story]")).to_have_attribute("aria-pressed", "true")
    expect(page.locator("#legend")).to_be_in_viewport()
    expect(page.locator("#legend")).to_contain_text("refused, or broken")
    page.context.close()


def test_a_cell_of_a_verification_opens_its_run(browser: Browser, pages: dict[str, Path]) -> None:
    """By the keyboard alone: verdict, reason, command; its timeline on the page is linked; Escape closes it."""
    page = opened(browser, pages["verification"], 1400)
    cell = page.get_by_role("button", name="incident-344: plain behind not-found: crashed, a promise broken")
    cell.focus()
    page.keyboard.press("Enter")
    run = page.get_by_role("dialog", name="incident-344: plain behind not-found")
    expect(run).to_be_visible()
    for words in (
        "broken promise: “the run finishes”",
        "answered 404",
        "--gateway not-found",
        "--html incident-344.html",
    ):
        expect(run).to_contain_text(words)
    page.keyboard.press("Escape")
    expect(run).to_be_hidden()
    cell.click()
    run.get_by_role("link", name="Its timeline on this page").click()
    expect(run).to_be_hidden()
    runs = page.frame_locator("iframe[title=incident-344]").locator("#panels .run")
    expect(runs.first).to_contain_text("✗ crashed, a promise broken")
    page.context.close()


def test_a_storys_cell_opens_its_damage(browser: Browser, pages: dict[str, Path]) -> None:
    """Of the variant that was clicked, and its address opens it too."""
    page = opened(browser, pages["verification"], 390)
    page.locator("table:not(.matrix) .cell").first.click()
    run = page.get_by_role("dialog", name="reclaim-storm: broken")
    expect(run).to_contain_text("damage: 5 runs dead or turned away")
    expect(run).to_contain_text("gateway-sim run reclaim-storm --set variant=broken --seed 0 --html reclaim-storm.html")
    page.goto(f"{pages['verification'].as_uri()}#run-reclaim-storm-set-variant-fixed-seed-0")
    expect(page.get_by_role("dialog", name="reclaim-storm: fixed")).to_be_visible()
    page.context.close()


def test_every_cell_opens_something(browser: Browser, pages: dict[str, Path]) -> None:
    """No button without its part of the page, and no part twice."""
    page = opened(browser, pages["verification"], 1400)
    aims = page.locator(".cell").evaluate_all("cells => cells.map(cell => cell.getAttribute('popovertarget'))")
    parts = page.locator("[popover]").evaluate_all("parts => parts.map(part => part.id)")
    assert len(aims) > 60
    assert sorted(aims) == sorted(parts)
    assert len(set(parts)) == len(parts)
    page.context.close()
