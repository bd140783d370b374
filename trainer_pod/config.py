"""What a pod is given when it is started."""

from dataclasses import dataclass

# The SDK gives a poll 45 s (docs/reference/protocol.md §1.2): an answer held longer never reaches it.
LONGEST_HOLD_S = 40.0


@dataclass(frozen=True)
class PodConfig:
    """Settings of one pod: the job it serves, and how it behaves.

    A poll waits for its result for `hold_poll_s`, and is then answered 408. `forward_backward_s`, `optim_step_s` and
    `sample_s` (for each request of a sampler) are modelled compute, slept before the real one. Writing a checkpoint
    of training takes `save_s`; before its end there is no checkpoint. `fails_from_step` is an injected fault: the
    optimizer step of that number and every operation after it fail with category "server"; from 0 on, all do.
    `compressed_batches` asks SDKs that can to send zstd. A poll that allows it is answered with the size alone of a
    result over `metadata_over_bytes`; None: never. `restarts` counts the starts of the pod's
    container after its first: each has an empty memory.
    """

    account: str
    job: str
    incarnation: int
    checkpoint_root: str
    hold_poll_s: float = 30.0
    forward_backward_s: float = 0.0
    optim_step_s: float = 0.0
    save_s: float = 0.0
    sample_s: float = 0.0
    fails_from_step: int | None = None
    compressed_batches: bool = False
    metadata_over_bytes: int | None = None
    device: str = "auto"
    restarts: int = 0

    def __post_init__(self) -> None:
        if not 0 <= self.hold_poll_s < LONGEST_HOLD_S:
            raise ValueError(f"hold_poll_s must be at least 0 and below {LONGEST_HOLD_S:g}, not {self.hold_poll_s:g}")

    @property
    def identity(self) -> tuple[str, str, int]:
        """Account, job and incarnation: the first fields of every event of the pod."""
        return self.account, self.job, self.incarnation

    @property
    def start(self) -> str:
        """The part of an id that no other start of a pod of this job gives out."""
        return f"{self.incarnation}.{self.restarts}" if self.restarts else str(self.incarnation)
