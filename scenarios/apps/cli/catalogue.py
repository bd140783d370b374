"""All names, read from the folders and their docstrings, and the tables of names in pages.

A page names a list between two marks, and `filled` writes the table between them:

<!-- names: gateways -->
<!-- end -->
"""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from gateway_sim.client.sdk.profiles import PROFILES
from gateway_sim.scenarios import races
from gateway_sim.scenarios.apps.cli.setting_names import settings, settings_of_fleet, settings_of_stories
from gateway_sim.scenarios.apps.cli.setting_names import table as settings_table
from gateway_sim.scenarios.judge.anomalies import anomalies
from gateway_sim.scenarios.judge.verdict import VERDICTS
from gateway_sim.scenarios.orchestration import ports, stories
from gateway_sim.scenarios.report.table import Table
from gateway_sim.scenarios.search import mutations
from gateway_sim.scenarios.sim import registry
from gateway_sim.scenarios.sim.errors import check
from gateway_sim.scenarios.sim.plugins import KINDS, OURS
from gateway_sim.scenarios.sim.renamed import formerly
from gateway_sim.scenarios.world.policies import CLIENT_POLICIES, GATEWAY_POLICIES

Entry = dict[str, str]

STORIES, PARTS = KINDS["stories"], KINDS["parts"]
PORTS, MUTATIONS = ports.__name__, mutations.__name__
SETTINGS = {"settings": settings, "scenario-settings": settings_of_stories, "fleet-settings": settings_of_fleet}
MARKED = re.compile(r"(<!-- names: (?P<shelf>[\w-]+) -->\n).*?(<!-- end -->)", re.DOTALL)


def catalogue() -> dict[str, list[Entry]]:
    """Return the lists of names, from races to anomalies, each entry as `{name, summary, ...}`."""
    raced = [races.load(name) for name in races.names()]
    return {
        "races": [
            {"name": r.name, "summary": r.summary, "from": r.origin, "source": r.source, **formerly("race", r.name)}
            for r in raced
        ],
        "orchestration": [
            {**_written(STORIES, name), "from": registry.written(STORIES, name).get("origin", "")}
            for name in stories.names()
        ],
        "ports": [_written(PORTS, name) for name in ports.names()],
        "parts": [
            {**_written(PARTS, name), "port": port}
            for name in registry.names(PARTS)
            if (port := registry.written(PARTS, name).get("port"))
        ],
        "clients": _classes(CLIENT_POLICIES),
        "gateways": _classes(GATEWAY_POLICIES),
        "sdks": [{"name": p.name, "summary": p.summary} for p in PROFILES.values()],
        "faults": _classes(KINDS["faults"]),
        "promises": _promises(),
        "mutations": [{**_written(MUTATIONS, name), **formerly("mutation", name)} for name in mutations.names()],
        "anomalies": [{"name": name, "summary": registry.summary(one)} for name, one in anomalies().items()],
        "verdicts": [{"name": name, "summary": meaning} for name, meaning in VERDICTS.items()],
        "settings": [one.document() for one in settings()],
    }


def filled(page: str, shelves: Mapping[str, Sequence[Mapping[str, str]]], folder: Path) -> str:
    """Return the page with a new table between each pair of marks. Raises `UnknownWord` for an unknown list.

    `folder` is that of the page: a story whose own page is in its folder `stories` is linked with it.
    """

    def table(found: re.Match[str]) -> str:
        if found["shelf"] in SETTINGS:
            return f"{found[1]}{settings_table(SETTINGS[found['shelf']]()).markdown()}\n{found[3]}"
        shelf = check("list of names", found["shelf"], shelves)
        rows = [(_linked(entry, shelf, folder), entry["summary"]) for entry in shelves[shelf]]
        return f"{found[1]}{Table(['name', ''], rows).markdown()}\n{found[3]}"

    return MARKED.sub(table, page)


def typed(entry: Mapping[str, str]) -> str:
    """Return a name as it is typed: a part behind its port."""
    return f"{entry['port']}={entry['name']}" if "port" in entry else entry["name"]


def _linked(entry: Mapping[str, str], shelf: str, folder: Path) -> str:
    own = f"stories/{entry['name']}.md"
    shown = f"`{typed(entry)}`"
    return f"[{shown}]({own})" if shelf == "orchestration" and (folder / own).exists() else shown


def _written(package: str, name: str) -> Entry:
    """Return the entry of a file that need not be imported: its library may be missing."""
    summary = registry.first_line(registry.written(package, name)["__doc__"])
    return {"name": name, "summary": summary, "source": registry.origin(package, name)}


def _classes(package: str) -> list[Entry]:
    found = registry.classes(package)
    outside = registry.from_outside(package, found)
    return [
        {"name": name, "summary": registry.summary(kind), "source": outside.get(name, OURS)}
        for name, kind in sorted(found.items())
    ]


def _promises() -> list[Entry]:
    packages = (KINDS["promises"], "gateway_sim.scenarios.orchestration.promises")
    found = {name: (package, one) for package in packages for name, one in registry.functions(package).items()}
    return [
        {"name": name, "summary": registry.summary(one), "source": registry.origin(package, name), **_formerly(name)}
        for name, (package, one) in sorted(found.items())
    ]


def _formerly(promise: str) -> Entry:
    """Return the old name of a promise, with dashes as here."""
    return {key: old.replace(" ", "-") for key, old in formerly("promise", promise.replace("-", " ")).items()}
