"""torch's `DataLoader` under a job that is preempted: batches skipped of another order, and of the same."""

import pytest

from gateway_sim import run
from gateway_sim.scenarios.compare.port_contract.hold import hold
from gateway_sim.scenarios.orchestration.parts import checked, torch_loader
from gateway_sim.scenarios.orchestration.workloads.events import BatchTrained
from gateway_sim.scenarios.run.result import StoryResult
from gateway_sim.scenarios.sim.trace import Trace

ONCE = {"variant": "fixed", "steps": "8", "save_every": "2", "first_preemption_s": "1500", "mtbf_s": "1e9"}
OWN = "gateway_sim.scenarios.orchestration.ports.loader:own"


def played(part: str | None, **more: str) -> StoryResult:
    """Play a job that is preempted once, on this loader."""
    result = run("preempt-resume", parts={"loader": part} if part else None, settings={**ONCE, **more})
    assert isinstance(result, StoryResult)
    return result


def rows(trace: Trace) -> set[int]:
    """Return the rows that were trained."""
    return {row for entry in trace.of(BatchTrained) for row in entry.event.rows}


def test_batches_skipped_of_another_order_are_not_those_that_were_dealt() -> None:
    """Some samples are trained twice, and as many never."""
    result = played("torch-loader")
    broken = {violation.promise for violation in result.violations}
    assert broken == {"every sample is trained once", "an interruption leaves no trace in the weights"}
    assert result.damage is not None
    assert result.damage.amount > 0
    assert result.damage.also["samples never trained"] > 0


def test_batches_skipped_of_a_seeded_order_keep_a_story_of_one_epoch() -> None:
    """Its loader is no longer this project's, and the uninterrupted run has the same."""
    result = played("torch-loader-seeded")
    assert result.verdict == "kept", result.violations
    assert rows(result.trace) == set(range(16))


def test_the_guard_is_the_seed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Taken out, the story breaks again."""
    seeds = iter(range(100))
    begin = torch_loader.SkippingLoader._begin

    def unseeded(self: torch_loader.SkippingLoader) -> None:
        self._seed = next(seeds)
        begin(self)

    monkeypatch.setattr(torch_loader.SkippingLoader, "_begin", unseeded)
    assert played("torch-loader-seeded").verdict == "broken"


def test_this_projects_loader_as_a_part_plays_the_same_story() -> None:
    """Event by event, with both ports filled too, and where the loader's place is not kept."""
    own = {"loader": OWN, "checkpoints": "gateway_sim.scenarios.orchestration.ports.checkpoints:own"}
    assert run("preempt-resume", parts=own, settings=ONCE).digest == played(None).digest
    omits = {"variant": "half-fixed", "omits": "loader"}
    assert played(OWN, **omits).digest == played(None, **omits).digest


def test_what_each_misses_of_the_contract() -> None:
    """What is skipped is of another order, or of another epoch."""
    missed = {
        part: {one.clause for one in hold("loader", checked("loader", part)) if one.saw}
        for part in ("torch-loader", "torch-loader-seeded")
    }
    assert missed == {
        "torch-loader": {
            "the-order-is-the-seeds", "a-resume-goes-on", "a-resume-from-the-beginning", "a-second-resume-goes-on",
            "a-later-epoch-goes-on", "a-state-stays", "a-state-is-kept",
        },
        "torch-loader-seeded": {"a-later-epoch-goes-on"},
    }  # fmt: skip
