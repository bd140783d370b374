"""What a world's settings tell its pods, and when an address is free again."""

import asyncio

from gateway_sim.scenarios.world.pods import LeftAddresses, pod_config
from gateway_sim.scenarios.world.settings import Settings
from gateway_sim.trainer_pod.config import PodConfig
from tests import clock


def test_every_setting_of_a_pod_reaches_it() -> None:
    """Each with a value that is not its default; no failing step is None."""
    settings = Settings(
        pod_hold_s=11.0, forward_backward_s=12.0, optim_step_s=13.0, save_s=14.0, sample_s=15.0, samples=1,
        fails_from_step=2,
    )  # fmt: skip
    assert pod_config(settings, "acme", "job-9", 4, "/saved", "cuda") == PodConfig(
        account="acme", job="job-9", incarnation=4, hold_poll_s=11.0, forward_backward_s=12.0, optim_step_s=13.0,
        save_s=14.0, sample_s=15.0, checkpoint_root="/saved", fails_from_step=2, device="cuda",
    )  # fmt: skip
    assert pod_config(Settings(), "acme", "job-9", 4, "/saved", "cpu").fails_from_step is None


def test_an_address_is_reused_after_it_has_cooled_down_the_oldest_first() -> None:
    """Not a moment earlier, and once."""

    async def story() -> None:
        left = LeftAddresses(10.0)
        assert left.take() is None
        left.leave("a")
        await asyncio.sleep(4.0)
        left.leave("b")
        await asyncio.sleep(5.5)
        assert left.take() is None
        await asyncio.sleep(0.5)
        assert [left.take(), left.take()] == ["a", None]
        await asyncio.sleep(4.0)
        assert [left.take(), left.take()] == ["b", None]

    clock.run(story())
