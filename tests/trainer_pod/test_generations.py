"""A generation of SDKs is known by the version that opens a session."""

import pytest

from gateway_sim.trainer_pod.generations import is_newer, loss_settings, run_of, seeded
from gateway_sim.trainer_pod.protocol import LoraConfig


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


def test_newer_sdks_clip_cispo_more_widely() -> None:
    """As their documentation says; what a request sets itself stands, and no other loss differs."""
    wide = {"clip_low_threshold": 0.0, "clip_high_threshold": 4.0}
    assert loss_settings("cispo", None, "0.24.0") == wide
    assert loss_settings("cispo", {"clip_high_threshold": 2.0}, "0.24.0") == {**wide, "clip_high_threshold": 2.0}
    assert loss_settings("cispo", None, "0.23.0") == loss_settings("ppo", None, "0.24.0") == {}


def test_the_models_of_a_session_begin_differently_and_each_begins_equally_again() -> None:
    """The first, one with a seed of its own, and one without adapters are as they were asked for."""
    lora = LoraConfig(rank=4)
    second, third = (seeded(lora, number).seed for number in (1, 2))
    assert len({None, second, third}) == 3
    # also in another release, with which a run may go on
    assert (second, third) == (3442914461, 2548191767)
    assert seeded(lora, 1).seed == second
    assert seeded(lora, 0) == lora
    for own in (LoraConfig(rank=4, seed=0), LoraConfig(rank=0)):
        assert seeded(own, 1) == own
