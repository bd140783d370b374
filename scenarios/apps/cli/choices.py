"""The names that an option accepts: in the help of a command, and completed by a shell."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields
from typing import Any, Final

import typer
from typer.core import TyperCommand


def _races() -> list[str]:
    from gateway_sim.scenarios import races

    return races.names()


def _races_and_stories() -> list[str]:
    return sorted([*_races(), *_stories()])


def _stories() -> list[str]:
    from gateway_sim.scenarios.orchestration import stories

    return stories.names()


def _clients() -> Iterable[str]:
    from gateway_sim.scenarios.world.policies import client_policies

    return sorted(client_policies())


def _gateways() -> Iterable[str]:
    from gateway_sim.scenarios.run.matrix import NAMED
    from gateway_sim.scenarios.world.policies import gateway_policies

    return sorted({*gateway_policies(), *NAMED})


def _sdks() -> Iterable[str]:
    from gateway_sim.client.sdk.profiles import PROFILES

    return PROFILES


def _balances() -> Iterable[str]:
    from gateway_sim.scenarios.world.policies import BALANCES

    return BALANCES


def _drivers() -> Iterable[str]:
    from gateway_sim.scenarios.world.policies import DRIVERS

    return DRIVERS


def _engines() -> Iterable[str]:
    from gateway_sim.scenarios.world.policies import ENGINES

    return ENGINES


def _kinds_of_files() -> Iterable[str]:
    from gateway_sim.scenarios.apps.cli.new import KINDS

    return KINDS


def _laws() -> Iterable[str]:
    from gateway_sim.scenarios.world.settings import LAWS

    return LAWS


def _faults() -> Mapping[str, type[Any]]:
    from gateway_sim.scenarios.sim import registry
    from gateway_sim.scenarios.sim.plugins import KINDS

    return registry.classes(KINDS["faults"])


def _mutations() -> Iterable[str]:
    from gateway_sim.scenarios.search import mutations

    return mutations.names()


def _ports() -> Iterable[str]:
    from gateway_sim.scenarios.orchestration import ports

    return ports.names()


def _parts() -> Iterable[str]:
    return [word.partition("=")[2] for word in _parts_of_ports()]


def _parts_of_ports() -> Iterable[str]:
    from gateway_sim.scenarios.orchestration import parts

    return [f"{port}={name}" for port in _ports() for name in parts.names(port)]


def _placements() -> Iterable[str]:
    from gateway_sim.scenarios.orchestration.fleets.replay import PLACEMENTS

    return PLACEMENTS


def _documents() -> Iterable[str]:
    from gateway_sim.scenarios.apps.documents import KINDS

    return KINDS


def _names() -> Iterable[str]:
    from gateway_sim.scenarios.apps.cli.catalogue import catalogue

    listed = {entry["name"] for entries in catalogue().values() for entry in entries}
    return sorted({*listed, *_settings()})


def _settings() -> Iterable[str]:
    from gateway_sim.scenarios.apps.cli.setting_names import every_setting

    return {one.name for one in every_setting()}


def _to_set() -> Iterable[str]:
    return [f"{name}=" for name in sorted(_settings())]


def _to_set_of_faults() -> Iterable[str]:
    return [f"{name}=" for name in sorted(_set_by_faults())]


def _to_set_of_fleets() -> Iterable[str]:
    from gateway_sim.scenarios.apps.cli.setting_names import settings_of_fleet

    return [f"{one.name}=" for one in settings_of_fleet()]


def _schedulers() -> Iterable[str]:
    return [word for word in _parts_of_ports() if word.startswith("scheduler=")]


def _set_by_faults() -> Iterable[str]:
    return {field.name for kind in _faults().values() for field in fields(kind)}


LISTED: Final[Mapping[str, Callable[[], Iterable[str]]]] = {"client": _clients, "gateway": _gateways, "sdk": _sdks}
"""The names that help lists, by the parameter of a command; it says of the others where to find theirs."""
COMPLETED: Final[Mapping[str, Callable[[], Iterable[str]]]] = {
    **LISTED, "balance": _balances, "driver": _drivers, "engine": _engines, "kind of file": _kinds_of_files,
    "race": _races, "race or scenario": _races_and_stories, "scenario": _stories,
    "name": _names, "law": _laws, "fault": _faults, "mutation": _mutations, "port": _ports, "part": _parts,
    "PORT=PART": _parts_of_ports, "scheduler=PART": _schedulers, "K=V": _to_set, "K=V of a fault": _to_set_of_faults,
    "K=V of a fleet": _to_set_of_fleets, "placement": _placements, "document": _documents,
}  # fmt: skip


def completed(kind: str) -> Callable[[str], list[str]]:
    """Return the completion of a word: the names of a kind that begin as it does. They are looked up when asked for."""

    def names(incomplete: str) -> list[str]:
        return [name for name in COMPLETED[kind]() if name.startswith(incomplete)]

    return names


class Listing(TyperCommand):
    """A command that knows names: its help lists those that an option accepts, also those of `--plugins`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read the words. An unknown option with the name of a setting is refused with the words that set it."""
        try:
            return super().parse_args(ctx, args)
        except Exception as error:
            option = getattr(error, "option_name", None) or ""
            name = option.lstrip("-").replace("-", "_")
            if not any("--set" in parameter.opts for parameter in self.params):
                raise
            if name not in {*_settings(), *_set_by_faults()}:
                raise
            raise typer.BadParameter(f"{option} is a setting; write --set {name}=VALUE", ctx) from error

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Write the help."""
        for parameter in self.params:
            find = LISTED.get(parameter.name or "")
            said = getattr(parameter, "help", None)
            if find and said and " One of: " not in said:
                parameter.help = f"{said} One of: {', '.join(find())}."  # type: ignore[attr-defined]
        super().format_help(ctx, formatter)
