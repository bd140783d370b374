"""What the page lets a person pick, and what it makes of a pick: two live specs that differ in the gateway alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field

from scenarios import races
from scenarios.compare.shortened import SHORT
from scenarios.compare.tournament import CLIENTS, GATEWAYS, label
from scenarios.run.plans import RacePlan, race_plan
from scenarios.run.spec import SDKS, RunSpec
from scenarios.sim import registry
from scenarios.sim.errors import check
from scenarios.world.policies import BALANCES, client_policies, gateway_policies
from scenarios.world.setting_words import apply_settings
from scenarios.world.settings import LAWS

TUNED: Final[Mapping[str, tuple[str, dict[str, str]]]] = {label(name, tuned): (name, tuned) for name, tuned in GATEWAYS}
"""The gateway policies by the name that tables give them; one that ends in a plus sign has its settings."""
KNOBS: Final = ("replicas", "stale", "law", "lag_s", "fault_s", "steps")
"""The settings of a world that have a field on the page."""


class Pick(BaseModel):
    """What a person picked; the page opens with the incident of PR 344, the SDK alone, today against the 503."""

    model_config = ConfigDict(extra="forbid")

    race: str = "incident-344"
    client: str = "plain"
    today: str = "not-found"
    proposed: str = "route-not-ready+"
    sdk: str = SDKS[0]
    balance: str = "per-connection"
    seed: int = Field(default=0, ge=0)
    settings: dict[str, str] = {}

    def plans(self) -> list[RacePlan]:
        """Understand it. Raises `UnknownWord` or `SettingsRefused`, a sentence for the page."""
        return [race_plan(self._spec(gateway)) for gateway in (self.today, self.proposed)]

    def _spec(self, gateway: str) -> RunSpec:
        name, tuned = TUNED[check("gateway policy", gateway, TUNED)]
        short = SHORT.get(self.race, {})
        return RunSpec(
            self.race, self.client, name, self.sdk, self.balance, "live", seed=self.seed,
            settings={**tuned, **short, **self.settings},
        )  # fmt: skip


def choices() -> dict[str, Any]:
    """Return the lists for the page's fields, and what is picked at first."""
    loaded = [races.load(name) for name in races.names()]
    return {
        "first": Pick().model_dump(),
        "knobs": list(KNOBS),
        "races": [
            {
                "name": race.name,
                "summary": race.summary,
                "origin": race.origin,
                "settings": {knob: getattr(race.settings, knob) for knob in KNOBS},
                "shortened": dict(SHORT.get(race.name, {})),
            }
            for race in loaded
        ],
        "clients": [{"name": name, "summary": registry.summary(client_policies()[name])} for name in CLIENTS],
        "gateways": [
            {"name": shown, "summary": _summary(name, tuned), "policy": name, "settings": tuned}
            for shown, (name, tuned) in TUNED.items()
        ],
        "sdks": list(SDKS),
        "balances": list(BALANCES),
        "laws": list(LAWS),
    }


def policy(gateway: str) -> Any:
    """Return the gateway policy of a name as the page has it. Raises `UnknownWord`."""
    name, tuned = TUNED[check("gateway policy", gateway, TUNED)]
    kind = gateway_policies()[name]
    return apply_settings(tuned, kind())[0]


def _summary(name: str, tuned: Mapping[str, str]) -> str:
    changed = ", ".join(f"{setting}={value}" for setting, value in tuned.items())
    told = registry.summary(gateway_policies()[name])
    return f"{told} ({changed})" if changed else told


__all__ = ["KNOBS", "TUNED", "Pick", "choices", "policy"]
