"""The demo as a person starts it: a process of its own, ended by a signal."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator

import httpx
import pytest

from tests.scenarios.documents import unlike

DEMO = [sys.executable, "-m", "gateway_sim", "demo", "--port", "0", "--seeds", "1", "--json"]


@pytest.fixture(scope="module")
def page_url() -> Iterator[str]:
    """Serve the demo; a termination ends it well, whatever is being played, and its port is free again."""
    process = subprocess.Popen(DEMO, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        told = process.stdout.readline()
        assert unlike(told) == []
        url = json.loads(told)["page"]
        yield url
        process.send_signal(signal.SIGTERM)
        _, said = process.communicate(timeout=30)
    finally:
        process.kill()
        process.communicate()
    assert (process.returncode, said.strip()) == (0, "stopped; nothing was left running")
    with pytest.raises(httpx.ConnectError):
        httpx.get(url)
