"""The duels that a page's server keeps: the one in progress, and the last few."""

import asyncio

from gateway_sim.scenarios.apps.demo import duel
from gateway_sim.scenarios.apps.demo.choices import Pick
from gateway_sim.scenarios.apps.demo.stage import KEPT, Stage


def test_the_last_duels_are_kept(monkeypatch) -> None:
    """Newest first, by the choice that began each; older ones are dropped."""

    async def at_once(side: duel.Side) -> None:
        """End a side without a world."""

    monkeypatch.setattr(duel.Side, "play", at_once)

    async def played() -> Stage:
        stage = Stage()
        for seed in range(KEPT + 2):
            number = stage.begin(Pick(seed=seed))
            assert stage.playing == number
            while stage.playing:  # noqa: ASYNC110 - it ends within two turns of the loop
                await asyncio.sleep(0)
        return stage

    told = asyncio.run(played()).document()
    assert told["playing"] is None
    assert [one["duel"] for one in told["duels"]] == list(range(KEPT + 2, 2, -1))
    assert [one["pick"]["seed"] for one in told["duels"]][:2] == [KEPT + 1, KEPT]
