"""Everything that has a name, read from the folders and their docstrings."""

from __future__ import annotations

import importlib
import pkgutil

import scenarios.faults
import scenarios.judge.promises
from client.sdk_profiles import PROFILES
from scenarios import mutations, orchestration, races, words
from scenarios.judge.anomalies import anomalies

Entry = dict[str, str]


def catalogue() -> dict[str, list[Entry]]:
    """Return the shelves, from races to anomalies, each a list of `{name, summary, ...}`."""
    stories = [races.load(name) for name in races.names()]
    family = [orchestration.load(name) for name in orchestration.names()]
    return {
        "races": [{"name": r.name, "summary": r.summary, "from": r.origin} for r in stories],
        "orchestration": [{"name": s.name, "summary": s.summary, "from": s.origin} for s in family],
        "clients": _classes(words.client_policies()),
        "gateways": _classes(words.gateway_policies()),
        "sdks": [{"name": p.name, "summary": p.summary} for p in PROFILES.values()],
        "faults": _classes(words.policies(scenarios.faults)),
        "promises": _promises(),
        "mutations": [{"name": m.name, "summary": m.summary} for m in map(mutations.load, mutations.names())],
        "anomalies": [{"name": name, "summary": words.summary(one)} for name, one in anomalies().items()],
    }


def _classes(found: dict[str, type]) -> list[Entry]:
    return [{"name": name, "summary": words.summary(kind)} for name, kind in sorted(found.items())]


def _promises() -> list[Entry]:
    entries = []
    for info in sorted(pkgutil.iter_modules(scenarios.judge.promises.__path__), key=lambda module: module.name):
        module = importlib.import_module(f"{scenarios.judge.promises.__name__}.{info.name}")
        promise = getattr(module, info.name)
        entries.append({"name": info.name.replace("_", "-"), "summary": words.summary(promise)})
    return entries
