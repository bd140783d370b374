"""What differs between generations of SDKs, as far as the version that opened the session says it. Pure.

fireworks-ai reports the version of the tinker that it pins or carries, 0.23 at most; plain tinker reports its own.
"""

import hashlib
import re
from collections.abc import Mapping
from typing import Final

from gateway_sim.trainer_pod.checkpoint_paths import JOBS_OWN
from gateway_sim.trainer_pod.protocol import LoraConfig

_RUNS_SINCE: Final = (0, 24)
_NEWER_LOSS_SETTINGS: Final = {"cispo": {"clip_low_threshold": 0.0, "clip_high_threshold": 4.0}}
"""The defaults of newer SDKs' documentation where they are not those of `losses`."""


def is_newer(sdk_version: str | None) -> bool:
    """Return whether the SDK is a tinker that no fireworks-ai carries; False where the version is not known."""
    numbers = re.match(r"([0-9]{1,9})\.([0-9]{1,9})", sdk_version or "")
    return numbers is not None and (int(numbers[1]), int(numbers[2])) >= _RUNS_SINCE


def run_of(model_id: str, model_seq_id: int, sdk_version: str | None) -> str:
    """Return the training run of a model: where its checkpoints are saved.

    A job of fireworks-ai has one script at a time, whose first model goes on with the job's run when the script is
    started again or the pod was replaced. A further model has a run of its own, and so has every model of newer SDKs.
    """
    return JOBS_OWN if model_seq_id == 0 and not is_newer(sdk_version) else model_id


def loss_settings(loss_fn: str, given: Mapping[str, float] | None, sdk_version: str | None) -> Mapping[str, float]:
    """Return the settings of a loss, with the defaults of newer SDKs where they differ."""
    newer = _NEWER_LOSS_SETTINGS.get(loss_fn, {}) if is_newer(sdk_version) else {}
    return {**newer, **(given or {})}


def seeded(lora: LoraConfig, model_seq_id: int) -> LoraConfig:
    """Return the adapter with a seed: the one given, or one of the model's number in its session.

    Models of one session therefore begin differently, and a run that begins again on another pod begins equally.
    """
    if lora.seed is not None or model_seq_id == 0 or lora.rank == 0:
        return lora
    drawn = int.from_bytes(hashlib.sha256(f"model {model_seq_id}".encode()).digest()[:4])
    return lora.model_copy(update={"seed": drawn})
