"""Two lanes a model: the version that its tag names, and the one that serves; red where they differ for good."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from control_plane.events import TagMoved
from scenarios.orchestration.promises.what_serves_is_what_the_tag_names import Stretch, drifting, stretches
from scenarios.report.pictures import INK, Figure
from scenarios.report.pictures.plot import Plot
from scenarios.run.result import RunResult

VERSIONS = [INK[name] for name in ("blue", "sky", "green", "purple", "brown", "orange", "grey")]


def draw(runs: Sequence[RunResult]) -> Iterator[Figure]:
    """Draw the lanes of every model, variant by variant."""
    lives = [{model: stretches(run.trace, model) for model in _models(run)} for run in runs]
    longest_s = max(life[-1].until_s - life[0].since_s for models in lives for life in models.values())
    for run, models in zip(runs, lives, strict=True):
        yield Figure(
            f"{run.settings['variant']}: each version has its colour; the red line is "
            "drift: a deploy had ended, and what served was not what the tag named.",
            _lanes(run.settings["variant"], models, longest_s),
        )


def _lanes(variant: str, models: dict[str, list[Stretch]], longest_s: float) -> str:
    names = [f"{n}: {what}" for n in range(len(models)) for what in ("tag", "serves")]
    plot = Plot(
        (0.0, longest_s), x_label="s since the first promotion", lanes=names, title=variant, height=66 + 22 * len(names)
    )
    for n, life in enumerate(models.values()):
        began_s = life[0].since_s
        for lane, versions in ((2 * n, [s.tag for s in life]), (2 * n + 1, [s.serves for s in life])):
            for stretch, version in zip(life, versions, strict=True):
                if version is not None:
                    hint = f"{names[lane]} version {version}"
                    since_s, until_s = stretch.since_s - began_s, stretch.until_s - began_s
                    ink = VERSIONS[version % len(VERSIONS)]
                    plot.bar(since_s, until_s, lane + 0.12, lane + 0.88, ink, hint=hint)
        for stretch in drifting(life):
            since_s, until_s = stretch.since_s - began_s, stretch.until_s - began_s
            hint = f"drift of {until_s - since_s:.0f} s"
            plot.bar(since_s, until_s, 2 * n + 0.93, 2 * n + 1.07, INK["red"], hint=hint)
    plot.name("drift", INK["red"])
    return plot.svg()


def _models(run: RunResult) -> list[str]:
    return list(dict.fromkeys(entry.event.model for entry in run.trace.of(TagMoved)))
