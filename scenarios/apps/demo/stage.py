"""The duels of a page's server: one in progress at a time, and the last few, so that a page can show them again."""

from typing import Any, Final

from gateway_sim.scenarios.apps.demo.choices import Pick
from gateway_sim.scenarios.apps.demo.duel import Duel

KEPT: Final = 8
"""Duels that can be shown again: the acts of the presenter mode, and a few more."""


class Stage:
    """The duels by number, oldest first."""

    def __init__(self) -> None:
        self.duels: dict[int, Duel] = {}
        self._begun = 0

    @property
    def playing(self) -> int | None:
        """The number of the duel in progress, or None."""
        return next((number for number, duel in self.duels.items() if not duel.over), None)

    def begin(self, pick: Pick) -> int:
        """Begin a duel and return its number. Raises `UnknownWord` or `SettingsRefused`."""
        duel = Duel(pick)
        self._begun += 1
        self.duels[self._begun] = duel
        for number in list(self.duels)[:-KEPT]:
            del self.duels[number]
        return self._begun

    async def clear(self) -> None:
        """Stop the duel in progress."""
        if self.playing:
            await self.duels[self.playing].stop()

    def document(self) -> dict[str, Any]:
        """Return the number of the duel in progress, and the choice of each, newest first."""
        kept = reversed(self.duels.items())
        return {
            "playing": self.playing,
            "duels": [{"duel": number, "pick": duel.pick.model_dump(), "over": duel.over} for number, duel in kept],
        }
