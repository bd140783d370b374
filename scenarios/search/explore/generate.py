"""A world from a seed. Each fault has a stream of chance of its own, so that a new one leaves the others as they were.

In swarm style: a seed first draws how much goes wrong in its world, then switches each fault on or off by that. Worlds
in which everything goes wrong at once hide what a single fault does (Groce et al., "Swarm testing", 2012).
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final, TypeVar

from scenarios import races
from scenarios.judge.promises import Promise
from scenarios.judge.promises.a_broken_trainer_is_not_masked import a_broken_trainer_is_not_masked
from scenarios.judge.promises.the_healthy_run_pays_at_most_the_warm_up import the_healthy_run_pays_at_most_the_warm_up
from scenarios.races import Race
from scenarios.search.explore.acts import ROUTES, VERBS, Act
from scenarios.search.explore.generated_case import GeneratedCase
from scenarios.sim.seeds import Seeds
from scenarios.world.policies import BALANCES
from scenarios.world.setting_words import apply_settings
from scenarios.world.settings import LAWS, ORDERS, Settings

T = TypeVar("T")

HOW_MUCH: Final = (0.1, 0.25, 0.5)
"""The share of faults that are on, one of these for each seed."""
CONNECTING_S: Final = (0.0, 0.0, 0.02, 0.1, 0.3, 1.0)
"""When things happen that happen before the first step: seconds after the script began."""
OF_A_STEP: Final = (0.0, 0.0, 0.1, 0.5, 0.9)
"""When things happen that happen during a step: its share that is done by then."""
OF_A_RACE: Final = frozenset({"lost-reply", "delayed-reply", "gateway-restart", "slow-control-plane"})
"""What may join a race's own story: not what would make its promises another's (a deletion, another pod)."""


UNFAIR: Final[Mapping[Promise, frozenset[str]]] = {
    the_healthy_run_pays_at_most_the_warm_up: OF_A_RACE,
    a_broken_trainer_is_not_masked: OF_A_RACE - {"lost-reply"},
}
"""What cannot join a race that holds to a promise: it would be broken by an answer that is late, whoever plays."""


OWN: Final[Mapping[str, frozenset[str]]] = {"lost-reply-then-404": frozenset({"lost-reply"})}
"""What cannot join a race that has one of its own: one would be the other's proof."""


class _Chance:
    """One seed's choices: a stream for each name, and how much goes wrong; `odds` scales the share of some faults."""

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

    `pins` are settings that are not drawn, as words; `odds` make faults rarer that those who play hardly ever meet.
    Raises `SettingsRefused` and `UnknownWord` for pins that are off or contradict each other.
    """
    chance = _Chance(seed, odds)
    plain = races.load(race).settings if race else Settings()
    (pinned,) = apply_settings(pins, with_room(pins, plain))
    drawn = {**_around(chance), **(_of_the_race(plain) if race else _training(chance))}
    drawn |= {name: getattr(pinned, name) for name in pins}
    drawn |= _lag(chance, pinned, pins)
    settings = replace(pinned, **drawn)
    joining = _joining(races.load(race)) if race else frozenset(VERBS)
    acts = [act for act in _acts(chance, settings) if act.verb in joining]
    balanced = balance or chance.stream("balance").choice(BALANCES)
    return GeneratedCase(seed, race, balanced, settings, tuple(acts))


def with_room(pins: Mapping[str, str], plain: Settings) -> Settings:
    """Return settings with as many replicas as are to be stale, where their number is not given but drawn."""
    stale = pins.get("stale", "")
    if "replicas" in pins or not stale.isdigit():
        return plain
    return replace(plain, replicas=max(plain.replicas, int(stale)))


def _joining(race: Race) -> frozenset[str]:
    """Return what may join a race's story."""
    unfair = (UNFAIR.get(promise, frozenset()) for promise in race.promises)
    return OF_A_RACE.difference(*unfair, OWN.get(race.name, frozenset()))


def _around(chance: _Chance) -> dict[str, Any]:
    """Draw what surrounds any run: the balancer's order, how long connections and pods take."""
    stream, drawn = chance.stream("around"), {"order": chance.stream("order").choice(ORDERS)}
    return drawn | {
        "keepalive_s": stream.choice((0.0, 0.0, 0.2, 1.0, 5.0)),
        "start_s": stream.choice((0.05, 1.0, 1.0, 5.0, 20.0)),
    }


def _training(chance: _Chance) -> dict[str, Any]:
    """Draw a training: small, for a thousand small ones find more than one that is large."""
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


def _of_the_race(plain: Settings) -> dict[str, Any]:
    """Leave the training of a race as its story needs it."""
    return {"steps": plain.steps, "batch": plain.batch}


def _lag(chance: _Chance, pinned: Settings, pins: Mapping[str, str]) -> dict[str, Any]:
    """Draw which replicas are late by what; a race that has such replicas keeps some, unless pins say otherwise."""
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
    """Draw what happens, in the order it does: at most one of each verb, and after a deletion nothing."""
    acts = [act for act in (*_replies(chance, settings), *_routes(chance, settings)) if act]
    preempted = _placed(chance, "preempt", settings, 0.6, for_s=(0.0, 0.0, 5.0, 20.0))
    if preempted:
        acts.append(preempted)
        if chance.on("late-delete"):
            acts.append(replace(preempted, verb="late-delete", delay_s=round(preempted.delay_s + 0.5, 3), for_s=0.0))
    acts += _proofs_out_of_reach(chance, settings, acts)
    acts.sort(key=lambda act: (act.after_step, act.delay_s))
    end = chance.on("end", 0.4)
    if end:
        last = acts[-1].after_step if acts else 0
        verb = end.choice(("delete", "delete", "recreate"))
        acts.append(Act(verb, *_moment(end, settings, last)))
    return acts


def _replies(chance: _Chance, settings: Settings) -> list[Act | None]:
    return [
        _placed(chance, "lost-reply", settings, route=ROUTES),
        _placed(chance, "delayed-reply", settings, route=ROUTES, by_s=(0.5, 5.0, 20.0, 50.0, 120.0)),
    ]


def _routes(chance: _Chance, settings: Settings) -> list[Act | None]:
    return [
        _placed(chance, "stale-route", settings, for_s=(0.2, 0.5, 2.0, 5.0, 15.0)),
        _placed(chance, "gateway-restart", settings, for_s=(0.1, 1.0, 5.0)),
    ]


def _proofs_out_of_reach(chance: _Chance, settings: Settings, others: Sequence[Act]) -> list[Act]:
    """Draw a control plane that is slow or away, and a table whose primary is: when something else makes people ask."""
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
    """Draw when something happens: after which step, and how many seconds after it."""
    after_step = stream.randrange(first, settings.steps)
    step_s = settings.think_s + settings.forward_backward_s + settings.optim_step_s
    return after_step, round(stream.choice(OF_A_STEP) * step_s, 3) if after_step else stream.choice(CONNECTING_S)


def _placed(chance: _Chance, verb: str, settings: Settings, odds: float = 1.0, **figures: Sequence[Any]) -> Act | None:
    """Draw a moment and the figures of a verb that is on; a reply of the connect can only be bent before the first."""
    stream = chance.on(verb, odds)
    if stream is None:
        return None
    act = Act(verb, *_moment(stream, settings))
    act = replace(act, **{name: stream.choice(choices) for name, choices in figures.items()})
    return replace(act, after_step=0, delay_s=0.0) if act.route in ("create_session", "create_model") else act
