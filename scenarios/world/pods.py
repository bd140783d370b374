"""The shared parts of both engines' launchers: a pod's configuration, and the reuse of addresses."""

import asyncio
from collections import deque

from gateway_sim.scenarios.sim.errors import SettingsRefused
from gateway_sim.scenarios.world.settings import Settings
from gateway_sim.trainer_pod.config import PodConfig

BASE_MODEL = "gateway-sim/bytes-32"


def check_device(settings: Settings) -> None:
    """Refuse a device that this machine lacks. Raises `SettingsRefused`."""
    if settings.device == "cuda":
        from gateway_sim.trainer_pod.engine import DeviceMissing, choose_device

        try:
            choose_device(settings.device)
        except DeviceMissing as missing:
            raise SettingsRefused(str(missing)) from None


def pod_config(
    settings: Settings, account: str, job: str, incarnation: int, checkpoint_root: str, device: str
) -> PodConfig:
    """Return the configuration of an incarnation's pod; all incarnations share one root of checkpoints."""
    return PodConfig(
        account=account,
        job=job,
        incarnation=incarnation,
        hold_poll_s=settings.pod_hold_s,
        forward_backward_s=settings.forward_backward_s,
        optim_step_s=settings.optim_step_s,
        save_s=settings.save_s,
        sample_s=settings.sample_s,
        checkpoint_root=checkpoint_root,
        fails_from_step=settings.fails_from_step or None,
        device=device,
    )


class LeftAddresses:
    """The addresses of stopped pods, reused in the order in which they became free, after `cooldown_s` seconds.

    See docs/reference/stories.md §4 C2.
    """

    def __init__(self, cooldown_s: float) -> None:
        self._cooldown_s = cooldown_s
        self._left: deque[tuple[float, str]] = deque()

    def leave(self, address: str) -> None:
        """Add the address of a stopped pod."""
        self._left.append((asyncio.get_running_loop().time(), address))

    def take(self) -> str | None:
        """Remove and return the oldest address; None if it has not cooled down."""
        if not self._left or asyncio.get_running_loop().time() - self._left[0][0] < self._cooldown_s:
            return None
        return self._left.popleft()[1]
