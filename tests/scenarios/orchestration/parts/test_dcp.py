"""torch's `async_save` under a job that is preempted: the newest folder, tensors copied late, and `.metadata`."""

import threading

import pytest

from gateway_sim import run
from gateway_sim.scenarios.compare.port_contract.hold import hold
from gateway_sim.scenarios.orchestration.parts import PartFailed, checked, dcp
from gateway_sim.scenarios.orchestration.workloads.events import ResumeRefused
from gateway_sim.scenarios.run.result import StoryResult

BESIDE = {"variant": "fixed", "saving": "background", "save_every": "2", "save_s": "500", "steps": "10"}
"""A save goes on beside training and outlasts a step: pytorch/pytorch 144657, pytorch/torchtitan 930."""
IN_A_SAVE, AFTER_ONE = {"first_preemption_s": "2300"}, {"first_preemption_s": "2050"}
"""Steps take 360 s: in the save of step 6, from 2160 s to 2660 s; and after that of step 4, to 1940 s."""
ONCE = {"mtbf_s": "1e9"}


def played(part: str, **more: str) -> StoryResult:
    """Play the preempted job on checkpoints of torch's."""
    result = run("preempt-resume", parts={"checkpoints": part}, settings={**BESIDE, **ONCE, **more})
    assert isinstance(result, StoryResult)
    return result


def broken(result: StoryResult) -> set[str]:
    """Return the promises that were broken."""
    return {violation.promise for violation in result.violations}


def test_the_newest_folder_is_one_whose_save_was_cut_short() -> None:
    """The resume is refused, and the job begins at its first step."""
    result = played("dcp", **IN_A_SAVE)
    assert broken(result) == {"latest names a committed checkpoint", "a preemption costs at most one interval"}
    assert next(result.trace.of(ResumeRefused)).event.reason.endswith("has no .metadata: its save was cut short")
    assert result.damage is not None
    assert result.damage.amount > 0


def test_a_folder_that_is_named_before_its_save_is_complete_is_damage_without_a_preemption_in_it() -> None:
    """Four saves of two steps each."""
    result = played("dcp", **AFTER_ONE)
    assert broken(result) == {"latest names a committed checkpoint"}
    assert result.damage is not None
    assert result.damage.amount == 8


@pytest.mark.parametrize("moment", [IN_A_SAVE, AFTER_ONE], ids=["in a save", "after one"])
def test_with_metadata_as_the_mark_the_story_is_that_of_our_own_store(moment: dict[str, str]) -> None:
    """Event by event."""
    result, own = (
        played("dcp-whole", **moment),
        run("preempt-resume", settings={**BESIDE, **ONCE, **moment}),
    )
    assert (result.verdict, result.digest) == ("kept", own.digest)


def test_a_folder_that_an_old_process_removes_is_refused_and_another_one_read() -> None:
    """The old client saves and removes while the new one reads."""
    lingers = {"saving": "blocking", "keep_last": "1", "lingers_s": "600", "loads_s": "600"}
    result = played("dcp-whole", **lingers, first_preemption_s="2100")
    assert broken(result) == {"a preemption costs at most one interval"}
    assert next(result.trace.of(ResumeRefused)).event.checkpoint == "step-2"
    again = played("dcp-whole", **lingers, first_preemption_s="2100", chooses="again")
    assert again.verdict == "kept", again.violations


def test_tensors_that_are_copied_late_are_those_of_a_later_step() -> None:
    """The resume is not refused, and only the weights at the end show it; every step of them is wrong."""
    result = played("dcp-late-copy", **AFTER_ONE)
    assert broken(result) == {"an interruption leaves no trace in the weights"}
    assert not result.trace.reached(ResumeRefused)
    assert result.damage is not None
    assert result.damage.amount == 10


def test_what_each_misses_of_the_contract() -> None:
    """The mark, the copy; and a folder that is written again is no longer what it was, which torch warns of."""
    missed = {
        part: {one.clause: one.level for one in hold("checkpoints", checked("checkpoints", part)) if one.saw}
        for part in ("dcp", "dcp-late-copy", "dcp-whole")
    }
    again = {"a-cut-repetition-leaves-the-first": "optional"}
    unmarked = {"an-unfinished-save-is-not-listed": "required", "a-cut-save-is-not-listed": "required"}
    assert missed == {
        "dcp": unmarked | again,
        "dcp-late-copy": {"a-save-is-of-its-beginning": "required"},
        "dcp-whole": again,
    }


def test_the_guard_is_the_look_for_metadata(monkeypatch: pytest.MonkeyPatch) -> None:
    """Taken out, the story breaks again."""
    steps = dcp.DcpCheckpoints.steps

    def of_all(self: dcp.DcpCheckpoints) -> list[int]:
        self._whole = False
        return steps(self)

    monkeypatch.setattr(dcp.DcpCheckpoints, "steps", of_all)
    assert played("dcp-whole", **IN_A_SAVE).verdict == "broken"


def test_no_thread_of_a_save_is_left() -> None:
    """Neither of a save that was cut short, nor of the last one, for which the job does not wait."""
    before = set(threading.enumerate())
    assert played("dcp-whole", **IN_A_SAVE).verdict == "kept"
    for thread in set(threading.enumerate()) - before:
        thread.join(60)
    assert set(threading.enumerate()) == before


def test_a_save_that_fails_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """With torch's reason: a folder that cannot be written."""

    def full(self: dcp.GatedWriter, *words: object) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr(dcp.GatedWriter, "write_data", full)
    told = "--part checkpoints=dcp-whole: preempt-resume ended with OSError: the save of step 2 failed: no space left"
    with pytest.raises(PartFailed, match=told):
        played("dcp-whole", **AFTER_ONE)
