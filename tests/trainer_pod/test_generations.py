"""A generation of SDKs is known by the version that opens a session."""

import pytest

from gateway_sim.trainer_pod.generations import is_newer, run_of


@pytest.mark.parametrize(
    ("version", "newer"),
    [
        ("0.15.0", False),
        ("0.23.0", False),
        ("0.24.0", True),
        ("0.38.0", True),
        ("1.0", True),
        (None, False),
        ("x", False),
    ],
)
def test_plain_tinker_is_newer_from_0_24_on(version: str | None, newer: bool) -> None:
    """fireworks-ai reports 0.23 at most; an unknown version is an older one."""
    assert is_newer(version) is newer
    assert run_of("session-1-1:train:0", 0, version) == ("session-1-1:train:0" if newer else "")
    assert run_of("session-1-1:train:1", 1, version) == "session-1-1:train:1"
