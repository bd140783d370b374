"""The explanations of names, from the docstrings, settings and citations that the list of names is made of."""

import dataclasses
import inspect
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from gateway_sim.client.sdk.profiles import PROFILES
from gateway_sim.scenarios import races
from gateway_sim.scenarios.apps.cli.catalogue import PARTS, PORTS, STORIES, catalogue
from gateway_sim.scenarios.apps.cli.setting_names import (
    EVERY_RACE,
    FLEET,
    Setting,
    changed_by_races,
    every_setting,
    of_record,
    settings,
    settings_of_story,
    shown,
)
from gateway_sim.scenarios.engines.live.sdks.environments import SDKS, named, nearest
from gateway_sim.scenarios.engines.live.sdks.versions import parsed
from gateway_sim.scenarios.judge.anomalies import anomalies
from gateway_sim.scenarios.orchestration import stories
from gateway_sim.scenarios.run.matrix import NAMED, NamedGateway
from gateway_sim.scenarios.search import mutations
from gateway_sim.scenarios.sim import registry
from gateway_sim.scenarios.sim.errors import UsageError, check
from gateway_sim.scenarios.sim.plugins import KINDS, OURS
from gateway_sim.scenarios.sim.renamed import RENAMED
from gateway_sim.scenarios.world.policies import client_policies, gateway_policies
from gateway_sim.scenarios.world.setting_words import changed_words

KIND_OF: Final = {
    "races": "a race", "orchestration": "a scenario of orchestration", "ports": "a port of scenarios",
    "parts": "a part for --part", "clients": "a client policy",
    "gateways": "a gateway policy", "sdks": "an SDK", "faults": "a fault", "promises": "a promise",
    "mutations": "a part broken on purpose", "anomalies": "an anomaly", "verdicts": "a verdict",
    "settings": "a setting",
}  # fmt: skip
FOR_EXAMPLE: Final = {"route": "forward_backward"}
"""Values of the words that a fault requires; its numbers are seconds."""
CITED: Final = re.compile(r"docs/[\w/-]+\.md(?: §\d+(?:\.\d+)*)?")
PROMISES: Final = (KINDS["promises"], "gateway_sim.scenarios.orchestration.promises")


@dataclass(frozen=True)
class Explanation:
    """What a name means as one kind of thing; `pages` are those of the repository that say more."""

    name: str
    kind: str
    summary: str
    why: str
    settings: Sequence[Setting]
    example: str
    pages: Sequence[str]

    def document(self) -> dict[str, Any]:
        """Return the explanation as plain JSON values."""
        return {**dataclasses.asdict(self), "settings": [one.document() for one in self.settings]}


def explanations(word: str) -> list[Explanation]:
    """Return what a name means, once for each kind of thing that has it. Raises `UnknownWord`.

    A promise may be written as in a verdict, with spaces, a setting with the value that `--set` gives it, and a gateway
    policy as in the tables, with a plus sign for its settings there.
    """
    if word in NAMED and word not in gateway_policies():
        return [_with_settings(NAMED[word])]
    if "==" in word:
        word = _measured(word)
    shelves = catalogue()
    to_set = every_setting()
    listed = {entry["name"] for entries in shelves.values() for entry in entries}
    name = _name(word, listed | {one.name for one in to_set})
    found = [
        _explained(shelf, entry["name"], entry["summary"])
        for shelf, entries in shelves.items()
        for entry in entries
        if entry["name"] == name and shelf != "settings"
    ]
    return [*found, *map(_setting, _together(one for one in to_set if one.name == name))]


def _together(found: Iterable[Setting]) -> Iterator[Setting]:
    """Yield settings of one name; those that mean the same are one, with everything that heeds it."""
    alike = defaultdict[tuple[str, str, str], list[Setting]](list)
    for one in found:
        alike[one.meaning, one.default, one.range].append(one)
    for first, *others in alike.values():
        yield dataclasses.replace(first, heeded=", ".join(one.heeded for one in [first, *others]))


def _measured(version: str) -> str:
    """Return the name of the SDK that was measured in this version. Raises `UsageError` for a version that was not."""
    sdk = named(version)
    if sdk.name in SDKS:
        return sdk.name
    if sdk.given is not None:
        raise UsageError(f"{sdk.name} has the profile of {sdk.given.profile}: gateway-sim explain {sdk.given.profile}")
    package, number = parsed(version) or ("", None)
    near = f"; {nearest(package, number)[0].name} is the nearest that was" if number else ""
    raise UsageError(f"{sdk.name} was not measured{near}; gateway-sim sdk install {sdk.name} gives it a profile")


def _with_settings(gateway: NamedGateway) -> Explanation:
    """Return the explanation of a gateway policy with the settings of its name in the tables."""
    policy = gateway.policy.name
    sets = " ".join(f"--set {name}={value}" for name, value in gateway.settings.items())
    (one,) = (one for one in explanations(policy) if one.kind == KIND_OF["gateways"])
    why = f"{gateway.name} is {policy} with {sets}. {one.why}"
    return dataclasses.replace(
        one, name=gateway.name, why=why, example=f"gateway-sim run fresh-route --gateway {gateway.name}"
    )


def _name(word: str, known: Iterable[str]) -> str:
    names, plain = set(known), word.partition("=")[0]
    if _dashed(plain) in names:
        return _dashed(plain)
    for kind in ("race", "mutation", "promise", "setting"):
        old = RENAMED[kind].get(plain) or RENAMED[kind].get(plain.replace("-", " "))
        if old and {old, _dashed(old)} & names:
            return _dashed(check(kind, plain, [old])) if _dashed(old) in names else old
    return check("name", plain, names)


def _dashed(word: str) -> str:
    return word.strip().lower().replace(" ", "-").replace("'", "")


def _explained(shelf: str, name: str, summary: str) -> Explanation:
    text, have, example = _parts(shelf, name)
    why = " ".join(text.partition("\n")[2].split())
    cited = CITED.findall(text if shelf != "races" else f"{races.load(name).origin} {text}")
    page = "docs/parts.md" if shelf in ("ports", "parts") else f"docs/names.md#{shelf}"
    if shelf == "orchestration":
        ours = registry.origin(STORIES, name) == OURS
        page = f"docs/stories/{name}.md" if ours else "docs/orchestration.md"
    return Explanation(name, KIND_OF[shelf], summary, why, have, example, [*dict.fromkeys([page, *cited])])


def _parts(shelf: str, name: str) -> tuple[str, Sequence[Setting], str]:
    """Return an entry's docstring, its settings, and a line to type."""
    match shelf:
        case "races":
            world = races.load(name).settings
            here = changed_words(world)
            changed = [one for one in of_record(world, EVERY_RACE, f"gateway-sim run {name}") if one.name in here]
            return registry.written(KINDS["races"], name)["__doc__"], changed, f"gateway-sim run {name}"
        case "orchestration":
            example = f"gateway-sim run {name} --set variant=half-fixed --html {name}.html"
            return registry.written(STORIES, name)["__doc__"], settings_of_story(name), example
        case "ports":
            return registry.written(PORTS, name)["__doc__"], [], f"gateway-sim contract {name}"
        case "parts":
            about = registry.written(PARTS, name)
            return about["__doc__"], [], f"gateway-sim contract {about['port']} --part {name}"
        case "clients" | "gateways":
            option = shelf.removesuffix("s")
            kind = (client_policies() if option == "client" else gateway_policies())[name]
            have = [one for one in settings() if one.heeded == f"{option} {name}"]
            return inspect.getdoc(kind) or "", have, f"gateway-sim run fresh-route --{option} {name}"
        case "faults":
            kind = registry.classes(KINDS["faults"])[name]
            needed = {
                f.name: FOR_EXAMPLE.get(f.name, 2.0)
                for f in dataclasses.fields(kind)
                if f.default is dataclasses.MISSING
            }
            line = f"gateway-sim fault {name}" + "".join(f" --set {word}={shown(v)}" for word, v in needed.items())
            have = [
                dataclasses.replace(one, default="required") if one.name in needed else one
                for one in of_record(kind(**needed), f"fault {name}", line)
            ]
            return inspect.getdoc(kind) or "", have, line
        case "promises":
            return _of_promise(name)
        case "mutations":
            return registry.written(mutations.__name__, name)["__doc__"], [], f"gateway-sim mutants {name}"
        case "anomalies":
            return inspect.getdoc(anomalies()[name]) or "", [], "gateway-sim run fresh-route"
        case "sdks":
            return PROFILES[name].summary, [], f"gateway-sim run fresh-route --sdk {name}"
        case _:
            kept = "gateway-sim run healthy" if name == "kept" else "gateway-sim run fresh-route"
            return "", [], kept


def _of_promise(name: str) -> tuple[str, Sequence[Setting], str]:
    """Return a promise's docstring, and a line that plays a race or a scenario that it is a promise of."""
    function = next(found[name] for found in map(registry.functions, PROMISES) if name in found)
    playing: list[Any] = [*map(races.load, races.names()), *map(stories.load, stories.names())]
    of = next((one.name for one in playing if function in one.promises), "healthy")
    return inspect.getdoc(function) or "", [], f"gateway-sim run {of}"


def _setting(one: Setting) -> Explanation:
    changing = changed_by_races().get(one.name, []) if one.heeded == EVERY_RACE else []
    why = f"Heeded by {one.heeded}." + (f" Races whose world changes it: {', '.join(changing)}." if changing else "")
    page = "docs/fleet.md#settings" if one.heeded == FLEET else "docs/settings.md"
    return Explanation(one.name, KIND_OF["settings"], one.meaning, why, [one], one.example, [page])
