"""The real SDKs: their versions, and the environments in which they are installed. The laboratory runs without them.

Each SDK has its own virtual environment outside the package, because their pins conflict. To add an SDK, add a
`SdkEnvironment` below, measure it (`gateway-sim conformance`), and give it a profile in `client/sdk/profiles.py`.
A version that is not below is named by its package, `tinker==0.36.0`; once installed, it has the profile of a measured
one, which a file of its environment names.
"""

import contextlib
import importlib.metadata
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Literal

from packaging.version import Version

from gateway_sim.client.sdk.profiles import PROFILES, SdkProfile
from gateway_sim.scenarios.engines.live.sdks.given_profile import PROFILE_FILE, GivenProfile, kept
from gateway_sim.scenarios.engines.live.sdks.versions import PACKAGES, distance, parsed, word_of
from gateway_sim.scenarios.sim.errors import UsageError, check


@dataclass(frozen=True)
class SdkEnvironment:
    """One SDK as pip installs it: first `with_dependencies`, then `alone` without their dependencies.

    `kind` is the API that the SDK's users train through; the environment works if it can import `checks`. `given` is
    the profile of a version that was not measured in full; a measured SDK has one of its own name.
    """

    name: str
    kind: Literal["tinker", "fireworks"]
    with_dependencies: tuple[str, ...]
    alone: tuple[str, ...] = ()
    checks: str = "tinker"
    given: GivenProfile | None = None

    @property
    def versions(self) -> Mapping[str, Version]:
        """The pinned version of each SDK package in it."""
        pins = (pin.split("==") for pin in (*self.with_dependencies, *self.alone) if "==" in pin)
        return {package: Version(version) for package, version in pins if package in PACKAGES}

    @property
    def folder(self) -> Path:
        """The folder of the environment, installed or not."""
        return home() / self.name

    @property
    def python(self) -> Path:
        """The environment's Python interpreter."""
        return self.folder / "bin" / "python"

    @property
    def summary(self) -> str:
        """The pinned packages, as pip names them."""
        return ", ".join([*self.alone, *(p for p in self.with_dependencies if "==" in p)])


WORKED: Final = ".imported"
"""A file of an environment whose SDK was imported; it is as old as that import."""

_FIREWORKS_ASKS_FOR = ("requests", "httpx-aiohttp", "aiohttp", "pydantic<2.13")

_ITS_TINKER: Final = """
import importlib.metadata, subprocess, sys
asked = importlib.metadata.requires("fireworks-ai") or ()
asked = {one.partition(";")[0].strip() for one in asked if one.startswith("tinker=")}
sys.exit(subprocess.run([sys.executable, *sys.argv[1:], *asked]).returncode if asked else 0)
"""
"""Installs the tinker that an installed fireworks-ai asks for in its extras; some ask for none."""

SDKS: Mapping[str, SdkEnvironment] = {
    environment.name: environment
    for environment in (
        SdkEnvironment(
            "tinker-0.15", "fireworks", ("tinker==0.15.0", *_FIREWORKS_ASKS_FOR), ("fireworks-ai==1.0.0a62",),
            "fireworks.training.sdk",
        ),
        SdkEnvironment(
            "tinker-0.18", "fireworks", ("tinker==0.18.1", *_FIREWORKS_ASKS_FOR, "orjson"), ("fireworks-ai==1.0.0a63",),
            "fireworks.training.sdk",
        ),
        SdkEnvironment("tinker-0.38", "tinker", ("tinker==0.38.0",)),
        # requires a certifi newer than that of some mirrors, so its dependencies are listed
        SdkEnvironment(
            "fireworks-1.2", "fireworks",
            ("aiohttp", "anyio<5", "distro", "httpx-aiohttp", "httpx[http2]<1", "sniffio", "certifi", "numpy", "orjson",
             "protobuf<8", "pydantic<2.13", "pyqwest==0.10.0", "requests", "urllib3<3", "zstandard"),
            ("fireworks-ai==1.2.30",), "fireworks.training.sdk",
        ),
    )
}  # fmt: skip
"""The SDKs that were measured (docs/reference/protocol.md), by name. `known_here` has those of this machine too."""


class SdkUnavailable(UsageError):
    """An SDK is not installed, or its environment is broken; the message names the command that repairs it."""


def home() -> Path:
    """Return the folder of all environments: $GATEWAY_SIM_SDKS, or a folder in the user's cache.

    Raises `SdkUnavailable` if the variable names something that is no folder.
    """
    named = os.environ.get("GATEWAY_SIM_SDKS")
    if named and Path(named).exists() and not Path(named).is_dir():
        raise SdkUnavailable(f"GATEWAY_SIM_SDKS is {named}, which is no folder; name a folder, or a path for a new one")
    return Path(named) if named else Path.home() / ".cache" / "gateway-sim" / "sdks"


def known_here() -> dict[str, SdkEnvironment]:
    """Return the measured SDKs, and the other versions that were installed here and given a profile, by name."""
    found = dict(SDKS)
    for file in sorted(home().glob(f"*==*/{PROFILE_FILE}")):
        with contextlib.suppress(UsageError):
            environment = named(file.parent.name)
            if environment.given is not None:
                found[environment.name] = environment
    return found


def named(word: str) -> SdkEnvironment:
    """Return the SDK that a word names: one of `SDKS`, or a version such as "tinker==0.36.0", known here or not.

    A version that was measured is the SDK that pins it. Raises `UnknownWord` or `NoOneVersion`.
    """
    if (asked := parsed(word)) is None:
        return SDKS[check("SDK", word, SDKS)]
    package, version = asked
    measured = [one for one in SDKS.values() if one.versions.get(package) == version]
    return measured[0] if measured else _unmeasured(package, version)


def nearest(package: str, version: Version) -> list[SdkEnvironment]:
    """Return the measured SDKs that have a package, the nearest version first."""
    having = [one for one in SDKS.values() if package in one.versions]
    return sorted(having, key=lambda one: distance(one.versions[package], version))


def _unmeasured(package: str, version: Version) -> SdkEnvironment:
    """Return the environment of another version: tinker alone, fireworks-ai as its nearest measured version has it.

    The tinker in it is the one that this fireworks-ai asks for.
    """
    name = word_of(package, version)
    if package == "tinker":
        environment = SdkEnvironment(name, "tinker", (name,))
    else:
        near = nearest(package, version)[0]
        beside = tuple(one for one in near.with_dependencies if not one.startswith("tinker=="))
        environment = replace(near, name=name, with_dependencies=beside, alone=(name,))
    given = kept(environment.folder)
    return replace(environment, given=given if given is not None and given.profile in PROFILES else None)


def profile_of(word: str) -> SdkProfile:
    """Return the profile of the SDK that a word names. Raises `UnknownWord`, `NoOneVersion` or `SdkUnavailable`."""
    if parsed(word) is None:
        return PROFILES[check("SDK profile", word, PROFILES)]
    environment = named(word)
    if environment.name in PROFILES:
        return PROFILES[environment.name]
    if environment.given is None:
        raise _absent(environment.name)
    return PROFILES[environment.given.profile]


def state_of(environment: SdkEnvironment) -> Literal["installed", "broken", "absent"]:
    """Return the state of an environment: it is installed if its interpreter imports the SDK."""
    if not environment.folder.exists():
        return "absent"
    if _has_worked(environment):
        return "installed"
    try:
        subprocess.run([environment.python, "-c", f"import {environment.checks}"], capture_output=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return "broken"
    with contextlib.suppress(OSError):
        (environment.folder / WORKED).touch()
    return "installed"


def _has_worked(environment: SdkEnvironment) -> bool:
    """Say whether the import worked since the last package came or went: it takes seconds, in each process again."""
    try:
        worked_ns = (environment.folder / WORKED).stat().st_mtime_ns
        packages = environment.folder.glob("lib/python*/site-packages")
        return environment.python.exists() and all(folder.stat().st_mtime_ns <= worked_ns for folder in packages)
    except OSError:
        return False


def require(word: str) -> SdkEnvironment:
    """Return an SDK's environment if it works, and has a profile. Raises `SdkUnavailable`, or as `named` does."""
    environment = named(word)
    name, state = environment.name, state_of(environment)
    if state == "broken":
        raise SdkUnavailable(
            f"the environment of {name} in {environment.folder} is broken; "
            f"run: gateway-sim sdk install --rebuild {name}"
        )
    if state == "absent" or (environment.given is None and name not in SDKS):
        raise _absent(name)
    return environment


def _absent(name: str) -> SdkUnavailable:
    return SdkUnavailable(f"{name} is not installed; run: gateway-sim sdk install {name}")


def torch_here() -> str:
    """Return the version of torch that runs here, for pip: installed first, so that no SDK selects another.

    A build's own suffix, such as `+cpu`, is left out, because an index may name its builds otherwise.
    """
    with contextlib.suppress(importlib.metadata.PackageNotFoundError):
        return f"torch=={importlib.metadata.version('torch').partition('+')[0]}"
    return "torch"


def install_commands(environment: SdkEnvironment) -> Iterator[list[str]]:
    """Yield the commands that create an environment, in order."""
    pip = [str(environment.python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    yield [sys.executable, "-m", "venv", str(environment.folder)]
    yield [*pip, torch_here()]
    yield [*pip, torch_here(), *environment.with_dependencies]
    if environment.alone:
        yield [*pip, "--no-deps", *environment.alone]
        if environment.name not in SDKS:
            yield [str(environment.python), "-c", _ITS_TINKER, *pip[1:], torch_here()]
