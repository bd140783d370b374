"""Quotas in Kueue's own words: `ClusterQueue` and `LocalQueue` objects in a YAML file.

What Kueue does beyond quotas of one resource is not played, and refused or named: flavors of their own nodes (their
quotas are added up), `borrowWithinCohort`, fair sharing, cohorts of cohorts, admission checks.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from gateway_sim.control_plane.scheduling.quotas import Quota
from gateway_sim.scenarios.sim.errors import UnknownWord, UsageError

PLAYED: Final = (
    "cohort", "cohortName", "queueingStrategy", "preemption", "resourceGroups", "namespaceSelector", "stopPolicy",
)  # fmt: skip
"""The fields of a ClusterQueue's spec that are read; of the last two only what leaves the queue open."""
STRATEGIES: Final = ("BestEffortFIFO", "StrictFIFO")
RECLAIMS: Final = ("Never", "LowerPriority", "Any")
WITHIN: Final = ("Never", "LowerPriority")
PREEMPTION: Final = ("reclaimWithinCohort", "withinClusterQueue", "borrowWithinCohort")


@dataclass(frozen=True)
class Queues:
    """The quotas of the cluster queues, and the cluster queue of each namespace; `unread` names what is not played."""

    quotas: tuple[Quota, ...]
    queue_of: Mapping[str, str]
    unread: Sequence[str]

    @property
    def preempts(self) -> bool:
        """Whether a job may preempt another under one of the quotas."""
        return any(quota.reclaims != "Never" or quota.within != "Never" for quota in self.quotas)


def read_queues(file: Path) -> Queues:
    """Return the queues of a file. Raises `UsageError` with its name, and the line or the object."""
    quotas: list[Quota] = []
    queue_of: dict[str, str] = {}
    unread: list[str] = []
    for thing in _objects(file):
        kind, name = thing.get("kind"), _get(thing, "metadata", "name")
        if kind == "ClusterQueue":
            quotas.append(_quota(f"{file}: ClusterQueue {name}", str(name), _get(thing, "spec") or {}, unread))
        elif kind == "LocalQueue":
            queue_of[str(_get(thing, "metadata", "namespace") or "default")] = str(_get(thing, "spec", "clusterQueue"))
        else:
            unread.append(f"{kind} {name}")
    if not quotas:
        raise UsageError(f"{file}: there is no ClusterQueue in it")
    known = [quota.namespace for quota in quotas]
    for namespace, queue in queue_of.items():
        if queue not in known:
            raise UsageError(f"{file}: the LocalQueue of {namespace}: {UnknownWord('ClusterQueue', queue, known)}")
    return Queues(tuple(quotas), queue_of, unread)


def _objects(file: Path) -> Iterator[Mapping[str, Any]]:
    import yaml

    try:
        found = list(yaml.safe_load_all(file.read_text(encoding="utf-8")))
    except OSError as error:
        raise UsageError(f"{file}: it cannot be read: {error.strerror or error}") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f", line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        raise UsageError(f"{file}{where}: this is no YAML: {getattr(error, 'problem', None) or error}") from None
    for n, thing in enumerate(found, 1):
        if isinstance(thing, dict):
            yield thing
        elif thing is not None:
            raise UsageError(f"{file}: its document {n} is no object with a kind")


def _quota(place: str, name: str, spec: Mapping[str, Any], unread: list[str]) -> Quota:
    unread += [f"{field} of ClusterQueue {name}" for field in spec if field not in PLAYED]
    if spec.get("namespaceSelector"):
        unread.append(f"namespaceSelector of ClusterQueue {name}")
    if spec.get("stopPolicy", "None") != "None":
        raise UsageError(f"{place}: stopPolicy is {spec['stopPolicy']}; a stopped queue is not played")
    cohort = str(spec.get("cohortName") or spec.get("cohort") or "")
    nominal, borrows, lends = _limits(place, spec)
    preemption = spec.get("preemption") or {}
    for word in preemption:
        if word not in PREEMPTION:
            raise UsageError(f"{place}: {UnknownWord('word of preemption', str(word), PREEMPTION)}")
    if _get(preemption, "borrowWithinCohort", "policy") not in (None, "Never"):
        raise UsageError(f"{place}: borrowWithinCohort is not played; leave it out, or write policy: Never")
    return Quota(
        name,
        nominal,
        borrows if cohort else 0,
        cohort,
        lends,
        _one_of(place, preemption, "reclaimWithinCohort", RECLAIMS),
        _one_of(place, preemption, "withinClusterQueue", WITHIN),
        _one_of(place, spec, "queueingStrategy", STRATEGIES) == "StrictFIFO",
    )


def _limits(place: str, spec: Mapping[str, Any]) -> tuple[float, float, float | None]:
    """Return nominal quota, borrowing limit and lending limit in GPUs, added up over the flavors."""
    resources = [
        resource
        for group in spec.get("resourceGroups") or ()
        for flavor in group.get("flavors") or ()
        for resource in flavor.get("resources") or ()
        if str(resource.get("name", "")).endswith("gpu")
    ]
    if not resources:
        raise UsageError(f"{place}: none of its flavors has a quota of GPUs, a resource such as nvidia.com/gpu")
    numbers = {
        word: [_number(place, word, resource[word]) for resource in resources if resource.get(word) is not None]
        for word in ("nominalQuota", "borrowingLimit", "lendingLimit")
    }
    if len(numbers["nominalQuota"]) < len(resources):
        raise UsageError(f"{place}: a resource has no nominalQuota")
    whole = {word: sum(found) if len(found) == len(resources) else None for word, found in numbers.items()}
    nominal, borrows = whole["nominalQuota"], whole["borrowingLimit"]
    return nominal or 0, math.inf if borrows is None else borrows, whole["lendingLimit"]


def _number(place: str, word: str, value: Any) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError):
        raise UsageError(f"{place}: {word} is {value!r}; it must be a number of GPUs") from None
    if not 0 <= number < math.inf:
        raise UsageError(f"{place}: {word} is {value}; it must be 0 or more")
    return int(number) if number == int(number) else number


def _one_of(place: str, among: Mapping[str, Any], word: str, known: Sequence[str]) -> Any:
    value = among.get(word, known[0])
    if value not in known:
        raise UsageError(f"{place}: {word} is {value!r}; it must be one of {', '.join(known)}")
    return value


def _get(thing: Any, *names: str) -> Any:
    for name in names:
        thing = thing.get(name) if isinstance(thing, Mapping) else None
    return thing
