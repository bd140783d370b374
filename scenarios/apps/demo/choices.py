"""The fields of the page, and the two live runs of a choice, which differ only in the gateway."""

from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field

from gateway_sim.scenarios import races
from gateway_sim.scenarios.apps.demo.answers import LEGS
from gateway_sim.scenarios.run.matrix import CLIENTS, GATEWAYS, PROPOSED, SHORT, TODAY, NamedGateway
from gateway_sim.scenarios.run.plans import RacePlan, race_plan
from gateway_sim.scenarios.run.spec import SDKS, RunSpec
from gateway_sim.scenarios.sim import registry
from gateway_sim.scenarios.world.policies import BALANCES, client_policies
from gateway_sim.scenarios.world.settings import LAWS

KNOBS: Final = ("replicas", "stale", "law", "lag_s", "fault_s", "steps")
"""The settings of a world that have a field on the page."""


class Pick(BaseModel):
    """The user's choice. Default: the incident of PR 344 with the plain client, today's gateway against the 503."""

    model_config = ConfigDict(extra="forbid")

    race: str = "incident-344"
    client: str = "plain"
    today: str = TODAY.name
    proposed: str = PROPOSED.name
    sdk: str = SDKS[0]
    balance: str = "per-connection"
    seed: int = Field(default=0, ge=0)
    settings: dict[str, str] = {}

    def plans(self) -> list[RacePlan]:
        """Return the plans of both sides. Raises `UnknownWord` or `SettingsRefused` with a sentence for the page."""
        return [race_plan(self._spec(gateway)) for gateway in (self.today, self.proposed)]

    def _spec(self, gateway: str) -> RunSpec:
        settings = {**SHORT.get(self.race, {}), **self.settings}
        return RunSpec(
            self.race, self.client, gateway, self.sdk, self.balance, "live", seed=self.seed, settings=settings
        )


def choices() -> dict[str, Any]:
    """Return the options of the page's fields, and the default choice."""
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
            {
                "name": gateway.name,
                "summary": _summary(gateway),
                "policy": gateway.policy.name,
                "settings": gateway.settings,
            }
            for gateway in GATEWAYS
        ],
        "sdks": list(SDKS),
        "balances": list(BALANCES),
        "laws": list(LAWS),
        "legs": list(LEGS),
    }


def _summary(gateway: NamedGateway) -> str:
    changed = ", ".join(f"{setting}={value}" for setting, value in gateway.settings.items())
    summary = registry.summary(type(gateway.policy))
    return f"{summary} ({changed})" if changed else summary
