"""A platform whose jobs train and serve classifiers of digits in container images that a registry resolves."""

import asyncio
from dataclasses import dataclass
from typing import Any

from gateway_sim.control_plane.events import ImageResolved
from gateway_sim.scenarios.orchestration.ports.image import made as image_registry
from gateway_sim.scenarios.orchestration.workloads import digits
from gateway_sim.scenarios.orchestration.workloads.events import ResumeRefused, RunPreempted
from gateway_sim.scenarios.orchestration.workloads.model_events import DayServed, ImageRan
from gateway_sim.scenarios.orchestration.workloads.sandbox import Sandbox
from gateway_sim.trainer_pod.checkpoints import CheckpointStore
from gateway_sim.trainer_pod.preprocessing import Resize
from gateway_sim.trainer_pod.refusals import CheckpointRefused
from gateway_sim.trainer_pod.tabular import TabularModel

HOUR_S = 3600.0
SAVES_IN_S = 30.0
"""The seconds of writing a checkpoint."""

REPOSITORY = "trainer"
SUBMITTED = Resize("bilinear", antialias=True)
"""What the image does before its update."""


@dataclass
class Platform:
    """Images, jobs of `steps` steps and their models; pictures have `noise`.

    `tag` is how users name the image. `resolves_once`: a job keeps the digest that the tag meant at its submission.
    `refuses`: a checkpoint carries its image's digest, and is refused in another image.
    """

    sandbox: Sandbox[Any]
    tag: str
    resolves_once: bool
    refuses: bool
    steps: int
    noise: float

    def __post_init__(self) -> None:
        """Open the registry of images."""
        self._images = image_registry(self.sandbox)
        self._reference = f"{REPOSITORY}:{self.tag}"
        self._seed = self.sandbox.seeds.stream("pictures").getrandbits(32)
        self._references: dict[str, str] = {}
        self._trained: dict[str, TabularModel] = {}

    def push(self, resize: Resize) -> None:
        """Build the image that resizes like this and push it under both tags."""
        for tag in ("latest", "v1.2"):
            self._images.push(f"{REPOSITORY}:{tag}", resize.written())

    async def train(self, job: str, *, submitted_s: float, preempted: bool) -> None:
        """Submit a job and train its model in four hours; a preempted one is resumed by hand, by the tag."""
        await self.sandbox.until_s(submitted_s)
        digest = self._images.resolve(self._reference)
        self.sandbox.emit(ImageResolved(job, self._reference, digest))
        self._references[job] = f"{REPOSITORY}@{digest}" if self.resolves_once else self._reference
        model = digits.classifier(_number(job))
        if not preempted:
            await self._attempt(job, model, self._references[job], self.steps)
            return
        half = self.steps // 2
        await self._attempt(job, model, self._references[job], half)
        # the work since the checkpoint is lost with the node
        await asyncio.sleep(HOUR_S)
        self.sandbox.emit(RunPreempted(1, half))
        await self._resume(job, half)

    async def _attempt(self, job: str, model: TabularModel, reference: str, steps: int) -> None:
        """Train a job's model in the image of a reference, and save it."""
        image = self._start(job, "training", reference)
        await asyncio.sleep(4 * HOUR_S * steps / self.steps)
        digits.train(model, self._made(image), steps)
        store = self._store(job, image)
        await self.sandbox.blocking(lambda: store.save(model, f"step-{model.step}"), takes_s=SAVES_IN_S)
        self._trained[job] = model

    async def _resume(self, job: str, saved: int) -> None:
        """Resume from the checkpoint in the image that the user types; if that is refused, in the job's own."""
        for reference in (self._reference, self._references[job]):
            image = self._images.resolve(reference)
            model = digits.classifier(_number(job))
            try:
                self._store(job, image).load(model, f"step-{saved}", with_optimizer=True)
            except CheckpointRefused as refused:
                self.sandbox.emit(ResumeRefused(f"step-{saved}", str(refused)))
                continue
            await self._attempt(job, model, f"{REPOSITORY}@{image}", self.steps - saved)
            return

    async def serve(self, days: int) -> None:
        """Start a serving pod at noon of each day, of the second model from day 4 on, and judge it."""
        for day in range(1, days + 1):
            await self.sandbox.until_s((day * 24 + 12) * HOUR_S)
            job = "model-1" if day < 4 else "model-2"
            image = self._start(job, f"serving on day {day}", self._references[job])
            on = self._made(image)
            answered = digits.answers(self._trained[job], on)
            wanted = digits.undisturbed(self._seed, self.noise, _number(job), self.steps, SUBMITTED)
            quality, reference = (digits.accuracy(each, on) for each in (answered, wanted))
            otherwise = int((answered != wanted).sum())
            self.sandbox.emit(DayServed(job, day, image, quality, reference, digits.JUDGED_ON, otherwise))

    def _start(self, job: str, purpose: str, reference: str) -> str:
        """Pull the image of a reference, and return its digest."""
        image = self._images.resolve(reference)
        self.sandbox.emit(ImageRan(job, purpose, image, self._made(image).golden))
        return image

    def _made(self, image: str) -> digits.Made:
        return digits.made(self._seed, self.noise, Resize.read(self._images.content(REPOSITORY, image)))

    def _store(self, job: str, image: str) -> CheckpointStore:
        return CheckpointStore(str(self.sandbox.folder), "acme", job, image=image if self.refuses else "")


def _number(job: str) -> int:
    return int(job.removeprefix("model-"))
