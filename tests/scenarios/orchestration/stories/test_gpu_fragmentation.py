"""The exact case is exact, the half-fix moves the damage, and the fix needs its parts."""

from functools import partial

import pytest

from gateway_sim.control_plane.scheduling.placers import Start
from gateway_sim.scenarios.run.runner import run
from gateway_sim.scenarios.run.spec import RunSpec
from gateway_sim.scenarios.sim.errors import SettingsRefused
from tests.scenarios.orchestration.stories.playing import broken_by, figures_of, play

played, figures = partial(play, "gpu-fragmentation"), partial(figures_of, "gpu-fragmentation")


def test_the_exact_case_wastes_five_and_a_half_gpu_hours_and_the_fix_none():
    """Three GPUs idle for 110 minutes; placed by best fit, the pair runs at once."""
    strict = figures("half-fixed", omits="overtaking")
    for found, idle_h in ((figures("broken"), 5.5), (strict, 5.5), (figures("half-fixed"), 0), (figures("fixed"), 0)):
        assert found["exact_idle_gpu_h"] == found["exact_idle_gpu_h_expected"] == idle_h
        assert found["exact_wait_h"] == pytest.approx(found["exact_wait_h_expected"])


def test_strict_order_turns_scattered_gpus_into_gpus_held_up():
    """Almost no job waits for the layout any more; they wait for the job in front of them, and longer."""
    broken, half = figures("broken"), figures("half-fixed", omits="overtaking")
    assert broken["mixed_held_up_gpu_h"] == 0
    assert half["mixed_scattered_gpu_h"] < 0.1 * broken["mixed_scattered_gpu_h"]
    assert half["mixed_held_up_gpu_h"] > broken["mixed_scattered_gpu_h"]
    assert half["mixed_mean_wait_h"] > 2 * broken["mixed_mean_wait_h"]


def test_without_topology_no_job_waits_beside_free_gpus_and_nodes_are_sold_twice():
    """In the exact cluster alone the pair shares a GPU from when it comes until the others end, 110 minutes later."""
    words = {"variant": "half-fixed", "omits": "topology", "jobs": "1"}
    result = run(RunSpec("gpu-fragmentation", settings=words))
    assert broken_by(result) == {"no node holds more than it has"}
    assert result.damage is not None
    assert result.damage.amount == result.damage.figures["sold_twice_gpu_h"] == pytest.approx(11 / 6)


def test_moving_pays_while_a_move_is_cheap_and_is_damage_where_it_is_not():
    """Ten minutes a move win more than they cost, an hour does not: the moved GPUs computed nothing meanwhile."""
    cheap, dear = played("fixed"), played("fixed", moves_s="3600")
    assert 0 < cheap.damage.figures["moving_gpu_h"] < 0.5 * cheap.damage.figures["moves_won_gpu_h"]
    assert broken_by(dear) == {"moving wins more than it costs"}
    lost = dear.damage.figures["moving_gpu_h"] - dear.damage.figures["moves_won_gpu_h"]
    assert dear.damage.amount == pytest.approx(lost, abs=0.01)


def test_best_fit_without_consolidation_still_strands_gpus():
    """It is better than spreading, and the promise says that it is not enough."""
    broken, half = played("broken"), played("half-fixed", omits="consolidation")
    assert broken_by(half) == {"no gpu idles while a job would fit"}
    assert 0 < half.damage.amount < broken.damage.amount


def test_a_layout_from_scratch_strands_nothing_and_moves_jobs_that_could_have_stayed():
    """Three times the moves of the fewest that do."""
    anew, fewest = played("half-fixed", omits="fewest"), played("fixed")
    assert broken_by(anew) == {"every move is needed"}
    assert anew.damage.figures["moves"] > 2 * fewest.damage.figures["moves"]
    assert anew.damage.amount == pytest.approx(anew.damage.figures["needless_moves_gpu_h"], abs=0.001)


@pytest.mark.parametrize(
    "words",
    [
        {},
        {"shapes": "8"},
        {"shapes": "4,4,2,2,1,1", "nodes": "6", "mix": "1:1,2:1,3:1"},
        {"mix": "3:1,5:1,7:1"},
        {"nodes": "8"},
    ],
)
def test_the_fix_holds_on_nodes_and_jobs_of_other_sizes(words):
    """Whatever layout exists is found; what none could hold is not held against it."""
    for seed in range(3):
        result = run(RunSpec("gpu-fragmentation", seed=seed, settings={"variant": "fixed", "jobs": "150", **words}))
        promises = broken_by(result) - {"moving wins more than it costs"}
        assert promises == set(), (result.replay, result.violations)


@pytest.mark.parametrize(
    "word",
    [
        {"load": "0"},
        {"nodes": "0"},
        {"jobs": "-1"},
        {"moves_s": "0"},
        {"omits": "luck"},
        {"shapes": "8,x"},
        {"mix": "1:0"},
        {"mix": "1"},
        {"mix": "1:inf"},
        {"mix": "1:1,1:5"},
    ],
)
def test_a_cluster_of_nothing_is_refused(word):
    """With the setting's name."""
    (name,) = word
    with pytest.raises(SettingsRefused, match=f"{name} is "):
        run(RunSpec("gpu-fragmentation", settings=word))


def test_a_job_that_no_node_could_hold_is_refused():
    """With both sizes."""
    with pytest.raises(SettingsRefused, match="mix has a job of 8 GPUs; the largest of the 4 nodes has 6"):
        run(RunSpec("gpu-fragmentation", settings={"shapes": "6,4"}))


class Spread:
    """A scheduler that takes the emptiest node."""

    def __init__(self, sandbox, *, cluster, nodes):
        """Keep nothing."""

    def place(self, free, waiting, now_s):
        """Start the first job that fits."""
        nodes = sorted(free, key=lambda node: -node.gpus)
        return next(([Start(job.name, [nodes[0].name])] for job in waiting if nodes[0].holds(job)), [])


def test_under_a_scheduler_of_the_users_own_the_exact_case_is_that_of_its_placements():
    """One that spreads its jobs strands five and a half GPU-hours, our best fit none, whatever the variant's is."""
    few, idle = {"jobs": "1", "variant": "broken"}, []
    for part in (f"{__name__}:Spread", "gateway_sim.scenarios.orchestration.ports.scheduler:own"):
        found = run(RunSpec("gpu-fragmentation", settings=few, parts={"scheduler": part})).damage.figures
        assert found["exact_idle_gpu_h"] == found["exact_idle_gpu_h_expected"]
        idle.append(found["exact_idle_gpu_h"])
    assert idle == [5.5, 0]


class Never:
    """A scheduler that starts nothing."""

    def __init__(self, sandbox, *, cluster, nodes):
        pass

    def place(self, free, waiting, now_s):
        """Let every job wait."""
        return []


def test_under_a_scheduler_that_starts_nothing_all_gpus_idle():
    """The story never ends, and all of its GPU-hours are damage."""
    result = run(RunSpec("gpu-fragmentation", settings={"jobs": "20"}, parts={"scheduler": f"{__name__}:Never"}))
    assert (result.verdict, result.outcome) == ("not_exercised", "hung")
    assert "no gpu idles while a job would fit" in broken_by(result)
    assert result.damage.amount > 0


def test_moves_are_billed_against_the_same_scheduler_without_moves():
    """What moving wins is what that scheduler strands alone, more than best fit would."""
    parts = {"scheduler": f"{__name__}:Spread"}
    moved, alone = (
        run(RunSpec("gpu-fragmentation", settings={"variant": variant, "jobs": "100"}, parts=parts)).damage.figures
        for variant in ("fixed", "broken")
    )
    assert moved["moves_won_gpu_h"] == pytest.approx(alone["mixed_scattered_gpu_h"], abs=0.01)
    assert moved["moves"] > 0
