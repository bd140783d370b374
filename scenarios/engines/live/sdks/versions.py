"""The versions of the SDKs' packages, as words such as `tinker==0.36.0`: which is meant, and how far two are apart."""

import re
from typing import Final

from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from gateway_sim.scenarios.sim.errors import UsageError, check

PACKAGES: Final = ("tinker", "fireworks-ai")
"""The packages that are SDKs, as the package index names them."""

_EACH: Final = 10**6
"""More than any number in a version. It also stands for the number of a pre-release in a version that is none."""


class NoOneVersion(UsageError):
    """The word asks for versions of a package, but does not name exactly one."""


def parsed(word: str) -> tuple[str, Version] | None:
    """Return the package and the version of a word such as "tinker==0.36.0"; None for a name such as "tinker-0.38".

    Raises `NoOneVersion`, or `UnknownWord` for a package that is no SDK.
    """
    if not (sign := re.search(r"[=<>~!@\[;, ]", word)):
        return None
    package = check("SDK package", canonicalize_name(word[: sign.start()].strip()), PACKAGES)
    exact = re.fullmatch(r"\s*==\s*(?P<version>[^=].*)", word[sign.start() :])
    try:
        version = Version(exact["version"] if exact else "")
        if version.epoch:
            raise InvalidVersion
        return package, version
    except InvalidVersion:
        raise NoOneVersion(
            f"{word} does not name one version: write {package}==VERSION; `gateway-sim sdk list` shows the versions"
        ) from None


def word_of(package: str, version: Version) -> str:
    """Return the word of a version, which is the same for 0.36 and 0.36.0."""
    release = ".".join(map(str, (*version.release, 0, 0)[: max(3, len(version.release))]))
    return f"{package}=={str(version).replace(version.base_version, release, 1)}"


def distance(one: Version, other: Version) -> int:
    """Return how far two versions are apart: by the first numbers that differ, and pre-releases by their own number."""
    return abs(_position(one) - _position(other))


def _position(version: Version) -> int:
    """Return the position of a version on a line."""
    position = 0
    for number in (*(*version.release, 0, 0, 0)[:3], version.pre[1] if version.pre else _EACH - 1):
        position = position * _EACH + number
    return position
