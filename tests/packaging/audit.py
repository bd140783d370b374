"""`make audit`: the known vulnerabilities of the installed packages, and their licences.

Exit 1 if one is known; where the advisory service cannot be reached, a line says so, and the exit is 0.
"""

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable
from importlib.metadata import Distribution, distributions
from importlib.util import find_spec
from typing import Any

WITHIN_S = 120


def main() -> None:
    """Print both, and end with 1 if a vulnerability is known."""
    asked = asked_of_the_service()
    print(*told_vulnerabilities(asked), sep="\n")
    print(*told_licences(distributions()), sep="\n")
    sys.exit(1 if any(one.get("vulns") for one in asked) else 0)


def asked_of_the_service() -> list[dict[str, Any]]:
    """Return all packages as pip-audit tells them, those with `vulns` that were checked; none where it got no answer.

    Raises `ModuleNotFoundError` without pip-audit.
    """
    if find_spec("pip_audit") is None:
        raise ModuleNotFoundError("pip-audit is not installed; run: pip install 'gateway-sim[audit]'")
    words = [
        sys.executable,
        "-m",
        "pip_audit",
        "--local",
        "--skip-editable",
        "--format",
        "json",
        "--progress-spinner",
        "off",
    ]
    try:
        ended = subprocess.run(words, capture_output=True, text=True, timeout=WITHIN_S)
        told: list[dict[str, Any]] = json.loads(ended.stdout)["dependencies"]
    except (subprocess.TimeoutExpired, ValueError):
        return []
    return told


def told_vulnerabilities(asked: list[dict[str, Any]]) -> list[str]:
    """Return how many packages were checked, and a line for each vulnerability."""
    checked = [one for one in asked if "vulns" in one]
    if not checked:
        return ["audit: the advisory service cannot be reached from here; no package was checked"]
    return [f"audit: {len(checked)} of {len(asked)} packages were checked"] + [
        f"audit: {one['name']} {one['version']}: {vulnerability['id']}, mended in "
        f"{', '.join(vulnerability['fix_versions']) or 'no version yet'}"
        for one in checked
        for vulnerability in one["vulns"]
    ]


def told_licences(installed: Iterable[Distribution]) -> list[str]:
    """Return the licences, and for each the packages that are under it."""
    packages = {one.metadata["Name"]: licence(one) for one in installed}
    counted = Counter(packages.values())
    return [
        f"{name} ({count}): {', '.join(sorted(package for package, its in packages.items() if its == name))}"
        for name, count in sorted(counted.items(), key=lambda pair: (-pair[1], pair[0]))
    ]


def licence(package: Distribution) -> str:
    """Return a package's licence: its SPDX expression, or its classifier, or the first line of its own words."""
    told = package.metadata
    classifiers = [
        one.rpartition(" :: ")[2] for one in told.get_all("Classifier") or () if one.startswith("License ::")
    ]
    own = (told.get("License") or "").strip().split("\n")[0][:60]
    return told.get("License-Expression") or " AND ".join(classifiers) or own or "not stated"


if __name__ == "__main__":
    main()
