"""The pictures of the pages in docs/pictures/pages: `python -m tests.pictures` writes each page and takes it.

Each page at three widths, on a phone and on a wide screen also in the dark. WebP by the browser itself, which needs a
third of PNG's bytes here.
"""

import base64
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from playwright.sync_api import Browser, Page, sync_playwright

ROOT: Final = Path(__file__).parent.parent
INTO: Final = ROOT / "docs" / "pictures" / "pages"
NAMES: Final = ("chromium", "chromium-browser", "google-chrome")
QUIET: Final = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-sync",
)
WIDTHS: Final = {390: ("light", "dark"), 768: ("light",), 1400: ("light", "dark")}
"""Pixels of a phone, a tablet and a wide screen, and the colour schemes in which each is taken."""
HEIGHT: Final = 1100
QUALITY: Final = 60
RACES: Final = ("incident-344", "fresh-route", "job-deleted", "healthy", "thundering-herd")
VERIFIED: Final = """
import sys
from pathlib import Path
from gateway_sim.scenarios.report.verify_page import verify_page
from gateway_sim.scenarios.run.matrix import specs
from gateway_sim.scenarios.run.runner import run
from gateway_sim.scenarios.run.spec import RunSpec
raced = [spec for spec in specs(1, chosen=sys.argv[2:]) if spec.balance == "per-connection"]
stories = [RunSpec("reclaim-storm", settings={"variant": name}) for name in ("broken", "half-fixed", "fixed")]
Path(sys.argv[1]).write_text(verify_page([run(spec) for spec in [*raced, *stories]]), encoding="utf-8")
"""
"""The page of `verify --html` with some of its races and one story: all of them take minutes."""
SIM: Final = ("-m", "gateway_sim")
PAGES: Final[dict[str, tuple[str, ...]]] = {
    "timeline": (*SIM, "run", "incident-344", "--against", "leased-generation", "--html", "{page}"),
    "busy-polling": (*SIM, "run", "incident-344", "--gateway", "route-not-ready", "--set", "fault_s=1",
                     "--html", "{page}"),
    "many-clients": (*SIM, "run", "thundering-herd", "--html", "{page}"),
    "story": (*SIM, "run", "preempt-resume", "--set", "variant=half-fixed", "--html", "{page}"),
    "verification": ("-c", VERIFIED, "{page}", *RACES),
    "tournament": (*SIM, "tournament", "--seeds", "1", "--race", "fresh-route", "--race", "incident-344",
                   "--html", "{page}"),
    "small-worlds": (*SIM, "enumerate", "--gateway", "not-found", "--html", "{page}"),
    "proposal": (*SIM, "proposal", "--html", "{page}"),
}  # fmt: skip
"""What Python is called with to write each page."""


def launched(browser: str) -> dict[str, object]:
    """Return how chromium is started: without background requests, and without its sandbox for root."""
    return {"executable_path": browser, "args": [*QUIET, *(["--no-sandbox"] if os.geteuid() == 0 else [])]}


def written(name: str, folder: Path) -> Path:
    """Write a page into a folder. A run that breaks its promise has a page, too, so the exit status says nothing."""
    page = folder / f"{name}.html"
    words = [word.format(page=page) if "{page}" in word else word for word in PAGES[name]]
    # by its name alone, for a page may show the command that wrote it
    words = [Path(word).name if word == str(page) else word for word in words]
    here = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))}
    command = [sys.executable, *words]
    ended = subprocess.run(command, cwd=folder, env=here, capture_output=True, text=True, timeout=240)
    assert page.exists(), ended.stderr
    return page


def shots(browser: Browser, page: Path) -> Iterator[tuple[str, bytes]]:
    """Yield the pictures of a page by name."""
    for width, schemes in WIDTHS.items():
        for scheme in schemes:
            context = browser.new_context(
                offline=True,
                viewport={"width": width, "height": HEIGHT},
                color_scheme="dark" if scheme == "dark" else "light",
            )
            shown = context.new_page()
            shown.goto(page.as_uri())
            yield f"{page.stem}-{width}{'-dark' if scheme == 'dark' else ''}.webp", _taken(shown)
            context.close()


def _taken(page: Page) -> bytes:
    page.wait_for_timeout(300)
    answer = page.context.new_cdp_session(page).send("Page.captureScreenshot", {"format": "webp", "quality": QUALITY})
    return base64.b64decode(answer["data"])


def main() -> None:
    """Take all pages, or those that are named."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        sys.exit("no chromium here; install it (Debian: apt-get install chromium)")
    INTO.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(**launched(found))  # type: ignore[arg-type]
        for name in sys.argv[1:] or PAGES:
            for picture, taken in shots(browser, written(name, Path(folder))):
                (INTO / picture).write_bytes(taken)
                print(f"{INTO.relative_to(ROOT)}/{picture}: {len(taken) / 1024:.0f} KiB")
        browser.close()


if __name__ == "__main__":
    main()
