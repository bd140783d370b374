"""A world from a seed. Each fault has a random stream of its own, so that a new fault leaves the others as they were.

Swarm style: a seed first draws the share of faults in its world, then switches each fault on or off by it. A world
in which everything goes wrong at once hides what a single fault does (Groce et al., "Swarm testing", 2012).
"""

import random
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final, TypeVar

from gateway_sim.scenarios import races
from gateway_sim.scenarios.judge.promises import Promise
from gateway_sim.scenarios.judge.promises.a_broken_trainer_is_not_masked import a_broken_trainer_is_not_masked
from gateway_sim.scenarios.judge.promises.the_healthy_run_pays_at_most_the_warm_up import (
    the_healthy_run_pays_at_most_the_warm_up,
)
from gateway_sim.scenarios.races import Race
from gateway_sim.scenarios.search.explore.acts import ROUTES, VERBS, Act
from gateway_sim.scenarios.search.explore.generated_case import GeneratedCase
from gateway_sim.scenarios.sim.seeds import Seeds
from gateway_sim.scenarios.world.policies import BALANCES
from gateway_sim.scenarios.world.setting_words import apply_settings
from gateway_sim.scenarios.world.settings import LAWS, ORDERS, Settings

T = TypeVar("T")

HOW_MUCH: Final = (0.1, 0.25, 0.5)
"""The shares of faults that are on; each seed draws one."""
RARER: Final = 0.2
"""The odds of a fault among many of its kind: a world in which most of them are on shows nothing."""
CONNECTING_S: Final = (0.0, 0.0, 0.02, 0.1, 0.3, 1.0)
"""The delays of acts before the first step: seconds after the script began."""
OF_A_STEP: Final = (0.0, 0.0, 0.1, 0.5, 0.9)
"""The delays of acts during a step: the share of it that is over."""
OF_A_RACE: Final = frozenset({"lost-reply", "delayed-reply", "gateway-restart", "slow-control-plane"})
"""The acts that may join a race's story: no deletion and no new pod, which its promises do not allow for."""
UNFAIR: Final[Mapping[Promise, frozenset[str]]] = {
    the_healthy_run_pays_at_most_the_warm_up: OF_A_RACE,
    a_broken_trainer_is_not_masked: OF_A_RACE - {"lost-reply"},
}
"""By promise, the acts that cannot join its races: a late answer breaks such a promise under every pairing."""
OWN: Final[Mapping[str, frozenset[str]]] = {
    "lost-reply-then-404": frozenset({"lost-reply"}),
    "overloaded-gateway": frozenset({"gateway-restart"}),
}
"""By race, the acts that its own story has already: the proof of one would count for the other."""


class _Chance:
    """One seed's choices: a stream for each name, and the share of faults; `odds` scales the share of some."""

    def __init__(self, seed: int, odds: Mapping[str, float]) -> None:
        self._seeds = Seeds(seed)
        self._odds = odds
        self.share = self.stream("how much").choice(HOW_MUCH)

    def stream(self, name: str) -> random.Random:
        return self._seeds.stream(f"explore.{name}")

    def on(self, name: str, odds: float = 1.0) -> random.Random | None:
        """Return the fault's stream if it is on in this world; `odds` scales its share."""
        stream = self.stream(name)
        return stream if stream.random() < self.share * odds * self._odds.get(name, 1.0) else None


def draw(
    seed: int, race: str | None, balance: str | None, pins: Mapping[str, str], odds: Mapping[str, float]
) -> GeneratedCase:
    """Return the world of a seed.

    `pins` are settings that are not drawn, as words; `odds` scale down the share of faults that the pairing
    hardly ever meets. Raises `SettingsRefused` or `UnknownWord` for pins that are wrong or contradict each other.
    """
    chance = _Chance(seed, odds)
    plain = races.load(race).settings if race else Settings()
    (pinned,) = apply_settings(pins, with_room(pins, plain))
    # a race's story needs the race's own training
    drawn = _around(chance) | ({"steps": plain.steps, "batch": plain.batch} if race else _training(chance))
    drawn |= {} if race else _lease(chance)
    drawn |= {name: getattr(pinned, name) for name in pins}
    drawn |= _lag(chance, pinned, pins)
    settings = replace(pinned, **drawn)
    joining = _joining(races.load(race)) if race else frozenset(VERBS)
    acts = [act for act in _acts(chance, settings) if act.verb in joining]
    balanced = balance or chance.stream("balance").choice(BALANCES)
    return GeneratedCase(seed, race, balanced, settings, tuple(acts))


def with_room(pins: Mapping[str, str], plain: Settings) -> Settings:
    """Return settings with at least as many replicas as are pinned to be stale, unless replicas are pinned too."""
    stale = pins.get("stale", "")
    if "replicas" in pins or not stale.isdigit():
        return plain
    return replace(plain, replicas=max(plain.replicas, int(stale)))


def _joining(race: Race) -> frozenset[str]:
    """Return the acts that may join a race's story."""
    unfair = (UNFAIR.get(promise, frozenset()) for promise in race.promises)
    return OF_A_RACE.difference(*unfair, OWN.get(race.name, frozenset()))


def _around(chance: _Chance) -> dict[str, Any]:
    """Draw the settings around any run: the balancer's order, how long connections live and pods take to start."""
    stream, drawn = chance.stream("around"), {"order": chance.stream("order").choice(ORDERS)}
    return drawn | {
        "keepalive_s": stream.choice((0.0, 0.0, 0.2, 1.0, 5.0)),
        "start_s": stream.choice((0.05, 1.0, 1.0, 5.0, 20.0)),
    }


def _training(chance: _Chance) -> dict[str, Any]:
    """Draw a small training: many small ones find more than a large one in the same time."""
    stream, saves = chance.stream("training"), chance.on("saves", 0.3)
    batch = stream.choice((1, 2, 4))
    return {
        "steps": stream.choice((1, 2, 2, 3)),
        "batch": batch,
        "length": stream.choice((8, 16)),
        "microbatches": stream.choice((1, 1, 2)) if batch > 1 else 1,
        "chunk_len": stream.choice((0, 0, 1)),
        "think_s": stream.choice((0.0, 0.0, 0.1, 1.0)),
        "forward_backward_s": stream.choice((0.02, 0.2, 0.2, 4.0)),
        "pod_hold_s": stream.choice((1.0, 11.0, 30.0)),
        "clients": stream.choice((1, 1, 1, 1, 1, 1, 1, 2)),
        "save_every": saves.choice((1, 2)) if saves else 0,
    }


def _lease(chance: _Chance) -> dict[str, Any]:
    """Draw a lease that is longer than any drawn lag and the time between two renewals."""
    lease = chance.on("lease", 2 * RARER)
    return {"lease_s": lease.choice((15.0, 30.0))} if lease else {}


def _lag(chance: _Chance, pinned: Settings, pins: Mapping[str, str]) -> dict[str, Any]:
    """Draw the stale replicas and their lag; a race with stale replicas keeps one unless pins say otherwise."""
    stream = chance.stream("replicas")
    on = chance.on("lag", 1.5)
    replicas = pinned.replicas if "replicas" in pins else stream.choice((1, 2, 3, 3, 5))
    if "stale" in pins:
        replicas, stale = (replicas if "replicas" in pins else max(replicas, pinned.stale)), pinned.stale
    elif on or pinned.stale:
        stale = stream.randint(1, replicas)
    else:
        return {"replicas": replicas, "stale": 0}
    drawn: dict[str, Any] = {
        "replicas": replicas,
        "stale": stale,
        "law": stream.choice(LAWS),
        "lag_s": stream.choice((0.5, 1.0, 2.0, 4.0, 8.0)),
        "negative_ttl_s": 0.0,
    }
    cache = chance.on("negative-cache")
    if cache:
        drawn["negative_ttl_s"] = cache.choice((2.0, 10.0, 60.0))
    return {name: getattr(pinned, name) if name in pins else value for name, value in drawn.items()}


def _acts(chance: _Chance, settings: Settings) -> list[Act]:
    """Draw the acts, in order: at most one of each verb, and none after a deletion."""
    possible = (
        _placed(chance, "lost-reply", settings, route=ROUTES),
        _placed(chance, "delayed-reply", settings, route=ROUTES, by_s=(0.5, 5.0, 20.0, 50.0, 120.0)),
        _placed(chance, "stale-route", settings, for_s=(0.2, 0.5, 2.0, 5.0, 15.0)),
        _placed(chance, "gateway-restart", settings, for_s=(0.1, 1.0, 5.0)),
        # one replica of several
        _placed(chance, "replica-restart", settings, RARER * (settings.replicas > 1), for_s=(0.1, 1.0, 5.0)),
        _placed(chance, "address-refuses", settings, RARER, for_s=(0.5, 5.0, 20.0)),
        _placed(chance, "address-swallows", settings, RARER, for_s=(0.5, 5.0, 20.0)),
        _placed(chance, "half-open", settings, RARER),
        _placed(chance, "drain", settings, RARER, for_s=(0.5, 5.0, 20.0)),
        _placed(
            chance, "clock-skew", settings, float(settings.lease_s > 0), for_s=(2.0, 5.0, 20.0), by_s=(15.0, 30.0, 60.0)
        ),
        _placed(chance, "gateway-overload", settings, RARER, for_s=(1.0, 5.0, 20.0)),
        _placed(chance, "pod-errors", settings, RARER, for_s=(0.5, 5.0, 20.0)),
        # shorter and longer than the control plane takes to notice
        _placed(chance, "pod-crash", settings, RARER, for_s=(0.5, 5.0, 30.0)),
        _placed(chance, "pod-freeze", settings, RARER, for_s=(1.0, 5.0, 30.0)),
    )
    acts = [act for act in possible if act]
    preempted = _placed(chance, "preempt", settings, 0.6, for_s=(0.0, 0.0, 5.0, 20.0))
    if preempted:
        acts.append(preempted)
        if chance.on("late-delete"):
            acts.append(replace(preempted, verb="late-delete", delay_s=round(preempted.delay_s + 0.5, 3), for_s=0.0))
    acts += _control_plane_acts(chance, settings, acts)
    acts.sort(key=lambda act: (act.after_step, act.delay_s))
    end = chance.on("end", 0.4)
    if end:
        last = acts[-1].after_step if acts else 0
        verb = end.choice(("delete", "delete", "recreate"))
        acts.append(Act(verb, *_moment(end, settings, last)))
    return acts


def _control_plane_acts(chance: _Chance, settings: Settings, others: Sequence[Act]) -> list[Act]:
    """Draw faults of control plane and primary, at a moment when another fault makes callers ask them."""
    refused = [(0, 0.0), *((act.after_step, act.delay_s) for act in others)]
    missed = [(act.after_step, act.delay_s) for act in others if act.verb in ("stale-route", "preempt")]
    missed += [(0, 0.0)] * (settings.stale > 0)
    found = []
    for verb, possible, odds, figures in (
        ("control-plane-outage", refused, 0.7, {"for_s": (1.0, 10.0, 60.0)}),
        ("slow-control-plane", refused, 0.7, {"by_s": (0.5, 3.0, 8.0), "for_s": (10.0, 60.0)}),
        ("primary-partition", missed, 1.0, {"for_s": (1.0, 5.0, 20.0)}),
    ):
        act = _placed(chance, verb, settings, odds, **figures)
        if act and possible:
            step, delay_s = chance.stream(f"{verb} when").choice(possible)
            found.append(replace(act, after_step=step, delay_s=delay_s))
    return found


def _moment(stream: random.Random, settings: Settings, first: int = 0) -> tuple[int, float]:
    """Draw the moment of an act: after which step, and how many seconds after it."""
    after_step = stream.randrange(first, settings.steps)
    step_s = settings.think_s + settings.forward_backward_s + settings.optim_step_s
    return after_step, round(stream.choice(OF_A_STEP) * step_s, 3) if after_step else stream.choice(CONNECTING_S)


def _placed(chance: _Chance, verb: str, settings: Settings, odds: float = 1.0, **figures: Sequence[Any]) -> Act | None:
    """Draw the moment and figures of a verb that is on; one on a connect route comes before the first step."""
    stream = chance.on(verb, odds)
    if stream is None:
        return None
    act = Act(verb, *_moment(stream, settings))
    act = replace(act, **{name: stream.choice(choices) for name, choices in figures.items()})
    return replace(act, after_step=0, delay_s=0.0) if act.route in ("create_session", "create_model") else act
