"""Two lanes for each model: the tagged version and the served one, with a red line where they differ."""

from gateway_sim.control_plane.events import TagMoved
from gateway_sim.scenarios.orchestration.promises.what_serves_is_what_the_tag_names import Stretch, drifting, stretches
from gateway_sim.scenarios.report.pictures import INK, Figures, Plot, RunResult, Runs, panels, variant

VERSIONS = [INK[name] for name in ("blue", "sky", "green", "purple", "brown", "orange", "grey")]


def draw(runs: Runs) -> Figures:
    """Draw the lanes of every model, variant by variant."""
    longest_s = max(life[-1].until_s - life[0].since_s for run in runs for life in _lives(run))
    yield from panels(
        runs,
        "each version has its colour; the red line is drift: another version serves than the tag names.",
        lambda run: _lanes(run, longest_s),
    )


def _lanes(run: RunResult, longest_s: float) -> str:
    lives = _lives(run)
    names = [f"{n}: {what}" for n in range(len(lives)) for what in ("tag", "serves")]
    label = "s since the first promotion"
    plot = Plot((0.0, longest_s), x_label=label, lanes=names, title=variant(run), lane_height=22)
    for n, life in enumerate(lives):
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
    plot.legend({"drift": INK["red"]})
    return plot.svg()


def _lives(run: RunResult) -> list[list[Stretch]]:
    models = dict.fromkeys(entry.event.model for entry in run.trace.of(TagMoved))
    return [stretches(run.trace, model) for model in models]
