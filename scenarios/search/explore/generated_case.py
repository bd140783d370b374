"""A world as plain values: drawn from a seed, reduced by a shrinker, kept in a replay file."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from gateway_sim.scenarios import races
from gateway_sim.scenarios.search.explore.acts import ENDS, Act, check_act
from gateway_sim.scenarios.sim.errors import SettingsRefused, check
from gateway_sim.scenarios.world.policies import BALANCES
from gateway_sim.scenarios.world.setting_words import apply_settings
from gateway_sim.scenarios.world.settings import Settings


@dataclass(frozen=True)
class GeneratedCase:
    """A seed, the race whose story is played (None: start the job and train), the settings, and the acts.

    Raises `SettingsRefused`, which names the field, for a world that contradicts itself.
    """

    seed: int
    race: str | None
    balance: str
    settings: Settings
    acts: tuple[Act, ...] = ()

    def __post_init__(self) -> None:
        """Refuse a world that contradicts itself."""
        check("balance", self.balance, BALANCES)
        gone: str | None = None
        done: dict[str, int] = {}
        for n, act in enumerate(self.acts):
            where = f"acts[{n}]"
            check_act(act, where, self.settings.steps)
            if gone is not None:
                raise SettingsRefused(f"{where}.verb is {act.verb!r}, but {gone} has taken the job away before it")
            if act.verb in done:
                raise SettingsRefused(f"{where}.verb is {act.verb!r}, as acts[{done[act.verb]}].verb is: use it once")
            if act.verb == "late-delete" and "preempt" not in done:
                raise SettingsRefused(f"{where}.verb is 'late-delete', but no preempt before it left a route to delete")
            if act.verb == "clock-skew" and not self.settings.lease_s:
                raise SettingsRefused(f"{where}.verb is 'clock-skew', but without lease_s no clock counts")
            if act.verb == "replica-restart" and self.settings.replicas < 2:
                raise SettingsRefused(f"{where}.verb is 'replica-restart', but replicas is 1, and no other one serves")
            if n and act.after_step < self.acts[n - 1].after_step:
                raise SettingsRefused(f"{where}.after_step is {act.after_step}, before that of acts[{n - 1}]")
            done[act.verb] = n
            gone = where if act.verb in ENDS else None

    def plain(self) -> Settings:
        """Return the unchanged settings: those of the race, or the defaults."""
        return races.load(self.race).settings if self.race else Settings()

    def changes(self) -> dict[str, Any]:
        """Return the settings that differ from `plain()`, by name."""
        before = self.plain()
        names = [f.name for f in fields(Settings)]
        return {n: getattr(self.settings, n) for n in names if getattr(self.settings, n) != getattr(before, n)}

    def document(self) -> dict[str, Any]:
        """Return the world as plain JSON values."""
        return {
            "race": self.race,
            "seed": self.seed,
            "balance": self.balance,
            "settings": self.changes(),
            "acts": [act.document() for act in self.acts],
        }

    @staticmethod
    def read(values: Mapping[str, Any]) -> "GeneratedCase":
        """Return the world of a document. Raises `SettingsRefused` or `UnknownWord`."""
        race = values.get("race")
        if race is not None:
            race = check("race", race, races.known(race))
        plain = races.load(race).settings if race else Settings()
        changes = {name: str(value) for name, value in values.get("settings", {}).items()}
        (settings,) = apply_settings(changes, plain)
        known = {f.name for f in fields(Act)}
        acts = []
        for n, act in enumerate(values.get("acts", [])):
            for name in act:
                check(f"field of acts[{n}]", name, known)
            acts.append(Act(**act))
        return GeneratedCase(int(values.get("seed", 0)), race, str(values.get("balance", "")), settings, tuple(acts))
