"""What `verify` runs: every race under every client, gateway and balancer."""

from __future__ import annotations

from collections.abc import Iterator

from scenarios import races, words
from scenarios.runner import RunSpec

CLIENTS = ("plain", "blanket-404", "warmup-verified", "exactly-once")

GATEWAYS: tuple[tuple[str, dict[str, str]], ...] = (
    ("not-found", {}),
    ("route-not-ready", {}),
    ("route-not-ready", {"retry_after_s": "1", "hold_poll_s": "1"}),
    ("leased-generation", {}),
)
"""Today's gateway, the 503 as PR 348 words it and as it must be (PROTOCOL §6), and our own (FINDINGS §3, "G*").

The other fixes are for the tournament: this is what has to be quick."""


def specs(seeds: int) -> Iterator[RunSpec]:
    """Yield every run of a verification, seed by seed within each pair."""
    for race in races.names():
        herd = races.load(race).settings.clients > 1
        for gateway, settings in GATEWAYS:
            for balance in words.BALANCES:
                for client in CLIENTS:
                    if herd and (balance != words.BALANCES[0] or client not in (CLIENTS[0], CLIENTS[-1])):
                        continue  # a herd costs as much as forty runs
                    for seed in range(seeds):
                        yield RunSpec(race, client, gateway, balance=balance, seed=seed, settings=settings)
