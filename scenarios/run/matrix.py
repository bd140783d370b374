"""The matrix of pairs: the clients, the gateways by name, and the pairs of each table."""

import dataclasses
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from gateway_sim.miss_policies import MissPolicy
from gateway_sim.miss_policies.hold import Hold
from gateway_sim.miss_policies.leased_generation import LeasedGeneration
from gateway_sim.miss_policies.not_found import NotFound
from gateway_sim.miss_policies.retry_lookup import RetryLookup
from gateway_sim.miss_policies.route_not_ready import RouteNotReady
from gateway_sim.miss_policies.tell_gone_from_stale import TellGoneFromStale
from gateway_sim.scenarios import races
from gateway_sim.scenarios.engines.live.drivers import POLICIES, beyond
from gateway_sim.scenarios.engines.live.sdks.environments import profile_of
from gateway_sim.scenarios.orchestration import stories
from gateway_sim.scenarios.orchestration.stories import Scenario
from gateway_sim.scenarios.orchestration.workloads.sandbox import VARIANTS
from gateway_sim.scenarios.run.spec import RunSpec
from gateway_sim.scenarios.sim import registry
from gateway_sim.scenarios.sim.errors import check
from gateway_sim.scenarios.sim.plugins import OURS
from gateway_sim.scenarios.world.builder import Pairing
from gateway_sim.scenarios.world.policies import (
    BALANCES,
    CLIENT_POLICIES,
    GATEWAY_POLICIES,
    client_policies,
    gateway_policies,
)
from gateway_sim.scenarios.world.setting_words import changed_words

CLIENTS: Final = ("plain", "blanket-404", "warmup-verified", "exactly-once")


@dataclass(frozen=True)
class NamedGateway:
    """A gateway policy with its settings, and its name in tables and on the command line."""

    name: str
    policy: MissPolicy

    @property
    def settings(self) -> dict[str, str]:
        """The settings that differ from the policy's defaults, in the words of `--set`."""
        return changed_words(self.policy)


TODAY: Final = NamedGateway("not-found", NotFound())
BARE_503: Final = NamedGateway("route-not-ready", RouteNotReady())
"""The 503 as PR 348 words it."""
PROPOSED: Final = NamedGateway("route-not-ready+", RouteNotReady(retry_after_s=1.0, hold_poll_s=1.0))
"""The 503 with a Retry-After and held polls, which it needs (docs/reference/protocol.md §6)."""
STRONG_READ: Final = NamedGateway("leased-generation", LeasedGeneration())
"""This project's own gateway (docs/reference/findings.md §3, "G*")."""

VERIFIED: Final = (TODAY, BARE_503, PROPOSED, STRONG_READ)
"""The gateways of `verify`, `import` and `proposal`, which must be quick."""
GATEWAYS: Final = (
    TODAY,
    NamedGateway("retry-lookup", RetryLookup()),
    BARE_503,
    PROPOSED,
    NamedGateway("tell-gone-from-stale", TellGoneFromStale()),
    NamedGateway("hold", Hold()),
    STRONG_READ,
    NamedGateway("leased-generation+", LeasedGeneration(gone_status=410)),
)
"""The gateways of the tournament and the demo."""
BY_NAME_ONLY: Final = frozenset({"no-healthy-upstream", "resync-budget"})
"""Gateway policies of other routers, to be named with `--gateway`. They stand in no table: no race expects a verdict of
them, and each would make a tournament an eighth longer.
"""
NAMED: Final = {gateway.name: gateway for gateway in GATEWAYS}

PROPOSALS: Final = (
    "control-plane-down", "fresh-route", "healthy", "incident-344", "job-deleted", "mid-training-flap",
    "pinned-connection", "route-never-appears", "trainer-broken",
)  # fmt: skip
"""The races of the PRs' own incident, table and tests, and of docs/reference/protocol.md §5: `verify` plays these with
every pair.
"""

SHORT: Final[Mapping[str, Mapping[str, str]]] = {
    "incident-344": {"think_s": "1", "forward_backward_s": "6", "pod_hold_s": "3"},
}
"""Settings by race, in the words of `--set`, for a live run of seconds instead of minutes, with the same events."""


def clients() -> list[str]:
    """Return the client policies of the tables: this project's four, then those of users' projects."""
    return [*CLIENTS, *registry.from_outside(CLIENT_POLICIES, client_policies())]


def gateways(ours: Sequence[NamedGateway] = GATEWAYS) -> list[NamedGateway]:
    """Return these gateways of ours, then the policies of users' projects with their default settings."""
    kinds = gateway_policies()
    return [*ours, *(NamedGateway(name, kinds[name]()) for name in registry.from_outside(GATEWAY_POLICIES, kinds))]


def is_ours(client: str, gateway: str) -> bool:
    """Say whether both policies are this project's."""
    return client in CLIENTS and gateway in NAMED


def is_measured(pairing: Pairing) -> bool:
    """Say whether both policies have the settings with which the tables were measured: a gateway's, or the defaults."""
    client, gateway = pairing.client, pairing.gateway
    known = [type(gateway)(), *(named.policy for named in GATEWAYS)]
    return client == type(client)() and gateway in known


def gateway_words(name: str, settings: Mapping[str, str]) -> tuple[str, dict[str, str]]:
    """Return the policy of a gateway's name, and its settings overridden by `settings`. Raises `UnknownWord`."""
    name = check("gateway policy", name, {**gateway_policies(), **NAMED})
    if name in gateway_policies():
        return name, dict(settings)
    named = NAMED[name]
    return named.policy.name, {**named.settings, **settings}


def in_full(spec: RunSpec) -> RunSpec:
    """Return the spec with a name such as `route-not-ready+` replaced by the policy and its settings."""
    gateway, settings = gateway_words(spec.gateway, spec.settings)
    return dataclasses.replace(spec, gateway=gateway, settings=settings)


def specs(seeds: int, *, full: bool = False, chosen: Sequence[str] = ()) -> Iterator[RunSpec]:
    """Yield every run of a verification of the chosen races, or of all, seed by seed within each pair.

    Unless `full`, races outside `PROPOSALS` are played only with today's gateway and this project's own, behind a
    balancer that pins connections: each is about a lasting connection, and `verify` has a budget of 15 s.
    A policy of a user's project is played in the races of users' projects, and where it states what it expects.
    """
    for race in chosen or races.names():
        yield from specs_of(race, seeds, full=full)


def specs_of(race: str, seeds: int, *, full: bool = False) -> Iterator[RunSpec]:
    """Yield the runs of one race in a verification; its file need not exist."""
    for gateway in gateways(VERIFIED):
        for balance in BALANCES:
            if not full and race not in PROPOSALS and (balance == "per-request" or gateway in (BARE_503, PROPOSED)):
                continue
            for client in clients():
                if not is_ours(client, gateway.name) and not _is_judged(race, client, gateway):
                    continue
                for seed in range(seeds):
                    yield in_full(RunSpec(race, client, gateway.name, balance=balance, seed=seed))


def by_sdk(specs: Iterable[RunSpec], sdk: str) -> Iterator[RunSpec]:
    """Yield the runs that the driver of a real SDK can follow, with the SDK itself in virtual time."""
    profile = profile_of(sdk)
    for spec in specs:
        settings = races.load(spec.race).settings
        elsewhere = settings.samples and profile.sampling is None
        if spec.client in POLICIES and not beyond(settings) and not elsewhere:
            yield dataclasses.replace(spec, sdk=sdk, driver="sdk")


def _is_judged(race: str, client: str, gateway: NamedGateway) -> bool:
    """Say whether the verdict of a pair with a user's policy is expected: by a race of a user, or by the policy."""
    theirs = race in races.known(race) and races.load(race).source != OURS
    return theirs or any(hasattr(policy, "expected") for policy in (gateway.policy, client_policies()[client]))


def story_specs(
    seeds: int, *, full: bool = False, chosen: Sequence[str] = (), parts: Mapping[str, str] | None = None
) -> list[RunSpec]:
    """Return the runs of stories in a verification: the chosen ones, or those whose libraries are installed.

    Each is played in each variant, seed by seed; if `full`, also half-fixed with each possible omission, and all
    variants at full size. With `parts`, by port, only the stories that put one of these ports under test are played.
    """
    loaded = map(stories.load, chosen or stories.names())
    playable = [story for story in loaded if chosen or not story.missing()]
    given = parts or {}
    return [
        RunSpec(story.name, seed=seed, settings=words, parts=own)
        for story in playable
        if (own := {port: part for port, part in given.items() if port in story.parts}) or not given
        for words in _settings(story, full)
        for seed in range(seeds)
    ]


def _settings(story: Scenario, full: bool) -> Iterator[dict[str, str]]:
    yield from ({"variant": variant} for variant in VARIANTS)
    if full:
        yield from ({"variant": "half-fixed", "omits": omission} for omission in story.omits)
    if full and story.full:
        yield from ({"variant": variant, **story.full} for variant in VARIANTS)
