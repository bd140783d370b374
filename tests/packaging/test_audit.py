"""What the audit says of vulnerabilities and of licences."""

from importlib.metadata import PathDistribution
from pathlib import Path

from tests.packaging.audit import licence, told_licences, told_vulnerabilities


def test_a_service_that_cannot_be_reached_is_said_and_is_no_good_news() -> None:
    """A package that the service does not know was not checked."""
    unknown = {"name": "b", "skip_reason": "not found"}
    assert "cannot be reached" in told_vulnerabilities([])[0]
    assert "cannot be reached" in told_vulnerabilities([unknown])[0]
    sound = {"name": "c", "version": "1", "vulns": []}
    assert told_vulnerabilities([sound, unknown]) == ["audit: 1 of 2 packages were checked"]
    found = {"name": "a", "version": "1", "vulns": [{"id": "PYSEC-1", "fix_versions": ["2"]}]}
    assert told_vulnerabilities([found])[1:] == ["audit: a 1: PYSEC-1, mended in 2"]


def package(folder: Path, name: str, *lines: str) -> PathDistribution:
    """Make what an installation leaves of a package."""
    place = folder / f"{name}-1.dist-info"
    place.mkdir()
    (place / "METADATA").write_text("\n".join(("Metadata-Version: 2.4", f"Name: {name}", "Version: 1", *lines)))
    return PathDistribution(place)


def test_a_licence_is_read_where_the_package_states_it(tmp_path: Path) -> None:
    """Newer packages in an expression, older ones in a classifier or in words."""
    new = package(tmp_path, "new", "License-Expression: MIT")
    old = package(tmp_path, "old", "Classifier: License :: OSI Approved :: MIT License", "License: see file")
    worded = package(tmp_path, "worded", "License: MIT")
    mute = package(tmp_path, "mute")
    assert [licence(one) for one in (new, old, worded, mute)] == ["MIT", "MIT License", "MIT", "not stated"]
    assert told_licences([new, worded, mute]) == ["MIT (2): new, worded", "not stated (1): mute"]
