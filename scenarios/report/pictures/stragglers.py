"""The durations of a synchronous job and of its steps, under each answer to a slow worker."""

from gateway_sim.scenarios.orchestration.workloads import events
from gateway_sim.scenarios.report.pictures import INK, VARIANT_INK, Figure, Figures, Plot, Runs, variant, variant_line

ANSWERS = {"broken": "wait for all", "half-fixed": "drop the slowest", "fixed": "save and restart"}


def draw(runs: Runs) -> Figures:
    """Draw the steps over time, variant by variant, and the makespans side by side."""
    yield Figure("Seconds that each step took: all wait for one worker, or none does.", _steps(runs))
    yield Figure("The whole job; the dashed line is a job whose workers are all typical.", _makespans(runs))


def _steps(runs: Runs) -> str:
    synchronized = [[e.event for e in run.trace.of(events.StepSynchronized)] for run in runs]
    last = max(len(steps) for steps in synchronized)
    longest_s = max(step.took_s for steps in synchronized for step in steps)
    plot = Plot((1.0, float(last)), (0.0, longest_s * 1.05), x_label="step", y_label="seconds", height=240)
    for run, steps in zip(runs, synchronized, strict=True):
        variant_line(plot, run, [(step.step, step.took_s) for step in steps], ANSWERS[variant(run)])
    return plot.svg()


def _makespans(runs: Runs) -> str:
    ended_s = {variant(run): next(run.trace.of(events.TrainingEnded)).at_s for run in runs}
    typical_s = next(runs[0].trace.of(events.AnswersReckoned)).event.typical_s
    until_s = max(*ended_s.values(), typical_s) * 1.05
    plot = Plot((0.0, until_s), x_label="seconds", lanes=[*ended_s], lane_height=26)
    for lane, (name, end_s) in enumerate(ended_s.items()):
        plot.bar(0.0, end_s, lane + 0.15, lane + 0.85, VARIANT_INK[name], hint=f"{ANSWERS[name]}: {end_s:.0f} s")
    plot.upright(typical_s, INK["grey"], dashed=True)
    return plot.svg()
