"""A tag moves to an image whose resize has another default, and the models get worse though nobody touched them.

On the third day the tag is pushed anew. Serving pods that start by tag preprocess otherwise than their model was
trained; a job that is preempted that night trains its second half on other pictures than its first. A pinned tag is a
tag. A digest that is resolved at submit holds until somebody resumes by hand, with the tag: the checkpoint has to say
what it was made in.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from control_plane.events import ImageResolved, ImageTagged
from control_plane.models.environments import Environments
from scenarios.judge.damage import Damage
from scenarios.orchestration.promises.a_job_runs_in_one_image import a_job_runs_in_one_image
from scenarios.orchestration.promises.preprocessing_makes_the_same_of_the_same import (
    preprocessing_makes_the_same_of_the_same,
)
from scenarios.orchestration.promises.what_serves_is_as_good_as_it_was import what_serves_is_as_good_as_it_was
from scenarios.orchestration.workloads import digits
from scenarios.orchestration.workloads.data_events import DayServed, ImageRan
from scenarios.orchestration.workloads.events import ResumeRefused, RunPreempted
from scenarios.orchestration.workloads.sandbox import Sandbox
from scenarios.orchestration.workloads.settings import SandboxSettings
from scenarios.sim.errors import SettingsRefused
from scenarios.sim.trace import Trace
from trainer_pod.refusals import CheckpointRefused

if TYPE_CHECKING:
    from trainer_pod.checkpoints import CheckpointStore
    from trainer_pod.tabular import TabularModel

DAY_S, HOUR_S = 86400.0, 3600.0
SAVES_IN_S = 30.0
"""What a checkpoint is charged, once it is written."""

REPOSITORY = "trainer"
OLD, NEW = "resize with antialias", "resize without antialias"
"""What is in the image before the third day, and from then on."""

omits = ("digest", "refusal")


@dataclass(frozen=True)
class Settings(SandboxSettings):
    """Two models of `steps` steps, the second preempted in the night after day 2, serve until the end of day `days`.

    Pictures have `noise`. The half-fixed platform omits one thing: the "digest", for it pins a tag, or the "refusal",
    for it resumes a checkpoint in whatever image somebody starts.
    """

    steps: int = 60
    days: int = 6
    noise: float = digits.NOISE
    omits: str = "digest"

    def __post_init__(self) -> None:
        """Refuse training that cannot be preempted, days that end before the tag moves, and a lack that is none."""
        super().__post_init__()
        self.one_of("omits", omits)
        if self.steps < 4:
            raise SettingsRefused(f"steps is {self.steps}; a run that is preempted halfway needs 4 or more")
        if self.days < 4:
            raise SettingsRefused(
                f"days is {self.days}; the second model serves from day 4 on, so it must be 4 or more"
            )

    @property
    def reference(self) -> str:
        """Return how users name the image of a job."""
        return f"{REPOSITORY}:{'v1.2' if self.variant == 'half-fixed' else 'latest'}"

    @property
    def resolves_once(self) -> bool:
        """Say whether a job keeps the digest that its reference meant at submit."""
        return self.variant == "fixed" or (self.variant == "half-fixed" and self.omits != "digest")

    @property
    def refuses(self) -> bool:
        """Say whether a checkpoint carries its image, and is refused in another."""
        return self.variant == "fixed"


origin = "the second seed; ORCHESTRATION §3 c"
settings = Settings()
needs = ("sklearn",)
promises = [
    a_job_runs_in_one_image,
    preprocessing_makes_the_same_of_the_same,
    what_serves_is_as_good_as_it_was,
]
must_reach = [ImageTagged, RunPreempted, DayServed]


async def play(sandbox: Sandbox[Settings]) -> None:
    """Train and serve a model, train the next while the tag moves, and serve that."""
    platform = _Platform(sandbox)
    platform.push(OLD)
    serving = asyncio.create_task(platform.serve())
    await platform.train("model-1", submitted_s=6 * HOUR_S, preempted=False)
    moving = asyncio.create_task(platform.move_tags(3 * DAY_S))
    await platform.train("model-2", submitted_s=2 * DAY_S + 22 * HOUR_S, preempted=True)
    await asyncio.gather(moving, serving)


class _Platform:
    """Images, jobs and their models on one sandbox."""

    def __init__(self, sandbox: Sandbox[Settings]) -> None:
        client, table = sandbox.table("environments")
        self._site = sandbox
        self._images = Environments(client, table, emit=sandbox.emit)
        self._seed = sandbox.seeds.stream("pictures").getrandbits(32)
        self._references: dict[str, str] = {}
        self._trained: dict[str, TabularModel] = {}

    def push(self, content: str) -> None:
        """Build the image anew, under all the tags that people use."""
        for tag in ("latest", "v1.2"):
            self._images.push(f"{REPOSITORY}:{tag}", content)

    async def move_tags(self, at_s: float) -> None:
        """Push the image whose resize has another default."""
        await self._site.until_s(at_s)
        self.push(NEW)

    async def train(self, job: str, *, submitted_s: float, preempted: bool) -> None:
        """Submit a job and train its model in four hours; preempted, it is resumed by hand, by the tag."""
        sandbox, s = self._site, self._site.settings
        await sandbox.until_s(submitted_s)
        digest = self._images.resolve(s.reference)
        sandbox.emit(ImageResolved(job, s.reference, digest))
        self._references[job] = f"{REPOSITORY}@{digest}" if s.resolves_once else s.reference
        model = digits.classifier(_number(job))
        if not preempted:
            await self._attempt(job, model, self._references[job], s.steps)
            return
        half = s.steps // 2
        await self._attempt(job, model, self._references[job], half)
        # what is computed after the checkpoint is lost with the node
        await asyncio.sleep(HOUR_S)
        sandbox.emit(RunPreempted(1, half))
        await self._resume(job, half)

    async def _attempt(self, job: str, model: TabularModel, reference: str, steps: int) -> None:
        """Train in the image of a reference, and save; the job's model is this one from here on."""
        image = self._start(job, "training", reference)
        await asyncio.sleep(4 * HOUR_S * steps / self._site.settings.steps)
        digits.train(model, self._made(image), steps)
        shelf = self._shelf(job, image)
        await self._site.held(lambda: shelf.save(model, f"step-{model.step}"), for_s=SAVES_IN_S)
        self._trained[job] = model

    async def _resume(self, job: str, saved: int) -> None:
        """Go on from the checkpoint in the image that somebody types; where that is refused, in the job's own."""
        s = self._site.settings
        for reference in (s.reference, self._references[job]):
            image = self._images.resolve(reference)
            model = digits.classifier(_number(job))
            try:
                self._shelf(job, image).load(model, f"step-{saved}", with_optimizer=True)
            except CheckpointRefused as refused:
                self._site.emit(ResumeRefused(f"step-{saved}", str(refused)))
                continue
            await self._attempt(job, model, f"{REPOSITORY}@{image}", s.steps - saved)
            return

    async def serve(self) -> None:
        """Start a serving pod at noon of each day, of the second model from day 4 on, and judge it."""
        sandbox, s = self._site, self._site.settings
        for day in range(1, s.days + 1):
            await sandbox.until_s(day * DAY_S + 12 * HOUR_S)
            job = "model-1" if day < 4 else "model-2"
            image = self._start(job, f"serving on day {day}", self._references[job])
            quality = digits.accuracy(self._trained[job], self._made(image))
            undisturbed = digits.undisturbed(self._seed, s.noise, _number(job), s.steps)
            sandbox.emit(DayServed(job, day, image, quality, undisturbed))

    def _start(self, job: str, purpose: str, reference: str) -> str:
        """Pull the image of a reference, and return its digest."""
        image = self._images.resolve(reference)
        self._site.emit(ImageRan(job, purpose, image, self._made(image).golden))
        return image

    def _made(self, image: str) -> digits.Made:
        antialias = self._images.content(REPOSITORY, image) == OLD
        return digits.made(self._seed, self._site.settings.noise, antialias)

    def _shelf(self, job: str, image: str) -> CheckpointStore:
        from trainer_pod.checkpoints import CheckpointStore

        return CheckpointStore(str(self._site.folder), "acme", job, image=image if self._site.settings.refuses else "")


def _number(job: str) -> int:
    return int(job.removeprefix("model-"))


CARD_POINTS = 3.07
"""By how much the model of before is worse in the new image, as ORCHESTRATION §3 c measured it on other noise."""


def damage(trace: Trace, s: Settings) -> Damage:
    """Average over the days of serving by how much the accuracy differs from the undisturbed one, in points."""
    served = [entry.event for entry in trace.of(DayServed)]
    lost = {day.day: 100 * (day.reference_quality - day.quality) for day in served}
    astray = sum(abs(points) for points in lost.values()) / len(lost)
    card = {"lost_by_the_model_of_before_points_card": 0.0 if s.resolves_once else CARD_POINTS}
    images = {ran.event.digest for ran in trace.of(ImageRan)}
    return Damage(
        amount=round(astray, 3),
        unit="points of accuracy a day",
        sentence=f"{sum(bool(points) for points in lost.values())} of {len(lost)} days were served otherwise than the "
        f"models were judged, the worst {max(lost.values()):.1f} points below; {len(images)} images ran under one name",
        figures={
            "served_otherwise_days": sum(bool(points) for points in lost.values()),
            "lost_by_the_model_of_before_points": round(lost[3], 3),
            "lost_by_the_model_of_that_night_points": round(lost[4], 3),
            "images_that_ran": len(images),
            "resumes_refused": sum(1 for _ in trace.of(ResumeRefused)),
        }
        | (card if s.noise == digits.NOISE else {}),
    )
