"""What the package index has of an SDK's package, as far as pip can ask it."""

import subprocess
import sys
from typing import Final

from packaging.version import InvalidVersion, Version

from gateway_sim.scenarios.sim.errors import GatewaySimError

ASKED_WITHIN_S: Final = 60.0


class IndexSilent(GatewaySimError):
    """pip cannot ask the package index; the message says why, in pip's words."""


def versions_of(package: str) -> list[Version]:
    """Return the versions that pip finds for this Python, pre-releases too, newest first. Raises `IndexSilent`."""
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--retries", "1", "--timeout", "10"]
    try:
        asked = subprocess.run(
            [*pip, "index", "versions", "--pre", package], capture_output=True, text=True, timeout=ASKED_WITHIN_S
        )
    except (OSError, subprocess.TimeoutExpired):
        raise IndexSilent(f"the package index gave no versions of {package} within {ASKED_WITHIN_S:g} s") from None
    listed = [line for line in asked.stdout.splitlines() if line.startswith("Available versions:")]
    if asked.returncode or not listed:
        why = (asked.stderr.strip() or "pip listed none").splitlines()[-1].removeprefix("ERROR: ")
        raise IndexSilent(f"the package index gave no versions of {package}: {why}")
    return sorted(_read(listed[0].partition(":")[2].split(",")), reverse=True)


def _read(words: list[str]) -> list[Version]:
    found = []
    for word in words:
        try:
            found.append(Version(word.strip()))
        except InvalidVersion:
            continue
    return found
