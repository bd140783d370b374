"""Parts: what `--part PORT=NAME` puts into a story in place of this project's own, one a file.

How to add one: write `parts/<name>.py`, here or in a folder of your own, with

* a docstring whose first line says what it is,
* `port`: the port that it fills, a name of `orchestration/ports/`,
* `make(sandbox, ...)`: returns the part, called as the port's file says,
* `needs` and `extra`, if it uses a library of an extra: the library's import name, and the extra.

A function or class anywhere else is named by its place: `--part registry=acme.models:make`.
"""

import contextlib
import functools
import importlib.util
import os
import sys
from collections.abc import Iterator, Mapping, Sequence

from gateway_sim.scenarios.orchestration import ports
from gateway_sim.scenarios.orchestration.workloads.sandbox import Make, Sandbox, SandboxSettings
from gateway_sim.scenarios.sim import clock, registry
from gateway_sim.scenarios.sim.errors import GatewaySimError, UsageError, alone, check
from gateway_sim.scenarios.sim.seeds import Seeds
from gateway_sim.scenarios.sim.trace import Trace


class PartRefused(UsageError):
    """A part that cannot be put into a story; the message names it and what it lacks."""


class PartFailed(GatewaySimError):
    """A story was not played to its end with a part of the user's; the message names the part and its error."""


@contextlib.contextmanager
def named(story: str, parts: Mapping[str, str]) -> Iterator[None]:
    """Name the parts of a story whose play ends with an error. Raises `PartFailed`."""
    try:
        yield
    except GatewaySimError:
        raise
    except (Exception, SystemExit) as raised:
        if not parts:
            raise
        error = alone(raised)
        words = ", ".join(f"--part {port}={word}" for port, word in parts.items())
        clauses = " and ".join(f"gateway-sim contract {port} --part {word}" for port, word in parts.items())
        told = f"{words}: {story} ended with {type(error).__name__}: {error}"
        raise PartFailed(f"{told}; see which clauses are missed: {clauses}") from error


def names(port: str) -> list[str]:
    """Return the names of the parts of a port."""
    return [name for name in registry.names(__name__) if registry.written(__name__, name).get("port") == port]


def put_into(story: str, takes: Sequence[str], parts: Mapping[str, str]) -> dict[str, Make]:
    """Return what makes each part of a story, by port.

    Raises `PartRefused` for a port that the story does not put under test, and what `checked` raises.
    """
    for port in parts:
        check("port", port, ports.names())
        if port not in takes:
            there_are = f"it takes {', '.join(takes)}" if takes else "it takes no part of yours"
            raise PartRefused(f"--part {port}={parts[port]}: {story} does not put a {port} under test; {there_are}")
    return {port: checked(port, word) for port, word in parts.items()}


@functools.cache
def checked(port: str, word: str) -> Make:
    """Return what makes a part, after making one in a sandbox of its own.

    Raises `UnknownWord` for a name that is not there, and `PartRefused` for what cannot be imported, called or used.
    """
    make = _by_place(port, word) if ":" in word else _by_name(port, word)
    clock.run(_tried(port, word, make))
    return make


async def _tried(port: str, word: str, make: Make) -> None:
    """Make a part once. Raises `PartRefused` where that fails, or where the part lacks methods of the port."""
    sandbox: Sandbox[object] = Sandbox(Seeds(0), Trace(), SandboxSettings())
    async with sandbox:
        try:
            lacks = ports.lacking(port, make, sandbox)
        except UsageError:
            raise
        except (Exception, SystemExit) as error:
            told = f"--part {port}={word} cannot be made: {type(error).__name__}: {error}"
            raise PartRefused(told) from error
    if lacks:
        raise PartRefused(f"--part {port}={word}: what it makes has no {', '.join(lacks)}; docs/parts.md lists them")


def _by_name(port: str, word: str) -> Make:
    """Return the `make` of a named part."""
    name = check(f"part for {port}", word, names(port))
    about = registry.written(__name__, name)
    if (library := about.get("needs")) and importlib.util.find_spec(library) is None:
        raise PartRefused(f"--part {port}={word} needs {library}; run: pip install 'gateway-sim[{about['extra']}]'")
    make: Make = registry.part(registry.load(__name__, name), "make")
    return make


def _by_place(port: str, word: str) -> Make:
    """Return what `package.module:name` names; modules of the working directory are found too."""
    module, _, name = word.partition(":")
    if os.getcwd() not in sys.path:
        sys.path.append(os.getcwd())
    try:
        found = getattr(importlib.import_module(module), name)
    except (Exception, SystemExit) as error:
        raise PartRefused(f"--part {port}={word}: {type(error).__name__}: {error}") from error
    if not callable(found):
        raise PartRefused(f"--part {port}={word} is {found!r}; name a function or a class that makes the part")
    make: Make = found
    return make
