"""How callers name a checkpoint: by its name, or by a path that names its training run or its job. Pure."""

import re
from dataclasses import dataclass
from typing import Final, Literal

from gateway_sim.trainer_pod.refusals import CheckpointRefused

Purpose = Literal["weights", "sampler_weights"]
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}")
_MODEL_OF_JOB = re.compile(r"([^:]+):([A-Za-z0-9._-]+:train:[0-9]+)")
JOBS_OWN: Final = ""
"""The training run that bears the job's name; every other run is named by the id of its model."""


@dataclass(frozen=True)
class Address:
    """A checkpoint of `job`, in its training run `run`; None: in whichever run of the job has the name."""

    job: str
    run: str | None
    name: str
    purpose: Purpose = "weights"


def checked(name: str) -> str:
    """Return a checkpoint's name. Raises CheckpointRefused for one that is no plain name."""
    if not _NAME.fullmatch(name):
        raise CheckpointRefused(
            f"{name!r} cannot name a checkpoint: up to 128 letters, digits, '.', '_' and '-', "
            "beginning with a letter, a digit or '_'"
        )
    return name


def written(job: str, run: str, purpose: Purpose, name: str) -> str:
    """Return the path of a checkpoint, as its save answers it."""
    return f"tinker://{run_id(job, run)}/{purpose}/{name}"


def run_id(job: str, run: str) -> str:
    """Return the id of a training run: the job's name, or `JOB:MODEL`."""
    return f"{job}:{run}" if run else job


def read_run_id(asked: str) -> tuple[str, str] | None:
    """Return job and run of an id that `run_id` made; None for another text."""
    of_model = _MODEL_OF_JOB.fullmatch(asked)
    job, run = (of_model[1], of_model[2]) if of_model else (asked, JOBS_OWN)
    return (job, run) if _NAME.fullmatch(job) else None


def read(path: str, job: str, *, samples: bool = False) -> Address:
    """Return what a caller of `job` means by NAME, tinker://RUN/weights/NAME or cross_job://JOB/NAME.

    A sampler (`samples`) may also name tinker://RUN/sampler_weights/NAME. Raises CheckpointRefused for a path of
    another form.
    """
    if path.startswith("cross_job://"):
        source, _, name = path.removeprefix("cross_job://").partition("/")
        if not _NAME.fullmatch(source):
            raise CheckpointRefused(f"{path!r} is not of the form cross_job://JOB/NAME")
        return Address(source, None, checked(name))
    if not path.startswith("tinker://"):
        return Address(job, None, checked(path))
    asked, _, rest = path.removeprefix("tinker://").partition("/")
    purpose, _, name = rest.partition("/")
    place = read_run_id(asked)
    if place is not None and purpose == "weights":
        return Address(*place, checked(name))
    if place is not None and purpose == "sampler_weights" and samples:
        return Address(*place, checked(name), "sampler_weights")
    raise CheckpointRefused(f"{path!r} is not of the form tinker://JOB/weights/NAME")
