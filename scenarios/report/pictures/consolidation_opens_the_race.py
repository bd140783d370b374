"""The jobs of each node before and after the move, and the net gain of a move by the lag of a route."""

from collections.abc import Sequence
from dataclasses import replace

from gateway_sim.scenarios.orchestration.stories.consolidation_opens_the_race import Settings
from gateway_sim.scenarios.orchestration.workloads.events import GpuSecondsLost, GpuSecondsWon
from gateway_sim.scenarios.report.pictures import (
    INK,
    VARIANT_INK,
    Figure,
    Figures,
    Plot,
    Point,
    RunResult,
    Runs,
    panels,
)
from gateway_sim.scenarios.report.pictures.gpus import Stay, ended_h, gantt
from gateway_sim.scenarios.run.runner import run
from gateway_sim.scenarios.run.spec import RunSpec


def draw(runs: Runs) -> Figures:
    """Draw the cluster that moves jobs, variant by variant, and the frontier over the lag of the gateway's replicas."""
    until_h = max(ended_h(one, "moved") for one in runs)
    caption = "the two nodes; blue is a run, brown the pair that one of them moves for."
    yield from panels(runs, caption, lambda one: gantt(one, "moved", _ink, until_h=until_h))
    yield Figure(
        "GPU-seconds that moving wins, less those it costs, for each lag of the gateway's replicas: the gain is gone "
        "where the lag outlasts the wait that the move saves, unless the gateway leases the newest route.",
        _frontier(runs),
    )


def _ink(stay: Stay) -> str:
    return INK["brown"] if stay.work == "pair" else INK["blue"]


def _frontier(runs: Runs) -> str:
    nets = {"half-fixed": _nets(runs[1], (0.0, 20.0, 40.0)), "fixed": _nets(runs[2], (0.0,))}
    every = [net for points in nets.values() for _, net in points]
    last_s = max(lag_s for points in nets.values() for lag_s, _ in points)
    plot = Plot((0.0, last_s), (min(*every, 0.0), max(every)), x_label="lag, seconds", y_label="GPU-seconds")
    plot.level(0.0, INK["grey"])
    for name, points in nets.items():
        plot.line(points, VARIANT_INK[name], label=name)
    return plot.svg()


def _nets(done: RunResult, lags_s: Sequence[float]) -> list[Point]:
    """Return the net gain of moving by lag: for the given run, and for new runs with `lags_s`."""
    spec = RunSpec(done.race, seed=done.seed, settings=done.settings)
    played = [(lag_s, run(replace(spec, settings={**spec.settings, "lag_s": str(lag_s)}))) for lag_s in lags_s]
    given_s = float(done.settings.get("lag_s", Settings().lag_s))
    return [(lag_s, _net(one)) for lag_s, one in sorted([*played, (given_s, done)], key=lambda pair: pair[0])]


def _net(done: RunResult) -> float:
    won = sum((entry.event.gpu_s for entry in done.trace.of(GpuSecondsWon)), 0.0)
    return won - sum((entry.event.gpu_s for entry in done.trace.of(GpuSecondsLost)), 0.0)
