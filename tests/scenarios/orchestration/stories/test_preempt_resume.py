"""A run that is preempted and resumed ends as the uninterrupted run, wherever it was preempted."""

import statistics
from pathlib import Path

import pytest

from gateway_sim.scenarios.apps.cli import main
from gateway_sim.scenarios.orchestration.stories import preempt_resume
from gateway_sim.scenarios.orchestration.workloads.events import (
    CheckpointRemoved,
    ResumeRefused,
    RunPreempted,
    RunResumed,
    SaveBegan,
    SaveCommitted,
    TrainingEnded,
)
from gateway_sim.scenarios.run.result import RunResult
from gateway_sim.scenarios.run.runner import run
from gateway_sim.scenarios.run.spec import RunSpec
from gateway_sim.scenarios.sim.errors import SettingsRefused

SMALL = {"steps": "12", "step_s": "180", "save_every": "3", "mtbf_s": "1e9"}


def played(variant: str, **more: str) -> RunResult:
    """Play the scenario in a variant, with these settings."""
    return run(RunSpec("preempt-resume", settings={"variant": variant, **more}))


@pytest.mark.slow
def test_the_fixed_run_ends_the_same_preempted_at_every_step_in_turn() -> None:
    """Not sampled: in the middle of each of the 12 steps, and in the middle of each of the 3 saves."""
    steps = [(n + 0.5) * 180 + 30 * (n // 3) for n in range(12)]
    saves = [n * (3 * 180 + 30) - 15.0 for n in range(1, 4)]
    digests = set()
    for moment_s in [*steps, *saves]:
        result = played("fixed", first_preemption_s=str(moment_s), **SMALL)
        assert result.verdict == "kept", (moment_s, result.violations)
        (preempted,) = result.trace.of(RunPreempted)
        assert preempted.at_s == moment_s
        (ended,) = result.trace.of(TrainingEnded)
        assert ended.event.weights == ended.event.undisturbed
        digests.add(ended.event.weights)
    assert len(digests) == 1


@pytest.mark.parametrize("omits", ["loader", "rng", "durability"])
def test_each_half_of_the_state_that_is_left_out_is_seen(omits: str) -> None:
    """The loader's place, the state of chance, and the order of save and pointer, each on its own."""
    result = played("half-fixed", omits=omits)
    assert result.verdict == "broken"
    assert result.damage is not None
    assert result.damage.amount > 0
    broken = {violation.promise for violation in result.violations}
    assert (
        broken
        == {
            "loader": {"an interruption leaves no trace in the weights", "every sample is trained once"},
            "rng": {"an interruption leaves no trace in the weights"},
            "durability": {"latest names a committed checkpoint", "a preemption costs at most one interval"},
        }[omits]
    )
    assert result.trace.reached(ResumeRefused) == (omits == "durability")


BESIDE = {"saving": "background", "save_every": "2", "first_preemption_s": "4200", "mtbf_s": "2700"}
"""pytorch/pytorch 144657, pytorch/torchtitan 930 and Lightning-AI/pytorch-lightning 20953: a save beside training."""


@pytest.mark.parametrize("save_s", ["500", "900", "2000"])
def test_a_save_of_a_copy_may_go_on_beside_training(save_s: str) -> None:
    """Also where it outlasts the interval between two saves, or two of them: the next save waits for its end."""
    result = played("fixed", save_s=save_s, **BESIDE)
    assert result.verdict == "kept", result.violations
    assert result.trace.reached(RunPreempted)
    assert not result.trace.reached(ResumeRefused)


@pytest.mark.slow
def test_a_save_of_the_tensors_that_training_moves_is_torn() -> None:
    """Its marker names the weights of the step at which it began, and it holds those of a later one."""
    result = played("fixed", save_s="500", **{**BESIDE, "saving": "by-reference"})
    assert result.verdict == "broken"
    assert result.damage is not None
    assert result.damage.amount > 0
    refused = next(result.trace.of(ResumeRefused)).event
    assert refused.reason == f"checkpoint '{refused.checkpoint}' does not hold the weights its COMMIT marker names"


def test_a_job_that_never_waits_for_its_saves_is_sooner_done() -> None:
    """Undisturbed, the blocking job takes nine saves longer; the other ends with its last step."""
    took_s = {}
    for saving in ("blocking", "background"):
        more = {**BESIDE, "saving": saving, "save_s": "500", "first_preemption_s": "1e9"}
        result = played("fixed", **more)
        assert result.damage is not None
        took_s[saving] = result.damage.figures["makespan_s"]
    assert took_s == {"blocking": 20 * 360 + 9 * 500, "background": 20 * 360}


def test_a_torn_checkpoint_is_refused_by_name() -> None:
    """What `latest` pointed to had no marker."""
    result = played("half-fixed", omits="durability")
    refused = next(result.trace.of(ResumeRefused)).event
    assert f"checkpoint '{refused.checkpoint}' has no COMMIT marker: its save was cut short" == refused.reason


LINGERS = {"keep_last": "1", "save_every": "2", "save_s": "300", "lingers_s": "600", "loads_s": "300", "steps": "10"}
IN_THE_SECOND_SAVE = {"first_preemption_s": "1800", "mtbf_s": "1e9"}
"""Of step 4, from 1740 s to 2040 s. The next attempt begins at 1860 s, and reads the checkpoint of step 2."""


def test_an_old_process_removes_the_checkpoint_that_a_resume_reads() -> None:
    """It completes its save after the next attempt has chosen, and keeps one; that attempt begins at its first step."""
    result = played("fixed", **LINGERS, **IN_THE_SECOND_SAVE)
    assert {violation.promise for violation in result.violations} == {"a preemption costs at most one interval"}
    assert result.damage is not None
    assert result.damage.amount == 2
    removed = next(result.trace.of(CheckpointRemoved))
    refused, resumed = next(result.trace.of(ResumeRefused)), list(result.trace.of(RunResumed))[1]
    assert (removed.at_s, removed.event.step) == (2040.0, 2)
    assert (refused.at_s, refused.event.checkpoint, resumed.event.step) == (2160.0, "step-2", 0)


@pytest.mark.parametrize(("more", "refused"), [({"keep_last": "2"}, 0), ({"chooses": "again"}, 1)])
def test_a_second_checkpoint_or_another_choice_saves_the_resume(more: dict[str, str], refused: int) -> None:
    """The resume that chooses again finds what the old process has saved meanwhile."""
    result = played("fixed", **{**LINGERS, **IN_THE_SECOND_SAVE, **more})
    assert result.verdict == "kept", result.violations
    assert len(list(result.trace.of(ResumeRefused))) == refused
    assert [entry.event.step for entry in result.trace.of(RunResumed)] == [0, 4 if refused else 2]


def test_a_process_that_ends_within_its_save_removes_nothing() -> None:
    """It lives for two minutes of the four that its save would need."""
    result = played("fixed", **{**LINGERS, **IN_THE_SECOND_SAVE, "lingers_s": "120"})
    assert result.verdict == "kept", result.violations
    assert next(result.trace.of(CheckpointRemoved)).at_s > 2160.0


def test_with_old_processes_the_first_preemption_comes_in_a_save() -> None:
    """Also beside training; and no closed form is of such a job."""
    result = played("fixed", **LINGERS)
    kinds = [type(entry.event) for entry in result.trace.of(SaveBegan, SaveCommitted, RunPreempted)]
    assert kinds[kinds.index(RunPreempted) - 1] is SaveBegan
    assert result.damage is not None
    assert "makespan_s_expected" not in result.damage.figures


@pytest.mark.parametrize("words", [{"save_s": "0", "save_every": "1"}, {"save_s": "500", "save_every": "2"}])
def test_a_name_that_moves_too_early_is_damage_though_no_preemption_comes_then(words: dict[str, str]) -> None:
    """Each save but that after the last step names the steps of its interval, which are not saved yet."""
    more = {"omits": "durability", "first_preemption_s": "3700", "mtbf_s": "1e9", **words}
    result = played("half-fixed", **more)
    assert {violation.promise for violation in result.violations} == {"latest names a committed checkpoint"}
    assert result.damage is not None
    assert result.damage.amount == result.damage.figures["named_too_early"] == {"1": 19, "2": 18}[words["save_every"]]


def test_a_fix_that_is_taken_away_is_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A resumable run that forgets its chance is no fix, and the promise says so."""
    from gateway_sim.trainer_pod.resumable import ResumableRun

    keep_all = ResumableRun.__init__

    def forgetful(self: ResumableRun, *args: object, **named: object) -> None:
        keep_all(self, *args, **{**named, "keeps": ["loader"]})  # type: ignore[arg-type]

    monkeypatch.setattr(ResumableRun, "__init__", forgetful)
    assert played("fixed").verdict == "broken"


@pytest.mark.slow
@pytest.mark.parametrize(
    "words",
    [
        {"variant": "broken"},
        {"variant": "half-fixed"},
        {"variant": "half-fixed", "omits": "durability", "save_s": "300"},
        {"variant": "fixed"},
    ],
)
def test_the_makespans_that_were_played_are_those_of_the_closed_form(words: dict[str, str]) -> None:
    """Over 20 seeds, each against what its first preemption leaves to be expected: within three standard errors."""
    apart_s = []
    for seed in range(20):
        damage = run(RunSpec("preempt-resume", seed=seed, settings=words)).damage
        assert damage is not None
        apart_s.append(damage.figures["makespan_s"] - damage.figures["makespan_s_expected"])
    assert abs(statistics.mean(apart_s)) < 3 * statistics.stdev(apart_s) / 20**0.5


@pytest.mark.parametrize(
    ("words", "measured_s"),
    [
        ({"variant": "broken"}, 10.31 * 3600),
        ({"variant": "fixed"}, 1.191 * 7200),
        ({"variant": "fixed", "mtbf_s": "5700"}, 1.122 * 7200),
        ({"variant": "fixed", "steps": "40", "step_s": "180"}, 1.191 * 7200),
        ({"variant": "half-fixed", "omits": "rng"}, 1.191 * 7200),
        ({"variant": "half-fixed", "omits": "durability"}, None),
        ({"variant": "fixed", "mtbf_s": "600"}, None),
        ({"variant": "fixed", "save_every": "5"}, None),
        ({"variant": "fixed", "save_s": "31"}, None),
        ({"variant": "fixed", "steps": "10"}, None),
        ({"variant": "fixed", "saving": "background"}, None),
    ],
)
def test_only_what_was_measured_stands_as_the_reference(words: dict[str, str], measured_s: float | None) -> None:
    """A closed form that is computed for these settings is none, and another job's figure is not this one's."""
    damage = played(**words).damage
    assert damage is not None
    assert damage.figures.get("makespan_s_card") == (measured_s and pytest.approx(measured_s))


@pytest.mark.parametrize("seed", [1, 3])
def test_a_torn_save_costs_more_than_one_interval(seed: int) -> None:
    """In the first save of all it would cost the one interval that any preemption may cost."""
    result = run(RunSpec("preempt-resume", seed=seed, settings={"variant": "half-fixed", "omits": "durability"}))
    assert result.damage is not None
    assert result.damage.amount > 0
    assert "a preemption costs at most one interval" in {violation.promise for violation in result.violations}


@pytest.mark.parametrize(
    ("word", "sentence"),
    [
        ({"steps": "0"}, "steps is 0; it must be 1 or more"),
        ({"mtbf_s": "-1"}, "mtbf_s is -1.0; it must be 0 or more"),
        ({"omits": "time"}, "omits is 'time'; it must be one of loader, rng, durability"),
        ({"step_s": "0"}, "step_s is 0.0; it must be above 0"),
        ({"mtbf_s": "inf"}, "mtbf_s is inf; it must be a finite number"),
        ({"mtbf_s": "60"}, "mtbf_s is 60; preempted so often, the broken job would compute about"),
        ({"mtbf_s": "1", "variant": "fixed"}, "mtbf_s is 1; preempted so often, the fixed job would compute about"),
        (
            {"mtbf_s": "120", "variant": "half-fixed", "omits": "durability"},
            "mtbf_s is 120; preempted so often, the half-fixed job would compute about",
        ),
        (
            {"save_s": "1e5", "save_every": "1", "variant": "fixed"},
            "raise mtbf_s, or lower what the job takes, by steps, step_s or save_s",
        ),
    ],
)
def test_settings_that_contradict_themselves_are_refused(word: dict[str, str], sentence: str) -> None:
    """With a sentence that names the setting."""
    with pytest.raises(SettingsRefused, match=sentence):
        run(RunSpec("preempt-resume", settings=word))


def test_a_save_that_is_longer_than_any_interval_is_never_begun() -> None:
    """By Young the job of two hours does not save at all, so that what a save would take is no reason to refuse it."""
    result = played("fixed", save_s="1e9")
    assert result.damage.figures["makespan_s"] < 1e6
    assert not list(result.trace.of(SaveBegan))


def test_a_page_that_would_hardly_ever_be_done_is_refused_before_anything_runs(capsys, tmp_path) -> None:
    """The fixed job is soon done, and the page shows the broken one beside it."""
    page = tmp_path / "page.html"
    with pytest.raises(SystemExit) as ended:
        main(["run", "preempt-resume", "--set", "variant=fixed", "--set", "mtbf_s=600", "--html", str(page)])
    output = capsys.readouterr()
    assert ended.value.code == 2
    assert "mtbf_s is 600; preempted so often, the broken job would compute about 2.98e+05 steps" in output.err
    assert "running" not in output.err
    assert not page.exists()


def test_the_default_interval_is_youngs() -> None:
    """One step of six minutes or two of three are nearest to 402 seconds."""
    assert preempt_resume.Settings().interval == 1
    assert preempt_resume.Settings(steps=40, step_s=180.0).interval == 2
    assert preempt_resume.Settings(save_every=5).interval == 5


def test_what_a_save_of_a_part_holds_is_the_parts() -> None:
    """The story's copy, or the lack of one, is that of this project's store."""
    part = "gateway_sim.scenarios.orchestration.ports.checkpoints:own"
    with pytest.raises(SettingsRefused, match="what a save of your part holds, it decides: set background"):
        run(
            RunSpec(
                "preempt-resume",
                settings={"variant": "fixed", "saving": "by-reference"},
                parts={"checkpoints": part},
            )
        )


IN_A_SAVE = {"steps": "10", "save_every": "2", "save_s": "300", "first_preemption_s": "3300", "mtbf_s": "1e9"}
"""The third save lasts from 2 * (2 * 360 + 300) + 720 = 2760 s to 3060 s, the fourth from 3780 s."""


@pytest.mark.parametrize(("keep_last", "removed"), [("1", 3), ("2", 2), ("9", 0)])
def test_a_cleanup_after_a_save_leaves_what_the_next_attempt_needs(keep_last: str, removed: int) -> None:
    """Preempted after the third save, or within it."""
    for moment_s in ("3300", "2900"):
        more = {**IN_A_SAVE, "first_preemption_s": moment_s, "keep_last": keep_last}
        result = played("fixed", **more)
        assert result.verdict == "kept", result.violations
        assert sum(1 for _ in result.trace.of(CheckpointRemoved)) == removed


@pytest.mark.parametrize(("keep_last", "verdict"), [("1", "broken"), ("2", "kept")])
def test_a_cleanup_that_counts_the_save_to_come_leaves_one_too_few(keep_last: str, verdict: str) -> None:
    """The only checkpoint is gone when the process ends within the save that should replace it."""
    more = {**IN_A_SAVE, "first_preemption_s": "2900", "keep_last": keep_last, "cleanup": "before"}
    result = played("fixed", **more)
    assert result.verdict == verdict, result.violations
    assert result.damage is not None
    assert (result.damage.amount > 0) == (verdict == "broken")


@pytest.mark.slow
def test_a_job_is_preempted_at_the_times_of_a_trace(tmp_path: Path) -> None:
    """At those alone, but for what falls into a restart; no closed form is of such a job."""
    trace = tmp_path / "preemptions.csv"
    trace.write_text("preempted_s\n3000\n5000\n5010\n")
    result = played("fixed", preemptions=str(trace), job_begins="1000")
    assert [entry.at_s for entry in result.trace.of(RunPreempted)] == [2000, 4000]
    assert result.verdict == "kept", result.violations
    assert result.damage is not None
    assert not [name for name in result.damage.figures if name.endswith(("_expected", "_card"))]


def test_a_trace_is_refused_beside_a_first_preemption_and_where_there_is_none(tmp_path: Path) -> None:
    """The command ends with 2 before anything is played."""
    missing = ["run", "preempt-resume", "--set", f"preemptions={tmp_path / 'none.csv'}"]
    with pytest.raises(SystemExit) as ended:
        main(missing)
    assert ended.value.code == 2
    trace = tmp_path / "preemptions.csv"
    trace.write_text("preempted_s\n3000\n")
    with pytest.raises(SettingsRefused, match="first_preemption_s and preemptions both say when"):
        played("fixed", preemptions=str(trace), first_preemption_s="5")


def test_a_resume_that_reads_for_longer_than_the_job_lives_is_refused():
    """On average it would be preempted before it had read its checkpoint."""
    with pytest.raises(SettingsRefused, match="loads_s is 2700; it must be below mtbf_s, 2700"):
        preempt_resume.Settings(loads_s=2700.0)
