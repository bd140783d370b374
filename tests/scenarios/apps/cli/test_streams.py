"""With `--json` stdout has one document and nothing else, whatever a part of the user's prints."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

NOISY = """\
import os, subprocess, sys

print("while it is imported")
at_import = sys.stdout

from gateway_sim.scenarios.orchestration.ports.limit import own


def make(sandbox, **words):
    print("while it is made")
    print("by the stream of its import", file=at_import)
    os.write(1, b"by the descriptor\\n")
    subprocess.run([sys.executable, "-S", "-c", "print('by a process')"], check=True)
    return own(sandbox, **words)
"""
PRINTED = (
    "while it is imported", "while it is made", "by the stream of its import", "by the descriptor", "by a process",
)  # fmt: skip
WORDS = ["run", "backfill-starvation", "--set", "variant=fixed", "--part", "limit=noisy:make"]


@pytest.mark.slow
def test_what_a_part_prints_goes_to_stderr(tmp_path: Path) -> None:
    """In every way of printing: here, where it is made once to be checked, and in both workers."""
    (tmp_path / "noisy.py").write_text(NOISY)
    command = [sys.executable, "-m", "gateway_sim", *WORDS, "--seeds", "2", "--jobs", "2", "--json"]
    ended = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert ended.returncode == 0, ended.stderr
    assert [one["verdict"] for one in json.loads(ended.stdout)["runs"]] == ["kept", "kept"]
    # a worker may be a fork of this process, which has imported it
    assert {words: ended.stderr.count(words) for words in PRINTED[1:]} == dict.fromkeys(PRINTED[1:], 3)
    assert PRINTED[0] in ended.stderr


AFTERWARDS = """
import os
from gateway_sim.scenarios.apps.cli import main

ends = []
for words in (["list", "--json"], ["fleet", "--json", "--seed", "x"]):
    try:
        main(words)
    except SystemExit as end:
        # as long as it is kept, so are the contexts of the command
        ends.append(end)
print("after it", flush=True)
os.write(1, b"and by the descriptor\\n")
"""


def test_stdout_is_as_before_after_the_command() -> None:
    """Also its descriptor, and after a command whose words were refused."""
    ended = subprocess.run([sys.executable, "-c", AFTERWARDS], capture_output=True, text=True, timeout=120, check=True)
    document, *others = ended.stdout.splitlines()
    assert json.loads(document)["schema"].startswith("gateway-sim/list/")
    assert others == ["after it", "and by the descriptor"]
    assert "--seed" in ended.stderr
