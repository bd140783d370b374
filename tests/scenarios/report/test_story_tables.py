"""Over many seeds the measured mean stands beside what was expected of it."""

from rich.console import Console

from gateway_sim.scenarios.report.story_tables import seeds_figures
from gateway_sim.scenarios.run.runner import run
from gateway_sim.scenarios.run.spec import RunSpec


def shown(*specs: RunSpec) -> list[str]:
    """Return the lines that these runs come to."""
    console = Console(width=120)
    with console.capture() as told:
        console.print(seeds_figures([run(spec) for spec in specs]))
    return [" ".join(line.split()) for line in told.get().splitlines()]


def test_the_mean_the_error_and_what_was_expected_stand_in_a_row() -> None:
    """Two runs of twelve steps that are preempted once, in the middle of the second step: the same makespan twice."""
    words = {"variant": "fixed", "steps": "12", "save_every": "3", "mtbf_s": "1e9", "first_preemption_s": "540"}
    runs = [RunSpec("preempt-resume", seed=seed, settings=words) for seed in range(2)]
    assert "makespan_s 5,010 0 5,010 - -" in shown(*runs)


def test_a_reference_stands_beside_the_job_that_was_measured() -> None:
    """1.191 times two hours, preempted every 45 minutes."""
    (line,) = (line for line in shown(RunSpec("preempt-resume", settings={"variant": "fixed"})) if "makespan_s" in line)
    assert line.split()[-2:] == ["-", "8,575"]


def test_a_race_has_none() -> None:
    """Nothing is measured there that has a closed form."""
    assert "".join(shown(RunSpec("healthy"))).strip() == ""
