"""The real SDKs: their versions, and the environments in which they are installed. The laboratory runs without them.

Each SDK has its own virtual environment outside the package, because their pins conflict. To add an SDK, add a
`SdkEnvironment` below, measure it (`gateway-sim conformance`), and give it a profile in `client/sdk/profiles.py`.
"""

import contextlib
import importlib.metadata
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from gateway_sim.scenarios.sim.errors import UsageError


@dataclass(frozen=True)
class SdkEnvironment:
    """One SDK as pip installs it: first `with_dependencies`, then `alone` without their dependencies.

    `kind` is the API that the SDK's users train through; the environment works if it can import `checks`.
    """

    name: str
    kind: Literal["tinker", "fireworks"]
    with_dependencies: tuple[str, ...]
    alone: tuple[str, ...] = ()
    checks: str = "tinker"

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
"""The SDKs that were measured (docs/reference/protocol.md), by name."""


class SdkUnavailable(UsageError):
    """An SDK is not installed, or its environment is broken; the message names the command that repairs it."""


def home() -> Path:
    """Return the folder of all environments: $GATEWAY_SIM_SDKS, or a folder in the user's cache."""
    named = os.environ.get("GATEWAY_SIM_SDKS")
    return Path(named) if named else Path.home() / ".cache" / "gateway-sim" / "sdks"


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


def require(name: str) -> SdkEnvironment:
    """Return an SDK's environment if it works. Raises `SdkUnavailable`."""
    environment = SDKS[name]
    match state_of(environment):
        case "absent":
            raise SdkUnavailable(f"{name} is not installed; run: gateway-sim sdk install {name}")
        case "broken":
            raise SdkUnavailable(
                f"the environment of {name} in {environment.folder} is broken; "
                f"run: gateway-sim sdk install --rebuild {name}"
            )
    return environment


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
