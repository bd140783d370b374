"""Making and finding the environments of real SDKs, in a cache folder outside the package."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from scenarios.live.sdk_environments import SdkEnvironment

CHECK_WITHIN_S = 90.0

# Run by the environment's own python: which versions are there, and do the modules import.
_CHECK = """
import importlib, importlib.metadata, json, sys
wanted, modules = json.loads(sys.argv[1])
found = {}
for package in wanted:
    try: found[package] = importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError: found[package] = ""
for module in modules: importlib.import_module(module)
print(json.dumps(found))
"""


class SdkNotInstalled(ValueError):
    """Nobody installed this SDK; the message is the command that does."""

    def __init__(self, name: str) -> None:
        super().__init__(f"the SDK {name} is not installed; install it with: gateway-sim sdk install {name}")


class SdkBroken(ValueError):
    """The environment is there and does not work; the message says why, and the command that rebuilds it."""

    def __init__(self, name: str, folder: Path, why: str) -> None:
        super().__init__(
            f"the environment of {name} is broken ({why}); rebuild it with: gateway-sim sdk install {name} --rebuild"
        )
        self.folder = folder
        self.why = why


class SdkInstallFailed(ValueError):
    """pip or venv refused; the message ends with their last words."""


@dataclass(frozen=True)
class Standing:
    """How an environment stands; `why` tells of a broken one."""

    name: str
    state: Literal["installed", "not installed", "broken"]
    folder: str
    why: str = ""


def sdk_root() -> Path:
    """Return the folder of all environments: $GATEWAY_SIM_SDKS, else one in the user's cache."""
    named = os.environ.get("GATEWAY_SIM_SDKS")
    if named:
        return Path(named)
    cache = os.environ.get("XDG_CACHE_HOME")
    return (Path(cache) if cache else Path.home() / ".cache") / "gateway-sim" / "sdks"


def python_of(environment: SdkEnvironment) -> Path:
    """Return the environment's interpreter. Raises `SdkNotInstalled`, or `SdkBroken` for a folder without one."""
    folder = sdk_root() / environment.name
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    if not folder.is_dir():
        raise SdkNotInstalled(environment.name)
    if not python.exists():
        raise SdkBroken(environment.name, folder, "it has no python")
    return python


async def check(environment: SdkEnvironment) -> None:
    """Raise `SdkNotInstalled` or `SdkBroken` unless the pinned versions are there and import."""
    python, folder = python_of(environment), sdk_root() / environment.name
    question = json.dumps([list(environment.packages), list(environment.imports)])
    try:
        async with asyncio.timeout(CHECK_WITHIN_S):
            status, said, complained = await _run(str(python), "-c", _CHECK, question)
    except TimeoutError:
        raise SdkBroken(environment.name, folder, f"it does not import within {CHECK_WITHIN_S:g} s") from None
    except OSError as error:
        raise SdkBroken(environment.name, folder, f"its python does not start: {error.strerror}") from None
    if status != 0:
        raise SdkBroken(environment.name, folder, _last_line(complained) or f"its python ended with {status}")
    found = json.loads(said)
    for package, version in environment.packages.items():
        if found[package] != version:
            raise SdkBroken(environment.name, folder, f"{package} is {found[package] or 'missing'}, not {version}")


async def standing(environment: SdkEnvironment) -> Standing:
    """Return how an environment stands, without raising."""
    folder = str(sdk_root() / environment.name)
    try:
        await check(environment)
    except SdkNotInstalled:
        return Standing(environment.name, "not installed", folder)
    except SdkBroken as broken:
        return Standing(environment.name, "broken", folder, broken.why)
    return Standing(environment.name, "installed", folder)


async def install(environment: SdkEnvironment, say: Callable[[str], None], *, rebuild: bool = False) -> bool:
    """Make the environment and check it; False when it stood already. Raises `SdkInstallFailed` or `SdkBroken`.

    A build that fails is removed: what stands in the folder was finished once.
    """
    folder = sdk_root() / environment.name
    if not rebuild and (await standing(environment)).state == "installed":
        return False
    if folder.exists():
        say(f"removing what is left of {environment.name}")
        shutil.rmtree(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    try:
        say(f"making {folder}")
        await _step(environment, sys.executable, "-m", "venv", str(folder))
        python = str(python_of(environment))
        for packages in environment.steps:
            say(f"installing {' '.join(word for word in packages if not word.startswith('-'))}")
            await _step(environment, python, "-m", "pip", "install", "--quiet", *packages)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    await check(environment)
    return True


async def _step(environment: SdkEnvironment, *line: str) -> None:
    status, _, complained = await _run(*line)
    if status != 0:
        raise SdkInstallFailed(f"{environment.name} could not be installed: {_last_line(complained)}")


async def _run(*line: str) -> tuple[int, str, str]:
    process = await asyncio.create_subprocess_exec(
        *line, stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        env={**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1"},
    )  # fmt: skip
    try:
        said, complained = await process.communicate()
    except BaseException:
        if process.returncode is None:
            process.kill()
            await process.wait()
        raise
    return process.returncode or 0, said.decode(errors="replace"), complained.decode(errors="replace")


def _last_line(text: str) -> str:
    lines = [line for line in text.strip().splitlines() if line.strip() and not line.startswith("WARNING")]
    return lines[-1].strip()[:300] if lines else ""
