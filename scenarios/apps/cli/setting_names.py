"""Every setting of `--set`, read from the records that have them: unit, default, range, and what it means.

A setting's meaning is the sentences of its record's docstring that name it.
"""

import contextlib
import dataclasses
import inspect
import re
import typing
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from gateway_sim.scenarios import races
from gateway_sim.scenarios.orchestration import stories
from gateway_sim.scenarios.orchestration.fleets.settings import FleetSettings
from gateway_sim.scenarios.report.table import Table
from gateway_sim.scenarios.sim.errors import SettingsRefused
from gateway_sim.scenarios.world.policies import client_policies, gateway_policies
from gateway_sim.scenarios.world.setting_words import changed_words, typed_fields
from gateway_sim.scenarios.world.settings import Settings

EVERY_RACE, FLEET = "every race", "fleet"
BESIDE = {
    "sample_s": ["samples=2"], "phase_s": ["clients=2"], "eject_after": ["endpoints=2"],
    "admit_queue": ["admit_per_s=5"], "admit_queue_s": ["admit_per_s=5", "admit_queue=2"],
    "admit_retry_after_s": ["admit_per_s=5"],
}  # fmt: skip
"""Settings of a world that have no effect alone, and are refused alone, with what a line to type sets beside them."""


@dataclass(frozen=True)
class Setting:
    """A setting: `heeded` is what takes it, such as "gateway hold", `example` the options that name that."""

    name: str
    heeded: str
    unit: str
    default: str
    range: str
    meaning: str
    example: str

    def document(self) -> dict[str, str]:
        """Return the setting as an entry of a list of names."""
        words = {"of": self.heeded, "unit": self.unit, "default": self.default, "range": self.range}
        return {"name": self.name, "summary": self.meaning, **words}


def settings() -> list[Setting]:
    """Return the settings of worlds, then those of gateway and client policies."""
    found = [*of_record(Settings(), EVERY_RACE, "gateway-sim run fresh-route")]
    for option, known in (("gateway", gateway_policies()), ("client", client_policies())):
        for name, kind in sorted(known.items()):
            found += of_record(kind(), f"{option} {name}", f"gateway-sim run fresh-route --{option} {name}")
    return found


def every_setting() -> list[Setting]:
    """Return the settings of worlds, policies, scenarios and the replay of a fleet.

    Those of a scenario are missing where it cannot be imported, because a library is not installed.
    """
    found = settings()
    for name in stories.names():
        with contextlib.suppress(ModuleNotFoundError):
            found += settings_of_story(name)
    return [*found, *settings_of_fleet()]


def settings_of_stories() -> list[Setting]:
    """Return the settings of the scenarios of orchestration, whose libraries must be installed."""
    return [one for name in stories.names() for one in settings_of_story(name)]


def settings_of_story(name: str) -> list[Setting]:
    """Return the settings of one scenario."""
    return list(of_record(stories.load(name).settings, f"scenario {name}", f"gateway-sim run {name}"))


def settings_of_fleet() -> list[Setting]:
    """Return the settings of the replay of a fleet."""
    return list(of_record(FleetSettings(), FLEET, "gateway-sim fleet --nodes nodes.csv --jobs jobs.csv"))


def of_record(record: Any, heeded: str, example: str) -> Iterator[Setting]:
    """Yield the settings of a record: of a world, a policy, a scenario or a fault."""
    said = " ".join(text for kind in type(record).__mro__ if (text := inspect.getdoc(kind)) and kind is not object)
    for field, hint in typed_fields(record):
        yield _setting(field, hint, record, said, heeded, example)


def _setting(field: Any, hint: Any, record: Any, said: str, heeded: str, example: str) -> Setting:
    kind = next(k for k in (typing.get_args(hint) or (hint,)) if k is not type(None))
    value = getattr(record, field.name)
    return Setting(
        field.name, heeded, unit(field.name, kind), shown(value), range_of(field, kind), meaning(field.name, said),
        " --set ".join([example, *BESIDE.get(field.name, []), f"{field.name}={shown(_another(field, kind, record))}"]),
    )  # fmt: skip


def unit(name: str, kind: Any) -> str:
    """Return the unit of a setting, which its name and its type say."""
    if kind is bool:
        return "true or false"
    if kind is str:
        return "word"
    if name.endswith("_per_s"):
        return "a second"
    if name.endswith("_s"):
        return "seconds"
    return "HTTP status" if name.endswith("status") else "count" if kind is int else "number"


def range_of(field: Any, kind: Any) -> str:
    """Return what a setting may be; empty for a word without a list."""
    among = field.metadata.get("among") or field.metadata.get("words")
    if among:
        return ", ".join(str(one) or '""' for one in among)
    if kind in (str, bool):
        return ""
    if "above" in field.metadata:
        return f"above {field.metadata['above']:g}"
    least, most, below = (field.metadata.get(word) for word in ("least", "most", "below"))
    end = f" to {most:,}" if most is not None else f" to below {below:g}" if below is not None else " or more"
    return f"{least or 0:g}{end}"


def shown(value: Any) -> str:
    """Return a default in the words of `--set`."""
    if value is None:
        return "none"
    return f"{value:g}" if isinstance(value, float) else str(value).lower() if isinstance(value, bool) else str(value)


def meaning(name: str, text: str) -> str:
    """Return the sentences that name a setting, on one line."""
    sentences = re.split(r"(?<=[.;])\s+(?=[A-Z`])", " ".join(text.split()))
    found = (re.sub(";$", ".", sentence) for sentence in sentences if f"`{name}`" in sentence)
    return " ".join(dict.fromkeys(found))


def table(found: Iterable[Setting]) -> Table:
    """Return the reference of these settings."""
    rows = [(f"`{one.name}`", one.heeded, one.unit, one.default or '""', one.range, one.meaning) for one in found]
    return Table(["setting", "heeded by", "unit", "default", "range", "meaning"], rows)


def changed_by_races() -> dict[str, list[str]]:
    """Return for each setting of a world the races whose world changes it."""
    found: dict[str, list[str]] = {}
    for name in races.names():
        for word in changed_words(races.load(name).settings):
            found.setdefault(word, []).append(name)
    return found


def _another(field: Any, kind: Any, record: Any) -> Any:
    """Return a value that a setting may have beside the record's others: another than its default, if one is known."""
    value = getattr(record, field.name)
    among = [word for word in field.metadata.get("among") or field.metadata.get("words") or () if word != value]
    if among or kind is str:
        return among[-1] if among else value
    if kind is bool:
        return not value
    near = [value * 2, value // 2 if kind is int else value / 2] if value else [kind(1)]
    ends = [kind(field.metadata[end]) for end in ("most", "least") if end in field.metadata]
    for other in (one for one in [*near, *ends] if one not in (0, value)):
        with contextlib.suppress(SettingsRefused):
            if getattr(dataclasses.replace(record, **{field.name: other}), field.name) == other:
                return other
    # alone it is refused; `BESIDE` says what it needs
    return value or kind(1)
