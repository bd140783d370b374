"""The settings that every scenario of orchestration has: its variant, and the rule that numbers are finite."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from scenarios.sim.errors import SettingsRefused
from scenarios.world.settings import check_settings

VARIANTS = ("broken", "half-fixed", "fixed")
"""As it goes wrong, with the plausible fix that is not enough, and with the one that is."""


@dataclass(frozen=True)
class SandboxSettings:
    """What a scenario may set about itself; `variant` is one of `VARIANTS`."""

    variant: str = "broken"

    def __post_init__(self) -> None:
        """Refuse a variant that is none, and numbers below zero or without end."""
        self.one_of("variant", VARIANTS)
        check_settings(self)

    def above_zero(self, *names: str) -> None:
        """Refuse a zero where any number above it will do. Raises `SettingsRefused`."""
        for name in names:
            if not getattr(self, name) > 0:
                raise SettingsRefused(f"{name} is {getattr(self, name)}; it must be above 0")

    def at_least_one(self, *names: str) -> None:
        """Refuse a zero where there must be something. Raises `SettingsRefused`."""
        for name in names:
            self.at_least(name, 1)

    def at_least(self, name: str, least: float) -> None:
        """Refuse a number below this one. Raises `SettingsRefused`."""
        if getattr(self, name) < least:
            raise SettingsRefused(f"{name} is {getattr(self, name)}; it must be {least:g} or more")

    def one_of(self, name: str, words: Sequence[str]) -> None:
        """Refuse a word that is none of these. Raises `SettingsRefused`."""
        if getattr(self, name) not in words:
            raise SettingsRefused(f"{name} is {getattr(self, name)!r}; it must be one of {', '.join(words)}")
