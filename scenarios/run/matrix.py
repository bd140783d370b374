"""What `verify` runs: every race under every client, gateway and balancer."""

from __future__ import annotations

from collections.abc import Iterator

from scenarios import races
from scenarios.orchestration import stories
from scenarios.orchestration.stories import Scenario
from scenarios.orchestration.workloads.settings import VARIANTS
from scenarios.run.spec import RunSpec
from scenarios.world.policies import BALANCES

CLIENTS = ("plain", "blanket-404", "warmup-verified", "exactly-once")

GATEWAYS: tuple[tuple[str, dict[str, str]], ...] = (
    ("not-found", {}),
    ("route-not-ready", {}),
    ("route-not-ready", {"retry_after_s": "1", "hold_poll_s": "1"}),
    ("leased-generation", {}),
)
"""Today's gateway, the 503 as PR 348 words it and as it must be (PROTOCOL §6), and our own (FINDINGS §3, "G*").

The other fixes are for the tournament: this is what has to be quick."""


PROPOSALS = (
    "control-plane-down", "fresh-route", "healthy", "incident-344", "job-deleted", "mid-training-flap",
    "pinned-connection", "route-never-appears", "trainer-broken",
)  # fmt: skip
"""The races of the PRs' own incident, table and tests, and of PROTOCOL §5: these meet every pair, every time."""


def specs(seeds: int, *, full: bool = False) -> Iterator[RunSpec]:
    """Yield every run of a verification, seed by seed within each pair.

    The other races meet, unless `full`, today's gateway and our own, behind a balancer that pins connections: each of
    them was written for what happens on a connection that lasts, and 15 s are soon spent.
    """
    for race in races.names():
        yield from specs_of(race, seeds, full=full)


def specs_of(race: str, seeds: int, *, full: bool = False) -> Iterator[RunSpec]:
    """Yield the runs of one race in a verification; it need not be in its folder yet."""
    for gateway, settings in GATEWAYS:
        for balance in BALANCES:
            if not full and race not in PROPOSALS and (balance == "per-request" or gateway == "route-not-ready"):
                continue
            for client in CLIENTS:
                for seed in range(seeds):
                    yield RunSpec(race, client, gateway, balance=balance, seed=seed, settings=settings)


def story_specs(seeds: int, *, full: bool = False) -> list[RunSpec]:
    """Return the runs of stories in a verification: each whose libraries are installed, in each variant, seed by seed.

    If `full`, also the half-fixed variant with each omission that it can have, and all variants at full size.
    """
    playable = [story for story in map(stories.load, stories.names()) if not story.missing()]
    return [
        RunSpec(story.name, seed=seed, settings=words)
        for story in playable
        for words in _settings(story, full)
        for seed in range(seeds)
    ]


def _settings(story: Scenario, full: bool) -> Iterator[dict[str, str]]:
    yield from ({"variant": variant} for variant in VARIANTS)
    if full:
        yield from ({"variant": "half-fixed", "omits": omission} for omission in story.omits)
    if full and story.full:
        yield from ({"variant": variant, **story.full} for variant in VARIANTS)
