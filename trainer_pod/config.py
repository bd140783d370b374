"""What a pod is told when it is started."""

from __future__ import annotations

from dataclasses import dataclass

# The SDK gives a poll 45 s (PROTOCOL §1.2): an answer held longer is never heard.
LONGEST_HOLD_S = 40.0


@dataclass(frozen=True)
class PodConfig:
    """Settings of one pod: whose it is, and how it behaves.

    `hold_poll_s` is how long a poll waits for its result before it is told to ask again. `forward_backward_s` and
    `optim_step_s` are modelled compute, slept before the real one. `fails_from_step` is a fault that a world sets: the
    optimizer step of that number and every operation after it fail with category "server"; from 0 on, all do. Bodies
    above `largest_body` bytes, unpacked, are refused. A client that asks for it is told the size of a result of
    `metadata_from` bytes or more before it gets it. `compress` asks SDKs that know how to send their batches as zstd.
    """

    account: str
    job: str
    incarnation: int
    checkpoint_root: str
    hold_poll_s: float = 30.0
    forward_backward_s: float = 0.0
    optim_step_s: float = 0.0
    fails_from_step: int | None = None
    device: str = "auto"
    largest_body: int = 64 * 2**20
    metadata_from: int = 2**20
    compress: bool = False

    def __post_init__(self) -> None:
        if not 0 <= self.hold_poll_s < LONGEST_HOLD_S:
            raise ValueError(f"hold_poll_s must be at least 0 and below {LONGEST_HOLD_S:g}, not {self.hold_poll_s:g}")

    @property
    def identity(self) -> tuple[str, str, int]:
        """Account, job and incarnation: the first fields of every event of the pod."""
        return self.account, self.job, self.incarnation
