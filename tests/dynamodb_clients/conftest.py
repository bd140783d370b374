"""`gateway-sim dynamodb` as a process, and environments with the clients that others wrote."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

JAVASCRIPT = ("@aws-sdk/client-dynamodb@3.1169.0", "dynalite@4.0.0")
"""What npm installs."""
PYTHON = "aiobotocore==3.10.0"
"""What pip installs, in an environment of its own: it accepts another botocore than constraints.txt pins."""


@contextmanager
def running(*command: str, folder: Path) -> Iterator[str]:
    """Give the first line of a program's output; the program is ended with the block."""
    process = subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield process.stdout.readline()
    finally:
        process.terminate()
        process.communicate(timeout=30)


def installed(*command: str, folder: Path) -> None:
    """Run a command that installs; it must end well."""
    ended = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=500)
    assert ended.returncode == 0, f"{command}: {ended.stdout}{ended.stderr}"


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[..., dict[str, Any]]]:
    """Serve an endpoint whose second replica lags by an hour; return its document."""
    with ExitStack() as stack:

        def start(*words: str) -> dict[str, Any]:
            command = (sys.executable, "-m", "gateway_sim", "dynamodb", "--json", "--port", "0", "--lag", "fixed:3600")
            line = stack.enter_context(running(*command, *words, folder=Path.cwd()))
            return dict(json.loads(line))

        yield start


@pytest.fixture(scope="session")
def node(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the AWS SDK for JavaScript and dynalite."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        pytest.skip("node or npm is not installed: install Node.js 20 or newer")
    folder = tmp_path_factory.mktemp("node")
    installed("npm", "install", "--silent", "--no-audit", "--no-fund", *JAVASCRIPT, folder=folder)
    return folder


@pytest.fixture
def dynalite(node: Path) -> Iterator[str]:
    """Run dynalite, which creates and deletes tables at once; return its URL."""
    words = ("--port", "0", "--createTableMs", "0", "--deleteTableMs", "0")
    with running("node", "node_modules/dynalite/cli.js", *words, folder=node) as line:
        yield f"http://127.0.0.1:{line.strip().rpartition(':')[2]}"


@pytest.fixture(scope="session")
def aiobotocore(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the Python of an environment with aiobotocore."""
    folder = tmp_path_factory.mktemp("aiobotocore")
    installed(sys.executable, "-m", "venv", "environment", folder=folder)
    python = folder / "environment" / "bin" / "python"
    installed(str(python), "-m", "pip", "install", "--quiet", PYTHON, folder=folder)
    return python
