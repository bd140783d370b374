"""The demo as a person starts it: a process of its own, ended by a signal."""

import json
import sys
from collections.abc import Iterator

import httpx
import pytest

from tests.scenarios.apps.serving import serving

DEMO = [sys.executable, "-m", "gateway_sim", "demo", "--port", "0", "--seeds", "1", "--json"]


@pytest.fixture(scope="module")
def page_url() -> Iterator[str]:
    """Serve the demo; a termination ends it well, whatever is being played, and its port is free again."""
    with serving(DEMO) as line:
        url = json.loads(line)["page"]
        yield url
    with pytest.raises(httpx.ConnectError):
        httpx.get(url)
