"""A tell-gone-from-stale that answers 404 though the control plane says RUNNING."""

from __future__ import annotations

import dataclasses

from gateway_sim.miss_policies import AskControlPlane, Miss, Refuse, Wait
from gateway_sim.miss_policies.tell_gone_from_stale import TellGoneFromStale
from scenarios.search.mutations import Guard, Put

part = "gateway policy tell-gone-from-stale"
guards = [Guard("fresh-route", "plain", "tell-gone-from-stale", "the run finishes")]


def break_it(put: Put) -> None:
    """Ask, and do not listen."""
    on_miss = TellGoneFromStale.on_miss

    def deaf(self: TellGoneFromStale, miss: Miss) -> AskControlPlane | Wait | Refuse:
        return on_miss(self, dataclasses.replace(miss, standing=miss.standing and "gone"))

    put(TellGoneFromStale, "on_miss", deaf)
