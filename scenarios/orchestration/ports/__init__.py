"""Ports: what a story asks of the part that it puts under test, one a file.

How to add one: write `ports/<name>.py` with

* a docstring that says what the part is, and how `make` is called,
* `protocol`: a `typing.Protocol` with exactly the calls that stories make,
* `made(sandbox, ...)`: the part of this run, which is the user's if `sandbox.parts` has one, or else this project's,
* `own(sandbox, ...)`: makes this project's, called as a user's `make`,
* `probe(make, sandbox)`: a part made with words of no story, to see whether it has the protocol's methods.

A story names its ports in `parts`. The contract of a port is in `scenarios/compare/port_contract/`.
"""

from inspect import isasyncgenfunction, iscoroutinefunction
from types import ModuleType
from typing import Any

from gateway_sim.scenarios.orchestration.workloads.sandbox import Make, Sandbox
from gateway_sim.scenarios.sim import registry as folders


def names() -> list[str]:
    """Return the names of all ports, in alphabetical order."""
    return folders.names(__name__)


def module(name: str) -> ModuleType:
    """Return the file of a port; it must be one of `names()`."""
    return folders.load(__name__, name)


def methods(name: str) -> list[str]:
    """Return the names of the methods that a part of this port must have."""
    protocol = module(name).protocol
    return [word for word, thing in vars(protocol).items() if callable(thing) and not word.startswith("_")]


def lacking(name: str, make: Make, sandbox: Sandbox[Any]) -> list[str]:
    """Make a part of this port, and return the methods that it lacks.

    Stories await no method, so an async one counts as lacking.
    """
    part = module(name).probe(make, sandbox)
    found = {word: getattr(part, word, None) for word in methods(name)}
    lacks = [word for word, method in found.items() if not callable(method)]
    waits = [word for word, method in found.items() if iscoroutinefunction(method) or isasyncgenfunction(method)]
    return [*lacks, *(f"{word} without async" for word in waits)]
