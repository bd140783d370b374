"""A world as a file for `scenarios/races/`: the story on one screen, in the verbs of all races."""

import json
import textwrap
from collections.abc import Sequence
from dataclasses import fields
from functools import partial
from typing import Any, Final

from gateway_sim.scenarios import races
from gateway_sim.scenarios.run.result import RaceResult
from gateway_sim.scenarios.search.explore.acts import VERBS
from gateway_sim.scenarios.search.explore.as_race import SEEDS, AsRace
from gateway_sim.scenarios.search.explore.execute import promises_of
from gateway_sim.scenarios.search.explore.fault_coverage import faults_of
from gateway_sim.scenarios.search.explore.generated_case import GeneratedCase
from gateway_sim.scenarios.search.explore.search_config import SearchConfig

LINE: Final = 120
WIDTH: Final = 118
_wrapped = partial(textwrap.wrap, width=WIDTH, break_long_words=False, break_on_hyphens=False)
PLAIN_IMPORTS: Final = (
    "from gateway_sim.scenarios.races import Expected",
    "from gateway_sim.scenarios.world.builder import Pairing, World",
)


def race_file(search: SearchConfig, world: GeneratedCase, result: RaceResult, race: AsRace) -> str:
    """Return the source of a race that plays this world and breaks what `result` broke."""
    reason = result.violations[0]
    parts = [
        _docstring(search, world, race, reason.promise, reason.message),
        _imports(search, world, race),
        _world(world, race.must_reach),
        _expected(search, world, race),
        _play(world),
    ]
    return "\n\n\n".join(["\n\n".join(parts[:3]), *parts[3:]]) + "\n"


def _docstring(search: SearchConfig, world: GeneratedCase, race: AsRace, promise: str, message: str) -> str:
    who = f"client {search.client} and gateway {search.gateway}"
    if search.policies:
        who += " with " + ", ".join(f"{name}={value}" for name, value in search.policies.items())
    happens = ", ".join(faults_of(world)) or "nothing"
    seen = f"Seed {world.seed} under {world.balance} balancing as {search.sdk}: {message}"
    lines = [
        f'"""A drawn world that broke a promise: {promise}.',
        "",
        *_wrapped(f"Its faults: {happens}. It was found with {who}."),
        *_wrapped(seen.replace("\\", "/").replace('"', "'") + "."),
    ]
    if race.expected == "either":
        lines += _wrapped("Another seed may keep the promise; play this one to see it broken.")
    return "\n".join([*lines, '"""'])


def _imports(search: SearchConfig, world: GeneratedCase, race: AsRace) -> str:
    lines = {*PLAIN_IMPORTS}
    kinds = list(race.must_reach)
    if race.expected == "broken":
        pairing = search.pairing(world.balance)
        kinds += [type(pairing.client), type(pairing.gateway)]
        lines.add("from gateway_sim.client.sdk.profiles import PROFILES")
    lines.update(f"from {kind.__module__} import {kind.__name__}" for kind in kinds)
    for act in world.acts:
        lines.update(VERBS[act.verb].imports)
    lines.add(f"from gateway_sim.scenarios.world.verbs import {'still_training, ' if world.acts else ''}story_over")
    if _own_promises(world):
        lines.update(
            f"from gateway_sim.scenarios.judge.promises.{p.__name__} import {p.__name__}" for p in promises_of(world)
        )
    if world.race is None:
        lines.add("from gateway_sim.scenarios.world.settings import Settings")
    else:
        package, _, module = races.module(world.race).rpartition(".")
        lines.add(f"from {package} import {module}")
    first = ["import asyncio", "from dataclasses import replace", ""] if world.race is not None else []
    return "\n".join([*first, *_merged(lines)])


def _merged(lines: set[str]) -> list[str]:
    """Return the imports in order, one a module."""
    of: dict[str, set[str]] = {}
    for line in lines:
        module, _, names = line.removeprefix("from ").partition(" import ")
        of.setdefault(module, set()).update(names.split(", "))
    # isort puts classes before functions
    return [
        _import(module, sorted(of[module], key=lambda name: (not name[0].isupper(), name))) for module in sorted(of)
    ]


def _import(module: str, names: Sequence[str]) -> str:
    """Return an import on one line, or with each name on its own where that is too long."""
    line = f"from {module} import {', '.join(names)}"
    return line if len(line) <= LINE else "\n".join([f"from {module} import (", *(f"    {n}," for n in names), ")"])


def _world(world: GeneratedCase, reached: Sequence[type[Any]]) -> str:
    changes = [f"{name}={_value(value)}" for name, value in world.changes().items()]
    kinds = ", ".join(sorted(kind.__name__ for kind in reached))
    lines = ['origin = "gateway-sim explore"']
    promises = ["promises = [", *(f"    {promise.__name__}," for promise in promises_of(world)), "]"]
    if world.race is None:
        lines += [_call("settings = Settings", changes), *promises]
    else:
        module = _module(world.race)
        lines += [_call("settings = replace", [f"{module}.settings", *changes])]
        lines += promises if _own_promises(world) else [f"promises = {module}.promises"]
    return "\n".join([*lines, f"must_reach = [{kinds}]"])


def _own_promises(world: GeneratedCase) -> bool:
    """Return whether the world has other promises than its race."""
    return world.race is None or list(promises_of(world)) != list(races.load(world.race).promises)


def _value(value: object) -> str:
    return json.dumps(value) if isinstance(value, str) else repr(value)


def _call(name: str, arguments: list[str], indent: int = 0) -> str:
    """Return a call on one line, or with each argument on its own where that is too long."""
    by = " " * indent
    line = f"{by}{name}({', '.join(arguments)})"
    return line if len(line) <= WIDTH else "\n".join([f"{by}{name}(", *(f"{by}    {a}," for a in arguments), f"{by})"])


def _expected(search: SearchConfig, world: GeneratedCase, race: AsRace) -> str:
    head = "def expected(pairing: Pairing) -> Expected:\n"
    if race.expected == "either":
        return f'{head}    """Expect neither: the verdict depends on the seed."""\n    return "either"'
    pairing = search.pairing(world.balance)
    players = [
        _made(pairing.client),
        _made(pairing.gateway),
        f"PROFILES[{_value(pairing.sdk.name)}]",
        _value(world.balance),
    ]
    found = _call("found = Pairing", players, indent=4)
    return f'''{head}\
    """Expect the verdict that was measured with {SEEDS} seeds of the pair it was found with."""
{found}
    return "broken" if pairing == found else "either"'''


def _made(policy: Any) -> str:
    """Return the call that makes a policy, with the settings that differ from its defaults."""
    changed = [f for f in fields(policy) if f.init and getattr(policy, f.name) != f.default]
    return f"{type(policy).__name__}({', '.join(f'{f.name}={_value(getattr(policy, f.name))}' for f in changed)})"


def _play(world: GeneratedCase) -> str:
    lines = ["async def play(world: World) -> None:"]
    if world.race is None:
        lines += ['    """Start the job and train; the acts happen in this order."""']
        lines += ["    await world.start_job()", "    story = world.start_training()"]
    else:
        lines += ['    """Play the race\'s own story; meanwhile the acts happen in this order."""']
        lines += [f"    story = asyncio.ensure_future({_module(world.race)}.play(world))"]
    for act in world.acts:
        figures = {name: getattr(act, name) for name in ("for_s", "by_s", "route")}
        line = VERBS[act.verb].line.format(**figures).replace("'", '"')
        lines += [f"    if await still_training(world, step={act.after_step}, for_s={act.delay_s}):", f"        {line}"]
    return "\n".join([*lines, "    await story_over(world, story)"])


def _module(race: str) -> str:
    return races.module(race).rpartition(".")[2]
