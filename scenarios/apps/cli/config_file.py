"""The file of `--config`: the settings of a run in TOML, and what to sweep."""

from __future__ import annotations

import contextlib
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from gateway_sim.scenarios.sim.errors import UnknownWord, UsageError

KNOWN: Final = ("seed", "seeds", "settings", "sweep")


@dataclass(frozen=True)
class ConfigFile:
    """What a file says: settings as the words of `--set`, the values of each swept setting, seeds."""

    path: Path | None = None
    settings: Mapping[str, str] = field(default_factory=dict)
    sweep: Mapping[str, str] = field(default_factory=dict)
    seed: int | None = None
    seeds: int | None = None
    lines: Mapping[str, int] = field(default_factory=dict)

    @contextlib.contextmanager
    def named(self, given: Mapping[str, str]) -> Iterator[None]:
        """Put file and line before an error about a setting of the file that `given`, the words of --set, leave."""
        try:
            yield
        except UsageError as error:
            said = str(error)
            for name in {**self.settings, **self.sweep}:
                if name not in given and re.search(rf"\b{re.escape(name)}\b", said):
                    raise UsageError(f"{self.path}, line {self.lines[name]}: {said}") from None
            raise


def read_config(path: Path) -> ConfigFile:
    """Return what a file says. Raises `UsageError` with its name and line."""
    try:
        text = path.read_text(encoding="utf-8")
        told = tomllib.loads(text)
    except OSError as error:
        raise UsageError(f"--config {path}: it cannot be read: {error.strerror or error}") from None
    except UnicodeDecodeError:
        raise UsageError(f"--config {path}: it is no text in UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        place = re.search(r"\(at line (\d+), column (\d+)\)", str(error))
        line = int(place[1]) if place else text.count("\n") + 1
        said = re.sub(r" \(at .*\)$", "", str(error))
        raise UsageError(f"{path}, line {line}: this is no TOML: {said}") from None
    lines = _lines(text)
    for name in told:
        if name not in KNOWN:
            raise UsageError(f"{path}, line {lines.get(name, 1)}: {UnknownWord('entry of a config file', name, KNOWN)}")
    words: dict[str, dict[str, str]] = {"settings": {}, "sweep": {}}
    for table, into in words.items():
        entries = told.get(table, {})
        if not isinstance(entries, dict):
            raise UsageError(
                f"{path}, line {lines.get(table, 1)}: {table} must be a table: write [{table}] above names"
            )
        for name, value in entries.items():
            into[name] = _word(value, f"{path}, line {lines.get(name, 1)}: {name}")
    for name in words["settings"].keys() & words["sweep"].keys():
        raise UsageError(f"{path}, line {lines[name]}: {name} is both set and swept; say it once")
    for name in ("seed", "seeds"):
        value = told.get(name)
        if value is not None and (type(value) is not int or value < (name == "seeds")):
            raise UsageError(f"{path}, line {lines[name]}: {name} is {value!r}; it must be a whole number")
    return ConfigFile(path, words["settings"], words["sweep"], told.get("seed"), told.get("seeds"), lines)


def _word(value: Any, place: str) -> str:
    """Return a value as a word of `--set`; a list as its words with commas between."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float | str):
        return str(value)
    if isinstance(value, list) and value and all(isinstance(one, int | float | str) for one in value):
        return ",".join(_word(one, place) for one in value)
    raise UsageError(f"{place} must be a number, a word, true or false, or a list of these")


def _lines(text: str) -> dict[str, int]:
    """Return the line of each name, and of each table's head."""
    found: dict[str, int] = {}
    for number, line in enumerate(text.splitlines(), 1):
        name = re.match(r"""\s*\[?\s*["']?([\w.-]+)["']?\s*[]=]""", line)
        if name:
            found.setdefault(name[1].rpartition(".")[2], number)
    return found
