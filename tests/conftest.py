"""A real browser for the pages: Debian's chromium, headless, without background requests."""

import gc
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

# httpx imports it with its first request. If that happens in a test that runs pytest in this process, pytest's own
# fixture forgets the module afterwards, and httpx no longer knows its errors
import httpcore  # noqa: F401
import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from gateway_sim.scenarios.sim.garbage import GARBAGE
from tests.pictures import NAMES, launched

# a helper's failed assertion says what it compared, as a test's does
HERE = Path(__file__).parent
pytest.register_assert_rewrite(
    *{f"tests.{path.stem}" for path in HERE.iterdir()} - sys.modules.keys() - {"tests.conftest"}
)

HOW = "no chromium here; install it (Debian: apt-get install chromium), and these tests run too"
PATIENT_MS = 120_000
"""How long a page may take to show what a test expects: a busy machine plays a live run in tens of seconds."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Start the browser for a file's tests. Where `GATEWAY_SIM_CI` is set, a missing one is a failure."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        if os.environ.get("GATEWAY_SIM_CI"):
            pytest.fail(HOW)
        pytest.skip(HOW)
    expect.set_options(timeout=PATIENT_MS)
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(**launched(found))  # type: ignore[arg-type]
        yield started
        started.close()


def pytest_configure() -> None:
    """Collect no garbage while tests are imported: almost nothing is garbage, and the search is a third of the time."""
    gc.disable()


def pytest_collection_finish() -> None:
    """Look for garbage less often, and not among what pytest itself holds: tests of worlds make a lot of objects."""
    gc.enable()
    GARBAGE.hold()
