"""From a world's settings to the configuration of one pod; both engines' launchers start from here."""

from __future__ import annotations

from scenarios.sim.errors import SettingsRefused
from scenarios.world.settings import Settings
from trainer_pod.config import PodConfig

BASE_MODEL = "gateway-sim/bytes-32"


def check_device(settings: Settings) -> None:
    """Refuse a device that is not here. Raises `SettingsRefused`."""
    if settings.device == "cuda":
        from trainer_pod.engine import DeviceMissing, choose_device

        try:
            choose_device(settings.device)
        except DeviceMissing as missing:
            raise SettingsRefused(str(missing)) from None


def pod_config(
    settings: Settings, account: str, job: str, incarnation: int, checkpoint_root: str, device: str
) -> PodConfig:
    """Return the configuration of this incarnation's pod; checkpoints of all incarnations share one root."""
    return PodConfig(
        account=account,
        job=job,
        incarnation=incarnation,
        hold_poll_s=settings.pod_hold_s,
        forward_backward_s=settings.forward_backward_s,
        optim_step_s=settings.optim_step_s,
        save_s=settings.save_s,
        checkpoint_root=checkpoint_root,
        fails_from_step=settings.fails_from_step or None,
        device=device,
    )
