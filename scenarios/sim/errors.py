"""The laboratory's errors: each message says what is wrong, with what, and what to do."""

import difflib
from collections.abc import Iterable

from gateway_sim.scenarios.sim.renamed import current


class GatewaySimError(Exception):
    """Base of the laboratory's errors; the message can be shown to a user unchanged."""


class UsageError(GatewaySimError, ValueError):
    """An argument, or a file that it names, is wrong; a command exits with 2."""


class UnknownWord(UsageError):
    """An unknown name; the message suggests the nearest known one."""

    def __init__(self, kind: str, word: str, known: Iterable[str]) -> None:
        names = sorted(known)
        near = difflib.get_close_matches(word, names, n=1, cutoff=0.55)
        hint = f"did you mean {near[0]}?" if near else f"there are: {', '.join(names) or 'none'}"
        super().__init__(f"no {kind} is called {word!r}; {hint}")


class SettingsRefused(UsageError):
    """A setting, or a combination of settings, that is invalid."""


def check(kind: str, word: str, known: Iterable[str]) -> str:
    """Return `word`, or its new name if it was renamed. Raises `UnknownWord` if neither is known."""
    names = list(known)
    word = current(kind, word, names)
    if word not in names:
        raise UnknownWord(kind, word, names)
    return word
