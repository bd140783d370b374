"""A replay file: one world, its pairing, and the verdict and digest that it must have again."""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from gateway_sim.scenarios.run.result import RaceResult
from gateway_sim.scenarios.search.explore.generated_case import GeneratedCase
from gateway_sim.scenarios.search.explore.search_config import SearchConfig
from gateway_sim.scenarios.sim.errors import UsageError
from gateway_sim.scenarios.sim.renamed import current

KIND: Final = "gateway-sim replay"
VERSION: Final = 1
LARGEST_BYTES: Final = 16 * 1024 * 1024
"""The bytes of a file that is read; a world has some thousand."""
SCHEMA: Final = f"gateway-sim/replay-file/{VERSION}"


class ReplayRefused(UsageError):
    """A file that cannot be played again; the message names the file and what is wrong with it."""


@dataclass(frozen=True)
class Replay:
    """A world, its pairing, and its outcome: the verdict, the broken promise, the digest."""

    search: SearchConfig
    world: GeneratedCase
    verdict: str
    promise: str | None
    digest: str

    def agrees(self, result: RaceResult) -> bool:
        """Return whether a run has the same verdict and digest."""
        return (result.verdict, result.digest) == (self.verdict, self.digest)


def replay_of(search: SearchConfig, world: GeneratedCase, result: RaceResult) -> Replay:
    """Return the replay of a played world; of the search only the pairing: the world holds the rest."""
    who = replace(search, race=world.race, balance=world.balance, settings=search.policies)
    promise = result.violations[0].promise if result.violations else None
    return Replay(who, world, result.verdict, promise, result.digest or "")


def write_replay(path: Path, replay: Replay) -> None:
    """Write the file, with a checksum over all of it."""
    said: dict[str, Any] = {
        "schema": SCHEMA,
        "kind": KIND,
        "version": VERSION,
        "players": {
            "client": replay.search.client,
            "gateway": replay.search.gateway,
            "sdk": replay.search.sdk,
            "settings": dict(replay.search.settings),
            "driver": replay.search.driver,
        },
        "world": replay.world.document(),
        "expected": {"verdict": replay.verdict, "promise": replay.promise, "digest": replay.digest},
    }
    path.write_text(json.dumps({**said, "checksum": _checksum(said)}, indent=2) + "\n")


def read_replay(path: Path) -> Replay:
    """Return the replay of a file.

    Raises `ReplayRefused` for one that is cut short, edited, of another version or no replay at all, and
    `UnknownWord` or `SettingsRefused` for words that this version does not know.
    """
    document = _read(path)
    if document.get("version") != VERSION:
        raise ReplayRefused(
            f"{path} is of version {document.get('version')}, and this gateway-sim plays version {VERSION}; "
            "play it with the release that wrote it"
        )
    said = {name: value for name, value in document.items() if name != "checksum"}
    if document.get("checksum") != _checksum(said):
        raise ReplayRefused(f"{path} was edited after it was written: its checksum does not fit; explore the seed anew")
    players, world, expected = document["players"], GeneratedCase.read(document["world"]), document["expected"]
    search = SearchConfig(
        world.race, players["client"], players["gateway"], players["sdk"], world.balance, players["settings"],
        players.get("driver", "client"),
    )  # fmt: skip
    search.pairing(world.balance)
    promise = expected["promise"] and current("promise", expected["promise"])
    return Replay(search, world, expected["verdict"], promise, expected["digest"])


def _read(path: Path) -> dict[str, Any]:
    """Return the file's document. Raises `ReplayRefused`, whose message says if the file was cut short."""
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_BYTES + 1)
        if len(content) > LARGEST_BYTES:
            raise ReplayRefused(f"{path} is no replay file of gateway-sim: it is larger than {LARGEST_BYTES:,} bytes")
        text = content.decode()
    except OSError as error:
        raise ReplayRefused(f"{path} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise ReplayRefused(f"{path} is no replay file of gateway-sim: it is not text") from None
    try:
        document = json.loads(text)
    except json.JSONDecodeError:
        if _ends_within(text):
            raise ReplayRefused(f"{path} is cut short: it ends after {len(text)} characters, in the middle") from None
        if not text.strip():
            raise ReplayRefused(f"{path} is cut short: it is empty") from None
        raise ReplayRefused(f"{path} was edited after it was written, or is no replay file: it is not JSON") from None
    except (RecursionError, ValueError):
        raise ReplayRefused(
            f"{path} is no replay file of gateway-sim: its JSON is too deep, or has a giant number"
        ) from None
    if not isinstance(document, dict) or document.get("kind") != KIND:
        raise ReplayRefused(f"{path} is no replay file of gateway-sim: its kind is not {KIND!r}")
    return document


def _ends_within(text: str) -> bool:
    """Return whether a text begins as a JSON object and ends before it is closed."""
    outside = re.sub(r'"(?:[^"\\]|\\.)*"?', "", text, flags=re.DOTALL)
    return text.lstrip().startswith("{") and outside.count("{") > outside.count("}")


def _checksum(said: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()
