"""The open choices of a small world, picked by a script, so that an order can be replayed."""

from __future__ import annotations

import random
from collections.abc import Sequence

from gateway_sim.scenarios.sim.errors import UsageError

Order = tuple[int, ...]


class OneDraw(random.Random):
    """Chance with one seed, for waits that are not picked by a script: `choices.drawn` says that it was used."""

    def __init__(self, choices: Choices, seed: str) -> None:
        super().__init__(seed)
        self._choices = choices

    def uniform(self, a: float, b: float) -> float:
        """Draw the length of a wait."""
        self._choices.drawn = self._choices.drawn or a != b
        return super().uniform(a, b)


class OrderRefused(UsageError):
    """An order picks an option that does not exist; the message names the pick."""


class Choices:
    """Picks by a script, and beyond its end the first option. `made` holds (picked, options) of each pick.

    `drawn`: a wait of this play was drawn by chance, and other draws were not played. `cut`: a limit of the world ended
    its lag early. Playing with no script, and then with `following()` of each play until it is None, plays every
    combination once, depth first. The options of a pick may depend on earlier picks.
    """

    def __init__(self, script: Sequence[int] = ()) -> None:
        self.made: list[tuple[int, int]] = []
        self.refused = ""
        self.drawn = False
        self.cut = False
        self._script = script

    def pick(self, options: int) -> int:
        """Return one of 0 to `options` - 1; a single option is no pick. Raises `OrderRefused`."""
        if options < 2:
            return 0
        place = len(self.made)
        picked = self._script[place] if place < len(self._script) else 0
        if not 0 <= picked < options:
            self.refused = f"choice {place + 1} of the order is {picked}; it must be below {options}"
            raise OrderRefused(self.refused)
        self.made.append((picked, options))
        return picked

    @property
    def order(self) -> Order:
        """Return the picks as a script."""
        return tuple(picked for picked, _ in self.made)

    def following(self, *, after: int = 0, upto: int | None = None) -> Order | None:
        """Return the script of the next play, None when this was the last.

        The first `after` picks stay as they are; picks beyond the first `upto` are ignored.
        """
        made = list(self.made[:upto])
        while len(made) > after:
            picked, options = made.pop()
            if picked + 1 < options:
                return (*(before for before, _ in made), picked + 1)
        return None
