"""A world as a file for `scenarios/races/`: the story on one screen, in the verbs that all races are told in."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any, Final

from scenarios import races
from scenarios.explore.acts import VERBS
from scenarios.explore.drawn import DrawnWorld
from scenarios.explore.fired import AROUND, LAG, faults_of
from scenarios.explore.given import Search
from scenarios.explore.staged import promises_of
from scenarios.runner import RunResult

WIDTH: Final = 118
PLAIN_IMPORTS: Final = (
    "from scenarios.races import Expected",
    "from scenarios.world.build import Cast, World",
)


def race_file(search: Search, world: DrawnWorld, result: RunResult) -> str:
    """Return the source of a race that plays this world; what it breaks is what `result` broke."""
    reason = result.violations[0]
    reached = [kind for kind in _proofs(world) if result.trace.reached(kind)]
    parts = [
        _docstring(search, world, reason.promise, reason.message),
        _imports(world, reached),
        _world(world, reached),
        _expected(search),
        _play(world),
    ]
    return "\n\n\n".join(["\n\n".join(parts[:3]), *parts[3:]]) + "\n"


def _docstring(search: Search, world: DrawnWorld, promise: str, message: str) -> str:
    who = f"client {search.client} and gateway {search.gateway}"
    if search.policies:
        who += " with " + ", ".join(f"{name}={value}" for name, value in search.policies.items())
    happens = ", ".join(faults_of(world)) or "nothing"
    seen = f"Seed {world.seed} under {world.balance} balancing: {message}".replace("\\", "/").replace('"', "'")
    told = [
        f'"""A drawn world that broke a promise: {promise}.',
        "",
        *_wrapped(f"What goes wrong in it: {happens}. It was found with {who}."),
        *_wrapped(f"{seen}."),
        '"""',
    ]
    return "\n".join(told)


def _wrapped(text: str) -> Iterator[str]:
    line = ""
    for word in text.split():
        if line and len(line) + 1 + len(word) > WIDTH:
            yield line
            line = word
        else:
            line = f"{line} {word}".strip()
    yield line


def _imports(world: DrawnWorld, reached: Sequence[type[Any]]) -> str:
    lines = {*PLAIN_IMPORTS}
    for kind in reached:
        lines.add(f"from {kind.__module__} import {kind.__name__}")
    for act in world.acts:
        lines.update(VERBS[act.verb].imports)
    lines.add(f"from scenarios.world.telling import {'still_training, ' if world.acts else ''}story_over")
    if _own_promises(world):
        lines.update(f"from scenarios.oracles.{p.__name__} import {p.__name__}" for p in promises_of(world))
    if world.race is None:
        lines.add("from scenarios.world.settings import Settings")
    else:
        lines.add(f"from scenarios.races import {_module(world.race)}")
    first = ["import asyncio", "from dataclasses import replace", ""] if world.race is not None else []
    return "\n".join([*first, *_merged(lines)])


def _merged(lines: set[str]) -> list[str]:
    """Return the imports in order, one line a module."""
    of: dict[str, set[str]] = {}
    for line in lines:
        module, _, names = line.removeprefix("from ").partition(" import ")
        of.setdefault(module, set()).update(names.split(", "))
    return [f"from {module} import {', '.join(sorted(of[module], key=_isort))}" for module in sorted(of)]


def _isort(name: str) -> tuple[bool, str]:
    """Classes come before functions."""
    return (not name[0].isupper(), name)


def _world(world: DrawnWorld, reached: Sequence[type[Any]]) -> str:
    changes = [f"{name}={_value(value)}" for name, value in world.changes().items()]
    kinds = ", ".join(sorted(kind.__name__ for kind in reached))
    lines = ['origin = "gateway-sim explore"']
    promises = ["promises = [", *(f"    {promise.__name__}," for promise in promises_of(world)), "]"]
    if world.race is None:
        lines += [_call("settings = Settings", changes), *promises]
    else:
        told = _module(world.race)
        lines += [_call("settings = replace", [f"{told}.settings", *changes])]
        lines += promises if _own_promises(world) else [f"promises = {told}.promises"]
        kinds = ", ".join(part for part in (f"*{told}.must_reach", kinds) if part)
    return "\n".join([*lines, f"must_reach = [{kinds}]"])


def _own_promises(world: DrawnWorld) -> bool:
    """Say whether the world is held to other promises than its race names."""
    return world.race is None or list(promises_of(world)) != list(races.load(world.race).promises)


def _value(value: object) -> str:
    return json.dumps(value) if isinstance(value, str) else repr(value)


def _call(name: str, arguments: list[str]) -> str:
    """Return a call on one line, or with each argument on its own where that is too long."""
    line = f"{name}({', '.join(arguments)})"
    return line if len(line) <= WIDTH else "\n".join([f"{name}(", *(f"    {one}," for one in arguments), ")"])


def _expected(search: Search) -> str:
    return f'''def expected(cast: Cast) -> Expected:
    """Say what is known: it broke under the pair that it was found with, and nobody has measured the others."""
    found = (cast.client.name, cast.gateway.name) == ({_value(search.client)}, {_value(search.gateway)})
    return "broken" if found else "either"'''


def _play(world: DrawnWorld) -> str:
    lines = ["async def play(world: World) -> None:"]
    if world.race is None:
        lines += ['    """Start the job and train; what happens meanwhile happens in this order."""']
        lines += ["    await world.start_job()", "    story = world.start_training()"]
    else:
        lines += ['    """Tell the race\'s own story; what happens beside it happens in this order."""']
        lines += [f"    story = asyncio.ensure_future({_module(world.race)}.play(world))"]
    for act in world.acts:
        figures = {name: getattr(act, name) for name in ("for_s", "by_s", "route")}
        line = VERBS[act.verb].line.format(**figures).replace("'", '"')
        lines += [f"    if await still_training(world, step={act.after_step}, for_s={act.delay_s}):", f"        {line}"]
    return "\n".join([*lines, "    await story_over(world, story)"])


def _proofs(world: DrawnWorld) -> list[type[Any]]:
    """Return the events that show that what goes wrong in the world did, but for those that its race asks for."""
    known = races.load(world.race).must_reach if world.race else ()
    kinds = [VERBS[act.verb].proof for act in world.acts] + [AROUND[LAG]] * (LAG in faults_of(world))
    return [kind for kind in dict.fromkeys(kinds) if kind not in known]


def _module(race: str) -> str:
    return race.replace("-", "_")
