"""A slow worker is waited for, left out, or replaced, and each has its price."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from gateway_sim.scenarios.orchestration.workloads.events import WorkerReplaced
from gateway_sim.scenarios.orchestration.workloads.stragglers import (
    Rule,
    Watcher,
    drop_slowest_s,
    read,
    replaced,
    restarted_s,
    synchronous_s,
    typical_s,
)
from gateway_sim.scenarios.run.runner import run
from gateway_sim.scenarios.run.spec import RunSpec
from gateway_sim.scenarios.sim.errors import SettingsRefused
from tests.scenarios.orchestration.stories.playing import play, play_anew

STEADY = [[60.0, 60.0, 60.0]] * 2
SLOW = [[60.0, 60.0, 180.0]] * 4
RULE = Rule(factor=1.5, watch=2, pause_s=70.0)

played = partial(play, "stragglers")


def test_the_three_answers_in_closed_form():
    """Two steps of a minute and four of three: 14 minutes, 6, or 2 + 2 x 3 + 70 s + 2."""
    times = STEADY + SLOW
    assert typical_s(times) == drop_slowest_s(times) == 360.0
    assert synchronous_s(times) == 840.0
    assert restarted_s(times, RULE) == 120.0 + 360.0 + 70.0 + 120.0


def test_a_worker_that_was_slow_once_is_not_replaced():
    """Two steps in a row by the same worker are needed; one step each of two workers is not enough."""
    watcher = Watcher(RULE)
    slow = [[180.0, 60.0, 60.0], [60.0, 60.0, 60.0], [180.0, 60.0, 60.0], [60.0, 180.0, 60.0], [60.0, 180.0, 60.0]]
    assert [watcher.sees(row) for row in slow] == [None, None, None, None, 1]


def test_a_replaced_worker_is_as_fast_as_the_median_of_the_others():
    """Of those that were not replaced themselves."""
    assert replaced([10.0, 20.0, 30.0, 99.0], [3]) == [10.0, 20.0, 30.0, 20.0]
    assert replaced([99.0, 20.0, 30.0, 99.0], [0, 3]) == [25.0, 20.0, 30.0, 25.0]


@pytest.mark.parametrize("variant", ["broken", "half-fixed", "fixed"])
def test_the_job_takes_what_was_reckoned(variant):
    """Played step by step in virtual time, training and all."""
    damage = played(variant).damage
    assert damage is not None
    assert damage.figures["makespan_s"] == pytest.approx(damage.figures["makespan_s_expected"], abs=0.01)


def test_without_the_slowest_the_job_is_fast_and_another_one():
    """A row a step is never trained, and the weights say so."""
    result = played("half-fixed")
    assert result.damage is not None
    assert result.damage.figures["rows_lost"] == 16
    assert "an interruption leaves no trace in the weights" in {v.promise for v in result.violations}


def test_a_restart_that_forgets_the_moments_is_missed(monkeypatch):
    """The weights would be those of the checkpoint, and the next steps others."""
    from gateway_sim.trainer_pod.checkpoints import CheckpointStore

    revive = CheckpointStore.revive
    monkeypatch.setattr(
        CheckpointStore, "revive", lambda self, path, device, **_: revive(self, path, device, with_optimizer=False)
    )
    result = play_anew("stragglers", "fixed")
    assert len(list(result.trace.of(WorkerReplaced))) == 1
    assert {v.promise for v in result.violations} == {"an interruption leaves no trace in the weights"}


@pytest.mark.parametrize(
    ("word", "sentence"),
    [
        ({"workers": "1"}, "workers is 1; it must be 2 or more"),
        ({"traces": "nowhere"}, "traces is 'nowhere'; there is no alibaba_minibatch_job_1_norm.csv in it"),
    ],
)
def test_a_job_of_nothing_and_traces_that_are_not_there_are_refused(word, sentence):
    """With the setting's name."""
    with pytest.raises(SettingsRefused, match=sentence):
        run(RunSpec("stragglers", settings=word))


def test_a_trace_is_read_step_by_step_and_unfinished_steps_are_left_out():
    """The second step has no time of worker 1."""
    lines = ["worker,gpu,time,batch_time_norm", "0,25,1,476", "1,25,1,509", "0,25,11,480"]
    assert read(lines) == [[476.0, 509.0]]


def written(folder: Path, steps: int) -> None:
    """Write a trace of two workers, the second one slower by a step's number of seconds."""
    rows = [f"{w},25,{n},{100 + n * w}" for n in range(1, steps + 1) for w in (0, 1)]
    file = folder / "alibaba_minibatch_job_2_norm.csv"
    file.write_text("\n".join(["worker,gpu,time,batch_time_norm", *rows]), encoding="utf-8")


def test_the_whole_trace_is_played_or_as_much_as_is_asked_for(tmp_path):
    """Not as many steps as the drawn job has, and the reference stands beside the whole alone."""
    written(tmp_path, 40)
    whole, part = (
        played("broken", traces=str(tmp_path), trace_job="2", **more).damage for more in ({}, {"trace_steps": "8"})
    )
    assert whole is not None
    assert part is not None
    assert (whole.figures["steps"], part.figures["steps"]) == (40, 8)
    assert whole.figures["synchronous_over_typical_card"] == 1.09
    assert not [name for name in part.figures if name.endswith("_card")]
    assert played("broken").damage.figures["steps"] == 16


def test_the_traces_are_three():
    """A fourth is refused by the setting's name."""
    with pytest.raises(SettingsRefused, match="trace_job is 4; it must be at most 3"):
        run(RunSpec("stragglers", settings={"trace_job": "4"}))


@pytest.mark.slow
@pytest.mark.parametrize("job", ["1", "2", "3"])
def test_a_whole_measured_job_has_the_ratios_of_the_reference(traces: Callable[[str], Path], job: str):
    """As the story plays it."""
    folder = str(traces(f"alibaba_minibatch_job_{job}_norm.csv").parent)
    figures = played("broken", traces=folder, trace_job=job).damage.figures
    for name in ("synchronous_over_typical", "drop_slowest_over_typical"):
        assert figures[name] == pytest.approx(figures[f"{name}_card"], abs=0.005)


@pytest.mark.parametrize(("job", "waiting", "dropping"), [(1, 1.12, 1.07), (2, 1.09, 1.04), (3, 1.12, 1.09)])
def test_measured_workers_are_stragglers_too_mild_for_a_restart_to_pay(
    traces: Callable[[str], Path], job: int, waiting: float, dropping: float
):
    """Waiting for all costs a tenth, dropping the slowest half of that; replacing wins a fiftieth at most."""
    with traces(f"alibaba_minibatch_job_{job}_norm.csv").open(encoding="utf-8") as lines:
        times = read(lines)
    assert synchronous_s(times) / typical_s(times) == pytest.approx(waiting, abs=0.005)
    assert drop_slowest_s(times) / typical_s(times) == pytest.approx(dropping, abs=0.005)
    assert 0.98 < restarted_s(times, RULE) / synchronous_s(times) <= 1.0


def test_the_scenario_plays_on_measured_times(traces: Callable[[str], Path]):
    """Ten workers: waiting keeps every promise there, and dropping still loses a row a step."""
    folder = str(traces("alibaba_minibatch_job_1_norm.csv").parent)
    waited, dropped = (played(variant, traces=folder, trace_steps="8") for variant in ("broken", "half-fixed"))
    assert waited.verdict == "kept"
    assert dropped.damage is not None
    assert dropped.damage.figures["rows_lost"] == 8
