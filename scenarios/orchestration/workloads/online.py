"""A ranker online: a share of the visits gets it, the others the ranker before it, until a test finds it worse."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from gateway_sim.control_plane.models.online_tests import Arm, OnlineTest
from gateway_sim.scenarios.orchestration.workloads import clicks, day, nightly, ranking
from gateway_sim.scenarios.orchestration.workloads.model_events import (
    ArmsCompared,
    RankerRolledBack,
    RankerServed,
    TrainingSetRead,
)
from gateway_sim.scenarios.orchestration.workloads.sandbox import Sandbox
from gateway_sim.scenarios.sim.trace import Trace

if TYPE_CHECKING:
    from gateway_sim.trainer_pod.tabular import TabularModel

DAY_S = 24 * day.HOUR_S


async def tested(sandbox: Sandbox[Any], date: str, ranker: TabularModel, former: TabularModel, seed: int) -> int | None:
    """Serve the ranker of a day beside the former one, from the next midnight on, and compare them at each midnight.

    Returns the day at whose end the ranker was found to draw fewer clicks, and rolled back; None where it was not
    within `online_days`. Day n begins (n - 1) · 24 h into the story.
    """
    s = sandbox.settings
    chance = np.random.default_rng(sandbox.seeds.stream(f"visits to {date}").getrandbits(32))
    whole = nightly.whole_day(seed, nightly.number_of(date), s.lists)
    test, arms = OnlineTest(s.error_rate), [Arm(0, 0), Arm(0, 0)]
    first = int(sandbox.now_s // DAY_S) + 2
    for today in range(first, first + s.online_days):
        await sandbox.until_s(today * DAY_S)
        lists = ranking.lists_of_a_day(seed, today, s.lists)
        share = int(chance.binomial(s.visits, s.tested_share))
        rates = [clicks.rate(one, lists, s.click_noise) for one in (ranker, former, whole)]
        sandbox.emit(RankerServed(nightly.TABLE, date, today, share, *(round(one, 6) for one in rates)))
        for n, (model, more) in enumerate(((former, s.visits - share), (ranker, share))):
            clicked = clicks.drawn(model, lists, s.click_noise, more, chance)
            arms[n] = Arm(arms[n].visits + more, arms[n].clicks + clicked)
        both = (arms[0].visits, arms[1].visits), (arms[0].clicks, arms[1].clicks)
        sandbox.emit(ArmsCompared(nightly.TABLE, date, today, *both, round(test.p_value(*arms), 6)))
        if test.finds_loss(*arms):
            sandbox.emit(RankerRolledBack(nightly.TABLE, date, today))
            return today
    return None


def beside(figures: Mapping[str, float]) -> dict[str, float]:
    """Return the quantities of `outcome` that stand beside a damage, by their units; none where nothing was tested."""
    if not figures:
        return {}
    lost = max(figures["visits_with_a_click_lost"], 0.0)
    return {"days until the loss was found": figures["days_until_found"], "visits with a click lost": lost}


def outcome(trace: Trace, date: str, error_rate: float) -> dict[str, float]:
    """Return the figures of the online test of a day's ranker; none where it was not tested.

    The measured loss is that of the arms when the test ended, the expected one that of the position model on the days
    in which it served. `retrained_on_hours` is what the gate that was enforced after the rollback let training read.
    """
    compared = [entry.event for entry in trace.of(ArmsCompared) if entry.event.date == date]
    if not compared:
        return {}
    served = [entry.event for entry in trace.of(RankerServed) if entry.event.date == date]
    found = any(entry.event.date == date for entry in trace.of(RankerRolledBack))
    later = [entry.event.rows for entry in trace.of(TrainingSetRead) if entry.event.date != date]
    control, own = (Arm(*both) for both in zip(compared[-1].visits, compared[-1].clicks, strict=True))
    least, most = OnlineTest(error_rate).interval(control, own)
    rate, former = (sum(one) for one in zip(*((e.click_rate, e.former_click_rate) for e in served), strict=True))
    return {
        "click_through": round(own.rate, 4),
        "click_through_of_the_former_model": round(control.rate, 4),
        "click_through_lost_percent": round(100 * (1 - own.rate / control.rate), 3) if control.rate else 0.0,
        "click_through_lost_percent_expected": round(100 * (1 - rate / former), 3),
        "click_through_lost_percent_at_least": round(-100 * most / control.rate, 3) if control.rate else 0.0,
        "click_through_lost_percent_at_most": round(-100 * least / control.rate, 3) if control.rate else 0.0,
        "days_until_found": len(compared) if found else 0,
        "days_online": len(compared),
        "visits_with_a_click_lost": round(sum(e.visits * (e.reference_click_rate - e.click_rate) for e in served), 1),
        **({"retrained_on_hours": sum(1 for rows in later[0] if rows)} if later else {}),
    }
