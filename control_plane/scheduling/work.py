"""Jobs for a scheduler, the rules by which it decides, and what it may decide. Pure."""

from dataclasses import dataclass
from typing import Literal

from gateway_sim.control_plane.scheduling.packing import Placement
from gateway_sim.control_plane.scheduling.quotas import Quota
from gateway_sim.control_plane.scheduling.shares import WHOLE, Pod


class WorkRefused(ValueError):
    """A job that cannot be scheduled; the message names it."""


class NoNodeCouldHold(WorkRefused):
    """A job asks for more than any node, or all nodes together, have; the message names the job."""


@dataclass(frozen=True)
class Work:
    """A job for the scheduler: `gpus` on one node for `runs_s` seconds; a higher priority goes first.

    With `milli` below 1,000 it takes that part of one GPU, and with no GPU `milli` is 0. A gang is a job of several
    `pods`, each with these GPUs, processors and memory; they start together, on any nodes. `limit_s` is how long its
    owner asked for; a team's own scheduler is told it, and no job is ended at it.
    """

    name: str
    gpus: int
    runs_s: float
    namespace: str = "default"
    priority: int = 0
    milli: int = WHOLE
    cpu_milli: int = 0
    memory_mib: int = 0
    pods: int = 1
    limit_s: float | None = None

    @property
    def pod(self) -> Pod:
        """What each of its pods takes."""
        return Pod(self.gpus, self.milli, self.cpu_milli, self.memory_mib)

    @property
    def asks(self) -> float:
        """The GPUs that all its pods take."""
        return in_gpus(self.gpus * self.milli * self.pods)


def in_gpus(milli: int) -> float:
    """Return thousandths of GPUs as GPUs; of whole ones a whole number."""
    return milli / WHOLE if milli % WHOLE else milli // WHOLE


Victims = Literal["youngest", "oldest"]
"""Which of several jobs is preempted first: the one that started last, or first."""


@dataclass(frozen=True)
class Rules:
    """How a scheduler decides.

    The placement "least-fragmenting" judges by `mix`, the expected pods with their weights; without a mix it takes
    the pods of the jobs that run and wait.
    With `order` "strict" the first in the queue blocks the others, with "best-effort" it does not. `consolidates`
    moves running jobs together to make room, as few GPUs as do, or all jobs to a layout from scratch where it
    `repacks_anew`; it needs jobs of whole GPUs without gangs. `preempts` takes the GPUs of jobs of lower priority, or
    of jobs on borrowed GPUs, the `victims` first. With `shrinks` a job gives up only as many GPUs as are needed, and
    goes on with the others of its node; without it a job gives up all of them.
    """

    placement: Placement = "best-fit"
    order: Literal["strict", "best-effort"] = "best-effort"
    consolidates: bool = False
    repacks_anew: bool = False
    preempts: bool = False
    shrinks: bool = False
    victims: Victims = "youngest"
    quotas: tuple[Quota, ...] = ()
    mix: tuple[tuple[Pod, float], ...] = ()


@dataclass(frozen=True)
class Place:
    """Start the job on the node; the further pods of a gang on the `others`."""

    work: Work
    node: str
    others: tuple[str, ...] = ()


@dataclass(frozen=True)
class Preempt:
    """Preempt the `victims` on `node`, and start `work` there; with `kept` the last one goes on with so many GPUs."""

    work: Work
    node: str
    victims: tuple[Work, ...]
    kept: int = 0

    @property
    def evicted(self) -> tuple[Work, ...]:
        """The victims that give up all their GPUs."""
        return self.victims[:-1] if self.kept else self.victims


@dataclass(frozen=True)
class Rearrange:
    """Move running jobs to the nodes that `moves` names, and start `work` on `node`."""

    work: Work
    node: str
    moves: tuple[tuple[Work, str], ...]


Action = Place | Preempt | Rearrange
