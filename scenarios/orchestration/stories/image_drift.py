"""A tag moves to an image whose resize has another default, and the models get worse without any change to them.

On the third day another image is pushed under the tag. Serving pods that start by tag preprocess differently from
the training of their model. A job that is preempted that night trains its second half on other pictures than its first.
A pinned tag moves like any tag. A digest resolved at submission protects a job until a user resumes it by hand, by the
tag; only a checkpoint that carries its image's digest prevents that.
"""

import asyncio
from dataclasses import dataclass

from gateway_sim.control_plane.events import ImageTagged
from gateway_sim.scenarios.judge.damage import Damage
from gateway_sim.scenarios.orchestration.promises.a_job_runs_in_one_image import a_job_runs_in_one_image
from gateway_sim.scenarios.orchestration.promises.preprocessing_makes_the_same_of_the_same import (
    preprocessing_makes_the_same_of_the_same,
)
from gateway_sim.scenarios.orchestration.promises.what_serves_is_as_good_as_it_was import (
    what_serves_is_as_good_as_it_was,
)
from gateway_sim.scenarios.orchestration.workloads import digits
from gateway_sim.scenarios.orchestration.workloads.events import ResumeRefused, RunPreempted
from gateway_sim.scenarios.orchestration.workloads.model_events import DayServed, ImageRan
from gateway_sim.scenarios.orchestration.workloads.sandbox import Sandbox, SandboxSettings, at_least, one_of
from gateway_sim.scenarios.sim.errors import SettingsRefused
from gateway_sim.scenarios.sim.trace import Trace

DAY_S, HOUR_S = 86400.0, 3600.0


@dataclass(frozen=True)
class Settings(SandboxSettings):
    """Two models of `steps` steps, the second preempted in the night after day 2, serve until the end of day `days`.

    Pictures have `noise`; with less, those of both images are classified alike. The updated image resizes by
    `resizes_by`, without antialiasing. The half-fixed platform `omits` one thing: the "digest" (it pins a tag) or the
    "refusal" (it resumes a checkpoint in any image).
    """

    steps: int = 60
    days: int = 6
    noise: float = at_least(0.2, digits.NOISE)
    resizes_by: str = one_of("bilinear", "bicubic", "area", "nearest")
    omits: str = one_of("digest", "refusal")

    def __post_init__(self) -> None:
        """Refuse training that cannot be preempted halfway, and days that end before the tag moves."""
        super().__post_init__()
        if self.steps < 4:
            raise SettingsRefused(f"steps is {self.steps}; a run that is preempted halfway needs 4 or more")
        if self.days < 4:
            raise SettingsRefused(
                f"days is {self.days}; the second model serves from day 4 on, so it must be 4 or more"
            )


origin = "Training Orchestration Failure Modes in Production; docs/reference/stories.md §3 c"
settings = Settings()
does = {
    "broken": "Serving and training start the image that the tag `latest` names at that moment.",
    "half-fixed, digest": "Serving and training start the image of the pinned tag `v1.2`, which can be moved as well.",
    "half-fixed, refusal": "The digest is resolved once, at submission; a checkpoint can be resumed in another image.",
    "fixed": "The digest is resolved once, and a checkpoint carries it and is refused by any other image.",
}
needs = ("sklearn",)
parts = ("image",)
promises = [
    a_job_runs_in_one_image,
    preprocessing_makes_the_same_of_the_same,
    what_serves_is_as_good_as_it_was,
]
must_reach = [ImageTagged, RunPreempted, DayServed]


async def play(sandbox: Sandbox[Settings]) -> None:
    """Train and serve a model, train the next while the tag moves, and serve that."""
    from gateway_sim.scenarios.orchestration.workloads.image_platform import SUBMITTED, Platform
    from gateway_sim.trainer_pod.preprocessing import Resize

    s = sandbox.settings
    tag = "v1.2" if s.variant == "half-fixed" else "latest"
    once, refuses = s.has("digest"), s.variant == "fixed"
    platform = Platform(sandbox, tag, resolves_once=once, refuses=refuses, steps=s.steps, noise=s.noise)

    async def move_tags() -> None:
        await sandbox.until_s(3 * DAY_S)
        platform.push(Resize(s.resizes_by))

    platform.push(SUBMITTED)
    serving = asyncio.create_task(platform.serve(s.days))
    await platform.train("model-1", submitted_s=6 * HOUR_S, preempted=False)
    moving = asyncio.create_task(move_tags())
    await platform.train("model-2", submitted_s=2 * DAY_S + 22 * HOUR_S, preempted=True)
    await asyncio.gather(moving, serving)


MEASURED_PERCENT = 2.4
"""The share of its accuracy that a prototype's model lost with torch's resize (docs/reference/stories.md §3 c)."""


def damage(trace: Trace, s: Settings) -> Damage:
    """Average over the days of serving the share of pictures that are classified otherwise than undisturbed."""
    served = [entry.event for entry in trace.of(DayServed)]
    lost = {day.day: 100 * (day.reference_quality - day.quality) for day in served}
    otherwise = 100 * sum(day.otherwise / day.judged for day in served) / len(served)
    before = next(day for day in served if day.day == 3)
    percent = "lost_by_the_model_of_before_percent"
    figures = {percent: round(100 * (1 - before.quality / before.reference_quality), 3)}
    if s.noise == digits.NOISE and s.resizes_by == settings.resizes_by:
        figures[f"{percent}_card"] = 0.0 if s.has("digest") else MEASURED_PERCENT
    images = {ran.event.digest for ran in trace.of(ImageRan)}
    days = sum(bool(day.otherwise) for day in served)
    return Damage(
        amount=round(otherwise, 3),
        unit="% of pictures a day classified otherwise",
        sentence=f"on {days} of {len(lost)} days pictures were classified otherwise than the models were judged with, "
        f"the worst day {max(lost.values()):.1f} points of accuracy lower; images that ran: {len(images)}",
        figures=figures
        | {
            "served_otherwise_days": days,
            "lost_by_the_model_of_before_points": round(lost[3], 3),
            "lost_by_the_model_of_that_night_points": round(lost[4], 3),
            "images_that_ran": len(images),
            "resumes_refused": sum(1 for _ in trace.of(ResumeRefused)),
        },
    )
