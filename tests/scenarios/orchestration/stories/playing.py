"""A story played for its tests, with the promises that it broke and its figures."""

from functools import cache

from gateway_sim.scenarios.run.result import RunResult
from gateway_sim.scenarios.run.runner import run
from gateway_sim.scenarios.run.spec import RunSpec


def play_anew(story: str, variant: str, **more: str) -> RunResult:
    """Play a story in a variant, with these settings."""
    return run(RunSpec(story, settings={"variant": variant, **more}))


play = cache(play_anew)
"""The same, once for all tests that change nothing else."""


def figures_of(story: str, variant: str, **more: str) -> dict[str, float]:
    """Play a story in a variant and return its figures."""
    damage = play(story, variant, **more).damage
    assert damage is not None
    return dict(damage.figures)


def broken_by(result: RunResult) -> set[str]:
    """Return the promises that a run broke."""
    return {violation.promise for violation in result.violations}
