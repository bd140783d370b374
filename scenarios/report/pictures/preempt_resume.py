"""The life of a job that is preempted, and what the interval between its checkpoints costs."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence

from scenarios.orchestration.stories.preempt_resume import Settings
from scenarios.orchestration.workloads import events
from scenarios.orchestration.workloads.makespan import Job, expected_s, mean_and_error_s, young_s
from scenarios.report.pictures import INK, VARIANT_INK, Figure
from scenarios.report.pictures.plot import Plot, Point
from scenarios.run.result import RunResult
from scenarios.world.setting_words import apply_settings

CUT_INK = INK["red"]


def draw(runs: Sequence[RunResult]) -> Iterator[Figure]:
    """Draw the steps that each variant had behind it over time, and the U-curve of the interval."""
    yield Figure(
        "Steps behind the job as it runs; each drop is a preemption, and what it drops by has to be done again.",
        _progress(runs),
    )
    yield Figure(
        "Mean makespan over the undisturbed one for each interval between checkpoints: the line is the closed form, "
        "the dots are simulated with three standard errors, the mark is Young's interval.",
        _u_curve(_settings(runs[0])),
    )


def _settings(run: RunResult) -> Settings:
    (s,) = apply_settings(run.settings, Settings())
    assert isinstance(s, Settings)
    return s


def _progress(runs: Sequence[RunResult]) -> str:
    longest_h = max(run.metrics.finished_s for run in runs) / 3600
    steps = max(entry.event.steps for run in runs for entry in run.trace.of(events.TrainingPlanned))
    plot = Plot((0.0, longest_h), (0.0, float(steps)), x_label="hours", y_label="steps", height=260)
    for run in runs:
        variant = run.settings["variant"]
        points: list[Point] = []
        for entry in run.trace.of(events.RunResumed, events.BatchTrained):
            now_h = entry.at_s / 3600
            if isinstance(entry.event, events.RunResumed) and points:
                points.append((now_h, points[-1][1]))
            points.append((now_h, float(entry.event.step)))
        plot.line(points, VARIANT_INK[variant], label=variant)
        for entry in run.trace.of(events.RunPreempted):
            plot.dot(entry.at_s / 3600, entry.event.step, CUT_INK, hint=f"{variant}: preempted at {entry.at_s:.0f} s")
    return plot.svg()


def _u_curve(s: Settings) -> str:
    work_s = s.steps * s.step_s
    jobs = {every_s: Job(work_s, s.restart_s, s.save_s, every_s) for every_s in _intervals(work_s)}
    ratios = [(every_s, expected_s(job, s.mtbf_s) / work_s) for every_s, job in jobs.items()]
    top = max(ratio for _, ratio in ratios) * 1.1
    ends = (min(jobs), max(jobs))
    plot = Plot(ends, (0.0, top), x_label="seconds between checkpoints", y_label="times", height=260, log_x=True)
    plot.line(ratios, INK["blue"], label="closed form")
    rng = random.Random("u-curve")
    for every_s in list(jobs)[::3]:
        mean_s, error_s = mean_and_error_s(jobs[every_s], s.mtbf_s, 1000, rng)
        low, high = ((mean_s + sign * 3 * error_s) / work_s for sign in (-1, 1))
        plot.line([(every_s, low), (every_s, high)], INK["orange"])
        plot.dot(every_s, mean_s / work_s, INK["orange"], hint=f"{every_s:.0f} s: {mean_s / work_s:.3f}")
    plot.name("simulated", INK["orange"])
    best_s = young_s(s.save_s, s.mtbf_s)
    plot.line([(best_s, 0.0), (best_s, top)], INK["green"], label=f"Young: {best_s:.0f} s", dashed=True)
    return plot.svg()


def _intervals(work_s: float) -> list[float]:
    """Return intervals that cut the work into whole pieces, from 240 to one."""
    pieces = [240, 160, 120, 80, 60, 40, 30, 24, 18, 15, 12, 10, 8, 6, 5, 4, 3, 2, 1]
    return [work_s / n for n in pieces]
