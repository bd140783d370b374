"""The laboratory's errors: each message says what is wrong, with what, and what to do."""

import difflib
from collections.abc import Iterable
from typing import Final

from gateway_sim.scenarios.sim.renamed import current

FEW: Final = 4
"""So many names are listed, unless one of them is surely meant."""
MANY: Final = 24
"""More names than these fill a screen."""
SURELY: Final = 0.62
"""How alike a word and a name are that one letter or an ending tells apart."""


class GatewaySimError(Exception):
    """Base of the laboratory's errors; the message can be shown to a user unchanged."""


class UsageError(GatewaySimError, ValueError):
    """An argument, or a file that it names, is wrong; a command exits with 2."""


class UnknownWord(UsageError):
    """An unknown name; the message suggests the nearest known one."""

    def __init__(self, kind: str, word: str, known: Iterable[str]) -> None:
        names = sorted(known)
        super().__init__(f"no {kind} is called {word!r}; {_hint(word, names)}")


def _hint(word: str, names: list[str]) -> str:
    """Return the nearest name if it is one that was probably meant, a short list whole, or where a long one stands."""
    near = difflib.get_close_matches(word, names, n=1, cutoff=0.55)
    if near and (len(names) > FEW or difflib.SequenceMatcher(None, word, near[0]).ratio() >= SURELY):
        return f"did you mean {near[0]}?"
    if len(names) > MANY:
        return f"there are {len(names)}: `gateway-sim list` names them"
    return f"there are: {', '.join(names) or 'none'}"


class SettingsRefused(UsageError):
    """A setting, or a combination of settings, that is invalid."""


def check(kind: str, word: str, known: Iterable[str]) -> str:
    """Return `word`, or its new name if it was renamed. Raises `UnknownWord` if neither is known."""
    names = list(known)
    word = current(kind, word, names)
    if word not in names:
        raise UnknownWord(kind, word, names)
    return word


def alone(error: BaseException) -> BaseException:
    """Return the error that a task group raised alone; any other error as it is."""
    while isinstance(error, BaseExceptionGroup) and len(error.exceptions) == 1:
        (error,) = error.exceptions
    return error
