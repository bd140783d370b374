"""The published SDKs that real runs use, as data: what is installed for each, and in which order.

Each has a virtual environment of its own, because they ask for different versions of the same packages. To add one,
write another `SdkEnvironment` below; `gateway-sim sdk install` does the rest.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

Surface = Literal["tinker", "firetitan"]
"""Whose `ServiceClient` a script takes: tinker's own, or the one that fireworks-ai builds upon it."""


@dataclass(frozen=True)
class SdkEnvironment:
    """One SDK: the packages that make it, pinned, and how a driver finds its surface.

    `steps` are the arguments of one `pip install` each. `imports` are modules that must import in a sound environment.
    """

    name: str
    summary: str
    surface: Surface
    packages: Mapping[str, str]
    steps: tuple[tuple[str, ...], ...]
    imports: tuple[str, ...]


_TORCH: Final = ("torch==2.13.0",)
"""First and pinned: what depends on it must not choose a build by itself."""

_BESIDE_FIREWORKS_1_0: Final = (
    "aiohttp==3.14.5", "httpx-aiohttp==0.2.0", "pydantic==2.12.5", "requests==2.34.2",
)  # fmt: skip
"""What fireworks-ai 1.0 imports and tinker does not bring; newer pydantic breaks its models (PROTOCOL)."""

_FIREWORKS_1_2_NEEDS: Final = (
    "aiohttp==3.14.5", "anyio==4.16.0", "certifi", "distro==1.9.0", "httpx[http2]==0.28.1", "httpx-aiohttp==0.2.0",
    "numpy==2.4.6", "opentelemetry-api==1.45.2", "orjson==3.13.0", "protobuf==7.36.2", "pydantic==2.12.5",
    "pyqwest==0.10.0", "requests==2.34.2", "sniffio==1.3.1", "typing-extensions==4.16.0", "zstandard==0.25.0",
)  # fmt: skip
"""The dependencies of fireworks-ai 1.2 by name: it asks for a certifi that some mirrors do not have yet."""

_ALL: Final = (
    SdkEnvironment(
        "tinker-0.38",
        "plain tinker of autumn 2026: protobuf bodies, client/config, get_info cached (t38 in PROTOCOL)",
        "tinker",
        {"tinker": "0.38.0"},
        (_TORCH, ("tinker==0.38.0", "protobuf==7.36.2")),
        ("tinker",),
    ),
    SdkEnvironment(
        "tinker-0.15",
        "fireworks-ai 1.0.0a62 upon tinker 0.15.0: what the seed PR ran on (f10)",
        "firetitan",
        {"tinker": "0.15.0", "fireworks-ai": "1.0.0a62"},
        (_TORCH, ("tinker==0.15.0", *_BESIDE_FIREWORKS_1_0), ("--no-deps", "fireworks-ai==1.0.0a62")),
        ("tinker", "fireworks.training.sdk"),
    ),
    SdkEnvironment(
        "tinker-0.18",
        "fireworks-ai 1.0.0a63 upon tinker 0.18.1: the newest pair on the PR's date (a63)",
        "firetitan",
        {"tinker": "0.18.1", "fireworks-ai": "1.0.0a63"},
        (
            _TORCH,
            ("tinker==0.18.1", "orjson==3.13.0", "protobuf==7.36.2", *_BESIDE_FIREWORKS_1_0),
            ("--no-deps", "fireworks-ai==1.0.0a63"),
        ),
        ("tinker", "fireworks.training.sdk"),
    ),
    SdkEnvironment(
        "fireworks-1.2",
        "fireworks-ai 1.2.30, which carries its own fork of tinker's core (f12)",
        "firetitan",
        {"fireworks-ai": "1.2.30"},
        (_TORCH, _FIREWORKS_1_2_NEEDS, ("--no-deps", "fireworks-ai==1.2.30")),
        ("fireworks.training.sdk.client",),
    ),
)

ENVIRONMENTS: Final[Mapping[str, SdkEnvironment]] = {environment.name: environment for environment in _ALL}
"""The environments that can be asked for by name; the names are those of `client.sdk_profiles`."""
