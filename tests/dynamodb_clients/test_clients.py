"""Clients that others wrote read late through `gateway-sim dynamodb`, with no code of this project in them.

boto3, PynamoDB and python-dynamodb-lock are in tests/scenarios/apps/cli/test_dynamodb.py.
"""

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.clients

HERE = Path(__file__).parent
NONE, ALL = [False, 0, 0], [True, 1, 1]
AS_AWS = {"stale": NONE, "strong": [0, 255], "refused": "ConditionalCheckFailedException", "fresh": ALL}
"""What a reader prints: it misses, reads strongly, is refused, and sees the route when its replica is healed."""

Serve = Callable[..., dict[str, Any]]


def told(*command: str, folder: Path, served: dict[str, Any]) -> object:
    """Run a reader with the variables that the endpoint printed; return the document that it prints."""
    environ = {**os.environ, **served["environ"]}
    ended = subprocess.run(command, cwd=folder, env=environ, capture_output=True, text=True, timeout=120)
    assert ended.returncode == 0, ended.stderr
    return json.loads(ended.stdout)


def test_the_aws_sdk_for_javascript_reads_late(serve: Serve, node: Path) -> None:
    """On Node, before moto."""
    shutil.copy(HERE / "reader.mjs", node)
    assert told("node", "reader.mjs", folder=node, served=serve()) == AS_AWS


def test_it_reads_late_before_dynalite_too(serve: Serve, node: Path, dynalite: str) -> None:
    """The tables, and the copies of the replicas, are in an emulator that others wrote."""
    shutil.copy(HERE / "reader.mjs", node)
    assert told("node", "reader.mjs", folder=node, served=serve("--dynamodb-endpoint", dynalite)) == AS_AWS


def test_aiobotocore_reads_late(serve: Serve, aiobotocore: Path, tmp_path: Path) -> None:
    """With 50 readers at once in its loop."""
    reader = str(HERE / "reader_aiobotocore.py")
    assert told(str(aiobotocore), reader, folder=tmp_path, served=serve()) == AS_AWS
