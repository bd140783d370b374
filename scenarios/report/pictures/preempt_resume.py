"""The progress of a preempted job, and the cost of the interval between its checkpoints."""

import random

from gateway_sim.scenarios.orchestration.stories.preempt_resume import Settings
from gateway_sim.scenarios.orchestration.workloads import events
from gateway_sim.scenarios.orchestration.workloads.makespan import Job, expected_s, mean_and_error_s, young_s
from gateway_sim.scenarios.report.pictures import (
    INK,
    Figure,
    Figures,
    Plot,
    RunResult,
    Runs,
    progress,
    variant,
    variant_line,
)
from gateway_sim.scenarios.world.setting_words import apply_settings

PIECES = (240, 160, 120, 80, 60, 40, 30, 24, 18, 15, 12, 10, 8, 6, 5, 4, 3, 2, 1)
"""The numbers of intervals between checkpoints."""


def draw(runs: Runs) -> Figures:
    """Draw the steps of each variant over time, and the U-curve of the interval."""
    yield Figure(
        "Steps done as the job runs; each drop is a preemption; the lost steps have to be done again.",
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


def _progress(runs: Runs) -> str:
    longest_h = max(run.metrics.finished_s for run in runs) / 3600
    steps = max(entry.event.steps for run in runs for entry in run.trace.of(events.TrainingPlanned))
    plot = Plot((0.0, longest_h), (0.0, float(steps)), x_label="hours", y_label="steps", height=260)
    for run in runs:
        name = variant(run)
        variant_line(plot, run, progress(run, events.BatchTrained, unit_s=3600))
        for entry in run.trace.of(events.RunPreempted):
            plot.dot(entry.at_s / 3600, entry.event.step, INK["red"], hint=f"{name}: preempted at {entry.at_s:.0f} s")
    return plot.svg()


def _u_curve(s: Settings) -> str:
    work_s = s.steps * s.step_s
    jobs = {work_s / pieces: Job(work_s, s.restart_s, s.save_s, work_s / pieces) for pieces in PIECES}
    ratios = [(every_s, expected_s(job, s.mtbf_s) / work_s) for every_s, job in jobs.items()]
    top = max(ratio for _, ratio in ratios) * 1.1
    ends, label = (min(jobs), max(jobs)), "seconds between checkpoints"
    plot = Plot(ends, (0.0, top), x_label=label, y_label="times", height=260, log_x=True)
    plot.line(ratios, INK["blue"], label="closed form")
    rng = random.Random("u-curve")
    for every_s in list(jobs)[::3]:
        mean_s, error_s = mean_and_error_s(jobs[every_s], s.mtbf_s, 1000, rng)
        low, high = ((mean_s + sign * 3 * error_s) / work_s for sign in (-1, 1))
        plot.line([(every_s, low), (every_s, high)], INK["orange"])
        plot.dot(every_s, mean_s / work_s, INK["orange"], hint=f"{every_s:.0f} s: {mean_s / work_s:.3f}")
    plot.legend({"simulated": INK["orange"]})
    best_s = young_s(s.save_s, s.mtbf_s)
    plot.upright(best_s, INK["green"], label=f"Young: {best_s:.0f} s", dashed=True)
    return plot.svg()
