"""Words for versions of the SDKs' packages: what they mean, which are refused, and which version is near which."""

import pytest
from packaging.version import Version

from gateway_sim.scenarios.engines.live.sdks.versions import NoOneVersion, distance, parsed, word_of
from gateway_sim.scenarios.sim.errors import UnknownWord


@pytest.mark.parametrize(
    ("word", "package", "name"),
    [
        ("tinker==0.36.0", "tinker", "tinker==0.36.0"),
        ("tinker==0.36", "tinker", "tinker==0.36.0"),
        ("Tinker == 0.36", "tinker", "tinker==0.36.0"),
        ("fireworks_ai==1.2.0-a89", "fireworks-ai", "fireworks-ai==1.2.0a89"),
        ("fireworks-ai==1.0a2", "fireworks-ai", "fireworks-ai==1.0.0a2"),
        ("tinker==1.0.1.2", "tinker", "tinker==1.0.1.2"),
    ],
)
def test_a_version_has_one_word(word: str, package: str, name: str) -> None:
    """Spellings that pip takes for one version name one environment."""
    asked = parsed(word)
    assert asked is not None
    assert asked[0] == package
    assert word_of(*asked) == name
    assert parsed(name) == asked


@pytest.mark.parametrize(
    "word",
    [
        "tinker>=1",
        "tinker==",
        "tinker==0.36.*",
        "tinker=0.36",
        "tinker===0.36",
        "tinker==1,<2",
        "tinker[x]==1",
        "tinker==1!0.36",
    ],
)
def test_a_word_that_does_not_name_one_version_is_refused(word: str) -> None:
    """The refusal shows how a version is named."""
    with pytest.raises(NoOneVersion, match=r"^tinker.* does not name one version: write tinker==VERSION"):
        parsed(word)


def test_only_the_packages_of_sdks_have_versions() -> None:
    """Another package is refused with the nearest; a name of the list is no version."""
    with pytest.raises(UnknownWord, match="no SDK package is called 'tinkr'; did you mean tinker"):
        parsed("tinkr==1.0")
    with pytest.raises(UnknownWord, match="there are: fireworks-ai, tinker"):
        parsed("torch==2.7")
    assert parsed("tinker-0.38") is None


@pytest.mark.parametrize(
    ("version", "near", "far"),
    [
        ("0.36.0", "0.38.0", "0.18.1"),
        ("0.16.1", "0.15.0", "0.18.1"),
        ("0.18.2", "0.18.1", "0.15.0"),
        ("1.0.0", "0.38.0", "0.15.0"),
        ("1.0.0a64", "1.0.0a63", "1.0.0a62"),
        ("1.0.0a64", "1.0.0a63", "1.2.30"),
        ("1.2.0", "1.2.0a89", "1.2.1"),
    ],
)
def test_which_version_is_nearer(version: str, near: str, far: str) -> None:
    """The first number counts most; a pre-release is nearer to its release than the next release is."""
    assert distance(Version(version), Version(near)) < distance(Version(version), Version(far))
