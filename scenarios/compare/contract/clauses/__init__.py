"""The clauses, one theme a file, found by their type.

How to add one: write a function of a `Trial` under `@required(sentence, why)` or `@proposed(sentence, why)` in the file
of its theme. It returns None if the clause holds, `Missed(saw)`, or `NotApplicable(saw)` where the gateway's own answer
shows that the clause is not about it. A module may also have a list of clauses, one for each leg. Then add the gateway
that misses it to `tests/scenarios/compare/contract/test_clauses.py`, which fails until there is one.

The first line of a module's docstring is the heading of its theme in tables.
"""

import importlib
import pkgutil
from collections.abc import Iterator

from gateway_sim.scenarios.compare.contract.clause import Clause


def sections() -> dict[str, list[Clause]]:
    """Return the clauses of each theme, by its heading."""
    found: dict[str, list[Clause]] = {}
    for info in pkgutil.iter_modules(__path__):
        module = importlib.import_module(f"{__name__}.{info.name}")
        heading = (module.__doc__ or info.name).splitlines()[0].rstrip(".")
        found[heading] = list(_clauses(vars(module).values()))
    return found


def names() -> dict[str, Clause]:
    """Return every clause by its name. Raises ValueError for a name that two have."""
    found: dict[str, Clause] = {}
    for clause in (clause for clauses in sections().values() for clause in clauses):
        if clause.name in found:
            raise ValueError(f"two clauses are called {clause.name}")
        found[clause.name] = clause
    return found


def _clauses(things: object) -> Iterator[Clause]:
    for thing in things if isinstance(things, list | type({}.values())) else ():
        if isinstance(thing, Clause):
            yield thing
        elif isinstance(thing, list):
            yield from _clauses(thing)
