"""Each page under its Content-Security-Policy, in a real browser: its own scripts run, and no injected one does."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.scenarios.apps.serving import within
from tests.scenarios.report.timeline.test_in_a_browser import VERIFIED

LISTEN = """
window.refused = [];
addEventListener("securitypolicyviolation", (event) => window.refused.push(event.violatedDirective));
"""
IMAGE, SCRIPT = "<img src=x onerror=window.hacked=1>", "<script>window.hacked=1</script>"
NAME = "<img src=x onerror=window.hacked=1><svg onload=window.hacked=1>.jsonl"
"""A log's path is the name of its race, which every page shows."""

pytestmark = pytest.mark.slow


def command(page: Path, *words: str) -> None:
    """Let the command line write a page; in a process of its own, for the browser's driver has this one's loop."""
    command = [sys.executable, "-m", "gateway_sim", *words, "--html", str(page)]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=200)
    assert ended.returncode in (0, 1), ended.stderr


def looked_at(browser: Browser, path: Path) -> tuple[Page, list[str]]:
    """Open a file, and list what the browser says against it."""
    page, said = browser.new_page(), []
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    page.add_init_script(LISTEN)
    page.goto(path.as_uri())
    return page, said


def clean(page: Page, said: list[str]) -> bool:
    """Say whether nothing was refused, in the page and in the pages inside it."""
    return said == [] and all(frame.evaluate("window.refused") == [] for frame in page.frames)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write a page of each kind that is a file."""
    where = tmp_path_factory.mktemp("pages")
    subprocess.run([sys.executable, "-c", VERIFIED, str(where / "verify.html")], check=True, timeout=200)
    command(where / "timeline.html", "run", "incident-344")
    command(where / "story.html", "run", "preempt-resume")
    command(where / "tournament.html", "tournament", "--seeds", "1", "--race", "healthy", "--jobs", "1")
    of_the_log = {"leg": "dispatch", "job": f"acme/{IMAGE}", "replica": IMAGE}
    lines = [
        {"time": f"2026-01-01T00:00:0{second}Z", "status": 404 if second < 5 else 200, **of_the_log}
        for second in range(10)
    ]
    (where / NAME).write_text("\n".join(map(json.dumps, lines)))
    command(where / "log.html", "run", str(where / NAME))
    return where


def test_a_timeline_is_drawn(browser: Browser, folder: Path) -> None:
    """From a file, by its own script."""
    page, said = looked_at(browser, folder / "timeline.html")
    expect(page.locator("#panels .run")).to_have_count(1)
    assert clean(page, said)


def test_the_pages_inside_the_page_of_verify_are_drawn(browser: Browser, folder: Path) -> None:
    """They are under the policy of the page around them as well."""
    page, said = looked_at(browser, folder / "verify.html")
    page.goto((folder / "verify.html").as_uri() + "#incident-344")
    expect(page.frame_locator("iframe[title='incident-344']").locator("#panels .run")).to_have_count(2)
    assert len(page.frames) > 1
    assert clean(page, said)


@pytest.mark.parametrize("name", ["story.html", "tournament.html"])
def test_a_page_without_scripts_is_shown(browser: Browser, folder: Path, name: str) -> None:
    """With its styles and its pictures."""
    page, said = looked_at(browser, folder / name)
    expect(page.locator("table").first).to_be_visible()
    assert page.evaluate("getComputedStyle(document.querySelector('table')).borderCollapse") == "collapse"
    assert clean(page, said)


def test_a_log_with_markup_in_its_name_and_in_its_fields_shows_it_as_text(browser: Browser, folder: Path) -> None:
    """Its path, its job and its replicas; nothing of them becomes an element."""
    page, said = looked_at(browser, folder / "log.html")
    expect(page.locator("#panels .run")).to_have_count(1)
    assert "onerror=window.hacked=1" in page.locator("body").inner_text()
    assert page.locator("img").count() == 0
    assert page.evaluate("window.hacked") is None
    assert clean(page, said)


@pytest.mark.parametrize("injected", [IMAGE, SCRIPT, "<a href='javascript:window.hacked=1' id=link>x</a>"])
def test_markup_that_got_into_a_page_runs_nothing(browser: Browser, tmp_path: Path, injected: str) -> None:
    """If escaping were forgotten somewhere, the policy is what is left."""
    command(tmp_path / "timeline.html", "run", "healthy")
    text = (tmp_path / "timeline.html").read_text()
    assert text.count("</header>") == 1
    (tmp_path / "page.html").write_text(text.replace("</header>", injected + "</header>"))
    page, _ = looked_at(browser, tmp_path / "page.html")
    expect(page.locator("#panels .run")).to_have_count(1)
    if "link" in injected:
        page.locator("#link").click()
    assert within(5.0, lambda: bool(page.evaluate("window.refused.length")))
    assert page.evaluate("window.hacked") is None
