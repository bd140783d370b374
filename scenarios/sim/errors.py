"""Errors that a person can act on: each message says what happened, to which thing, and what to do."""

import difflib
from collections.abc import Iterable

from scenarios.sim.renamed import current


class GatewaySimError(Exception):
    """Base of the laboratory's own errors; the message is meant for a person as it stands."""


class UsageError(GatewaySimError, ValueError):
    """The words of a call, or a file that they name, are off; a command that meets it exits with 2."""


class UnknownWord(UsageError):
    """A word that names nothing; the message offers the nearest that does."""

    def __init__(self, kind: str, word: str, known: Iterable[str]) -> None:
        names = sorted(known)
        near = difflib.get_close_matches(word, names, n=1, cutoff=0.55)
        hint = f"did you mean {near[0]}?" if near else f"there are: {', '.join(names) or 'none'}"
        super().__init__(f"no {kind} is called {word!r}; {hint}")


class SettingsRefused(UsageError):
    """A setting, or a combination of settings, that has no meaning."""


def check(kind: str, word: str, known: Iterable[str]) -> str:
    """Return `word`, or its new name if it was renamed. Raises `UnknownWord` if neither is known."""
    names = list(known)
    word = current(kind, word, names)
    if word not in names:
        raise UnknownWord(kind, word, names)
    return word
