"""The exact case is exact, the half-fix moves the damage, and the fix needs its parts."""

from functools import cache

import pytest

from gateway_sim.control_plane.scheduling.scheduler import Rules
from gateway_sim.scenarios.orchestration.stories import gpu_fragmentation
from gateway_sim.scenarios.run.result import RunResult
from gateway_sim.scenarios.run.runner import run
from gateway_sim.scenarios.run.spec import RunSpec
from gateway_sim.scenarios.sim.errors import SettingsRefused


def figures(variant: str) -> dict[str, float]:
    """Play the scenario in a variant and return its figures."""
    damage = played(variant).damage
    assert damage is not None
    return dict(damage.figures)


@cache
def played(variant: str) -> RunResult:
    """Play the scenario in a variant."""
    return run(RunSpec("gpu-fragmentation", settings={"variant": variant}))


def test_the_exact_case_wastes_five_and_a_half_gpu_hours_and_the_fix_none():
    """Three GPUs idle for 110 minutes; consolidated, the pair runs a minute after it came."""
    for variant in ("broken", "half-fixed", "fixed"):
        found = figures(variant)
        assert found["exact_idle_gpu_h"] == found["exact_idle_gpu_h_expected"] == (0 if variant == "fixed" else 5.5)
        assert found["exact_wait_h"] == pytest.approx(found["exact_wait_h_expected"])


def test_strict_order_turns_scattered_gpus_into_gpus_held_up():
    """Almost no job waits for the layout any more; they wait for the job in front of them, and longer."""
    broken, half = figures("broken"), figures("half-fixed")
    assert broken["mixed_held_up_gpu_h"] == 0
    assert half["mixed_scattered_gpu_h"] < 0.1 * broken["mixed_scattered_gpu_h"]
    assert half["mixed_held_up_gpu_h"] > broken["mixed_scattered_gpu_h"]
    assert half["mixed_mean_wait_h"] > 2 * broken["mixed_mean_wait_h"]


def test_without_topology_no_job_waits_beside_free_gpus_and_nodes_are_sold_twice():
    """In the exact cluster alone the pair shares a GPU from when it comes until the others end, 110 minutes later."""
    words = {"variant": "half-fixed", "omits": "topology", "jobs": "1"}
    result = run(RunSpec("gpu-fragmentation", settings=words))
    assert {violation.promise for violation in result.violations} == {"no node holds more than it has"}
    assert result.damage is not None
    assert result.damage.amount == result.damage.figures["sold_twice_gpu_h"] == pytest.approx(11 / 6)


def test_moving_pays():
    """The GPU-hours spent on the moves are a fraction of those won."""
    broken, fixed = figures("broken"), figures("fixed")
    assert 0 < fixed["moving_gpu_h"] < 0.1 * broken["mixed_scattered_gpu_h"]
    assert fixed["mixed_ended_h"] < broken["mixed_ended_h"]


def test_best_fit_without_consolidation_is_missed(monkeypatch):
    """It is better than spreading, and the promise still says that it is not enough."""
    monkeypatch.setitem(gpu_fragmentation.RULES, "fixed", Rules(placement="best-fit"))
    result = played.__wrapped__("fixed")
    assert result.verdict == "broken"
    assert {violation.promise for violation in result.violations} == {"no gpu idles while a job would fit"}


@pytest.mark.parametrize("word", [{"load": "0"}, {"nodes": "0"}, {"jobs": "-1"}, {"omits": "luck"}])
def test_a_cluster_of_nothing_is_refused(word):
    """With the setting's name."""
    (name,) = word
    with pytest.raises(SettingsRefused, match=f"{name} is "):
        run(RunSpec("gpu-fragmentation", settings=word))
