"""A daily job in a runtime that another team upgrades between its submission at midnight and its start at two."""

from dataclasses import dataclass, field
from typing import Any

from gateway_sim.control_plane.events import ImageResolved
from gateway_sim.control_plane.models.adoption import Adoption, UpgradeRefused
from gateway_sim.scenarios.orchestration.ports.image import made as image_registry
from gateway_sim.scenarios.orchestration.workloads import digits, libraries, pipeline_events
from gateway_sim.scenarios.orchestration.workloads.model_events import DayServed, ImageRan
from gateway_sim.scenarios.orchestration.workloads.sandbox import Sandbox

DAY_S, HOUR_S = 86_400.0, 3600.0
JOB, REPOSITORY = "daily-features", "runtime"
FIRST, PATCHED, DRIFTED, BROKEN = libraries.RELEASES


@dataclass
class DailyJob:
    """The job that makes features of pictures for a model, which was trained for `steps` steps on its first features.

    `tag` is how the job names its runtime. `by_digest`: a run keeps the digest that was adopted when it was submitted.
    `gated`: an image is adopted if it makes the same of the golden batch. An operator knows the cause of a crash after
    `debugs_days` days, and that of a drift after `finds_days`, and pushes an earlier release.
    """

    sandbox: Sandbox[Any]
    tag: str
    by_digest: bool
    gated: bool
    steps: int
    noise: float
    debugs_days: int
    finds_days: int
    _made: dict[str, digits.Made] = field(default_factory=dict)
    _repairs: dict[int, list[tuple[str, int]]] = field(default_factory=dict)
    _knows_drift: bool = False

    def __post_init__(self) -> None:
        """Push the first runtime, adopt it, and train the model in it."""
        self._images = image_registry(self.sandbox)
        self._adoption = Adoption(*self.sandbox.table("adoptions"), JOB, self._images)
        self._seed = self.sandbox.seeds.stream("pictures").getrandbits(32)
        self.push(FIRST)
        first = self._in(self._adoption.digest())
        self._model = digits.classifier(1)
        digits.train(self._model, first, self.steps)
        self._wanted = digits.answers(self._model, first)
        self._reference = digits.accuracy(self._wanted, first)

    def push(self, release: str) -> None:
        """Build the runtime with this release, move its tags there, and propose it to the job."""
        for tag in ("latest", "v1"):
            self._images.push(f"{REPOSITORY}:{tag}", libraries.content(release))
        try:
            digest = self._adoption.adopt(f"{REPOSITORY}:{self.tag}", self._golden if self.gated else None)
        except UpgradeRefused as refused:
            self.sandbox.emit(pipeline_events.UpgradeTurnedDown(JOB, self._words(refused)))
        else:
            self.sandbox.emit(pipeline_events.UpgradeAdopted(JOB, digest))

    async def play(self, days: int, releases: dict[int, str]) -> None:
        """Submit, upgrade and run, day by day."""
        newest = FIRST
        for day in range(1, days + 1):
            await self.sandbox.until_s(day * DAY_S)
            reference = f"{REPOSITORY}:{self.tag}"
            submitted = self._adoption.digest() if self.by_digest else self._images.resolve(reference)
            self.sandbox.emit(ImageResolved(_run_of(day), reference, submitted))
            await self.sandbox.until_s(day * DAY_S + HOUR_S / 2)
            if (release := releases.get(day)) is not None:
                newest = release
                self.push(release)
            if repairs := self._repairs.pop(day, []):
                self._repair(repairs, day, newest)
            await self.sandbox.until_s(day * DAY_S + 2 * HOUR_S)
            self._run(day, submitted if self.by_digest else self._images.resolve(reference))

    def _repair(self, repairs: list[tuple[str, int]], day: int, newest: str) -> None:
        """Push the release before the one at fault; an operator who knows of the drift, the one before that drifted."""
        for kind, since in repairs:
            self.sandbox.emit(pipeline_events.FaultFound(JOB, kind, since, day))
        self._knows_drift |= any(kind == "drift" for kind, _ in repairs)
        self.push(PATCHED if self._knows_drift or newest != BROKEN else DRIFTED)

    def _run(self, day: int, digest: str) -> None:
        try:
            on = self._in(digest)
        except ImportError as failed:
            self.sandbox.emit(pipeline_events.RunCrashed(JOB, day, digest, self._words(failed)))
            self._notice("crash", day, self.debugs_days)
            return
        # each run is held to its own submission, and the golden batches of all to each other
        self.sandbox.emit(ImageRan(_run_of(day), "its run", digest, on.golden))
        self.sandbox.emit(ImageRan(JOB, f"the run of day {day}", digest, on.golden))
        answered = digits.answers(self._model, on)
        otherwise = int((answered != self._wanted).sum())
        quality = digits.accuracy(answered, on)
        self.sandbox.emit(DayServed(JOB, day, digest, quality, self._reference, digits.JUDGED_ON, otherwise))
        if otherwise:
            self._notice("drift", day, self.finds_days)

    def _notice(self, kind: str, day: int, after: int) -> None:
        """Let an operator know the cause some days after the first time."""
        if not any(kind == known for repairs in self._repairs.values() for known, _ in repairs):
            self._repairs.setdefault(day + after, []).append((kind, day))

    def _words(self, error: Exception) -> str:
        """Return an error's message without the scratch folder, which is another one in each run."""
        return str(error).replace(f"{self.sandbox.folder}/", "")

    def _in(self, digest: str) -> digits.Made:
        """Return the features that the job makes in an image. Raises what its import raises there."""
        if digest not in self._made:
            folder = self.sandbox.folder / digest.partition(":")[2][:12]
            features = libraries.features_in(folder, self._images.content(REPOSITORY, digest))
            self._made[digest] = digits.made_by(self._seed, self.noise, features)
        return self._made[digest]

    def _golden(self, digest: str) -> str:
        return self._in(digest).golden


def _run_of(day: int) -> str:
    """Return the name of a day's run: each is submitted anew."""
    return f"{JOB}-{day}"
