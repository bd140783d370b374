"""From a world's settings to the configuration of one pod; both engines' launchers start from here."""

from __future__ import annotations

from scenarios.world.settings import Settings
from trainer_pod.config import PodConfig

BASE_MODEL = "gateway-sim/bytes-32"


def pod_config(settings: Settings, account: str, job: str, incarnation: int, checkpoint_root: str) -> PodConfig:
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
    )
