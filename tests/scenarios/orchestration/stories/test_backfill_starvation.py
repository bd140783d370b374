"""The six hours are exact, each part that the half-fix omits does damage, and the fix needs its parts."""

from functools import partial

import pytest

from gateway_sim.control_plane.events import LimitTaken, WorkEvicted, WorkShrunk, WorkToldToLeave
from gateway_sim.control_plane.scheduling.work import Rules
from gateway_sim.scenarios.apps.cli import main
from gateway_sim.scenarios.orchestration.stories import backfill_starvation
from gateway_sim.scenarios.run.runner import run
from gateway_sim.scenarios.run.spec import RunSpec
from gateway_sim.scenarios.sim.errors import SettingsRefused
from tests.scenarios.orchestration.stories.playing import broken_by, figures_of, play, play_anew

played, figures = partial(play, "backfill-starvation"), partial(figures_of, "backfill-starvation")


def test_first_come_first_served_makes_the_hour_wait_six():
    """Twelve waves of half an hour: 6.0 h for the first hourly run, five of six too late, 5.0 h overdue."""
    found = figures("broken")
    assert (found["exact_worst_latency_h"], found["exact_backfill_h"]) == (6.0, 6.0)
    assert (found["exact_missed"], found["exact_overdue_h"]) == (5, 5.0)


@pytest.mark.parametrize(
    ("words", "backfill_h"), [({"omits": "checkpoints"}, 6.0), ({"omits": "borrowing"}, 7.5), ({}, 6.0)]
)
def test_the_closed_forms_are_met(words, backfill_h):
    """Quotas without borrowing cost an hour and a half; the other variants cost nothing."""
    found = figures("half-fixed" if words else "fixed", **words)
    assert found["exact_backfill_h"] == found["exact_backfill_h_expected"] == backfill_h
    assert found["exact_worst_latency_h"] == 0.5


@pytest.mark.parametrize(
    ("omits", "promise"),
    [
        ("checkpoints", "nothing is computed twice"),
        ("atomicity", "no limit is exceeded"),
        ("borrowing", "no gpu idles while a job would fit"),
    ],
)
def test_each_lack_moves_the_damage_elsewhere(omits, promise):
    """The hourly runs are in time, and something else is not as it should be."""
    result = played("half-fixed", omits=omits)
    assert broken_by(result) == {promise}
    assert result.damage is not None
    assert result.damage.amount > 0


def test_a_run_preempted_without_a_checkpoint_loses_its_work():
    """At a quarter past, the oldest run on four GPUs has 15 minutes behind it each hour, the youngest only once."""
    for victims, lost in (("oldest", [3600.0] * 6), ("youngest", [3600.0, 0, 0, 0, 0, 0])):
        evicted = played("half-fixed", past_s="900", victims=victims).trace.of(WorkEvicted)
        assert [e.event.lost_gpu_s for e in evicted if e.event.cluster == "exact"] == lost
    assert all(e.event.lost_gpu_s == 0 for e in played("fixed", past_s="900").trace.of(WorkEvicted))


def test_hourly_runs_at_the_end_of_a_wave_cost_what_the_reference_measured():
    """Six times half an hour of four GPUs, 12.0 in all, and a backfill of thirteen waves instead of twelve."""
    found = figures("half-fixed", past_s="1799")
    for name in ("exact_computed_twice_gpu_h", "exact_backfill_h"):
        assert found[name] == pytest.approx(found[f"{name}_card"], abs=0.01)
    assert figures("fixed", past_s="1799")["exact_computed_twice_gpu_h"] == 0


def test_two_replicas_that_read_and_then_act_double_the_limit():
    """Both see eight places free; with the conditional write the eight are taken once."""
    assert max(e.event.held for e in played("half-fixed", omits="atomicity").trace.of(LimitTaken)) == 16
    assert max(e.event.held for e in played("fixed").trace.of(LimitTaken)) == 8


def test_borrowing_that_is_not_given_back_is_missed(monkeypatch):
    """Shares without preemption let the hours starve, and the promise says so."""
    monkeypatch.setattr(backfill_starvation, "rules", lambda s: Rules(quotas=s.shares))
    assert "every run ends by its deadline" in broken_by(play_anew("backfill-starvation", "fixed"))


@pytest.mark.parametrize(
    "word", [{"limit": "0"}, {"exact_runs": "0"}, {"examines_s": "-1"}, {"omits": "luck"}, {"victims": "all"}]
)
def test_a_backfill_of_nothing_is_refused(word):
    """With the setting's name."""
    (name,) = word
    with pytest.raises(SettingsRefused, match=f"{name} is "):
        run(RunSpec("backfill-starvation", settings=word))


@pytest.mark.parametrize(
    ("word", "sentence"),
    [
        ("backfill_share=-1", "backfill_share is -1; it must be 0 or more"),
        ("every_s=1e12", "every_s is 1e+12; 7 of them take longer than horizon_s, 3.1536e+07"),
        ("backfill_share=30", "the quotas of hourly, backfill promise 38 GPUs; the cluster has 32"),
        ("run_gpus=9", "job backfill-0 asks for 9 GPUs; the largest node has 8"),
        ("run_gpus=0", "job backfill-0 asks for 0 GPUs; the largest node has 8"),
    ],
)
def test_quotas_and_jobs_that_cannot_be_are_told_on_the_command_line(capsys, word, sentence):
    """In one sentence that names them, with exit code 2, before anything runs."""
    with pytest.raises(SystemExit) as ended:
        main(["run", "backfill-starvation", "--set", word])
    output = capsys.readouterr()
    assert ended.value.code == 2
    assert sentence in " ".join(output.err.split())
    assert not output.out


SAVES = {"past_s": "900", "saves_s": "120"}


def test_a_run_that_saves_within_its_grace_loses_time_and_no_work():
    """Two minutes of four GPUs each; the hourly run waits so long, and is still in time."""
    result = played("fixed", **SAVES, grace_s="300")
    assert result.verdict == "kept"
    figures = result.damage.figures
    told = [entry.at_s for entry in result.trace.of(WorkToldToLeave) if entry.event.cluster == "exact"]
    assert told == [hour * 3600.0 + 900 for hour in range(1, 7)]
    assert figures["exact_worst_latency_h"] == pytest.approx((1800 + 120) / 3600)
    assert figures["saving_gpu_h"] == pytest.approx(figures["gave_way"] * 120 * 4 / 3600, abs=1e-4)


def test_an_hourly_run_that_waits_for_a_save_takes_gpus_that_become_free_elsewhere():
    """A backfill run ends in the grace period of another; its GPUs do not idle while the hourly run waits."""
    words = {"variant": "fixed", "saves_s": "120", "grace_s": "300"}
    result = run(RunSpec("backfill-starvation", seed=7, settings=words))
    assert result.damage is not None
    assert (result.verdict, result.damage.amount) == ("kept", 0)


def test_a_grace_that_is_too_short_for_the_save_loses_the_work():
    """A minute of grace for two: the runs are killed, and a quarter of an hour of four GPUs is computed again."""
    result = played("fixed", **SAVES, grace_s="60")
    assert broken_by(result) == {"nothing is computed twice"}
    assert result.damage.amount == pytest.approx(result.damage.figures["computed_twice_gpu_h"], abs=1e-4) != 0
    first = next(entry for entry in result.trace.of(WorkEvicted) if entry.event.cluster == "exact")
    assert (first.at_s, first.event.lost_gpu_s) == (3600.0 + 900 + 60, 900.0 * 4)


def test_runs_without_checkpoints_have_nothing_to_save():
    """They leave at once, whatever the grace."""
    result = played("half-fixed", **SAVES, grace_s="300")
    assert not result.trace.reached(WorkToldToLeave)


def test_the_hourly_run_waits_for_a_save_or_for_the_end_of_another_run():
    """A save of ten minutes is waited for; one of forty is not, for a wave ends within a quarter of an hour."""
    for saves_s, waits_s in (("600", 600), ("2400", 900)):
        found = figures("fixed", past_s="900", saves_s=saves_s, grace_s=saves_s)
        assert found["exact_worst_latency_h"] == pytest.approx((waits_s + 1800) / 3600)


LARGE = {"backfill_gpus": "8", "exact_runs": "24"}


def test_a_whole_run_that_gives_way_to_half_of_it_leaves_the_other_half_idle():
    """Four GPUs for the half hour of each hourly run; a run that shrinks goes on with them and loses nothing."""
    whole, part = played("fixed", **LARGE), played("fixed", **LARGE, reclaims="part")
    assert broken_by(whole) == {"no gpu is given up to idle"}
    assert whole.damage.amount == pytest.approx(whole.damage.figures["given_up_to_idle_gpu_h"], abs=1e-4) != 0
    assert (part.verdict, part.damage.amount) == ("kept", 0)
    assert part.trace.reached(WorkShrunk)
    assert part.damage.figures["exact_backfill_h"] <= whole.damage.figures["exact_backfill_h"]


def test_runs_of_one_size_give_up_all_their_gpus_either_way():
    """Four are claimed of four."""
    assert not played("fixed", reclaims="part").trace.reached(WorkShrunk)
    assert played("fixed", reclaims="part").digest == played("fixed").digest


def test_runs_of_half_the_length_in_half_the_time_make_half_the_wait():
    """All times are those of the settings, and so are the closed forms."""
    half = {"run_s": "900", "every_s": "1800", "sla_s": "1800"}
    broken, fixed = figures("broken", **half), figures("fixed", **half)
    assert broken["exact_worst_latency_h"] == broken["exact_worst_latency_h_expected"] == 3.0
    assert (broken["exact_missed"], broken["exact_overdue_h"]) == (5, 2.5)
    assert fixed["exact_backfill_h"] == fixed["exact_backfill_h_expected"] == 3.0
    assert fixed["exact_worst_latency_h"] == fixed["exact_worst_latency_h_expected"] == 0.25


def test_who_is_late_depends_on_the_deadline_and_on_how_often_runs_are_submitted():
    """Six hours are enough for the run that waits longest; runs every other hour find the backfill half done."""
    patient, seldom = figures("broken", sla_s="21600"), figures("broken", every_s="7200")
    assert (patient["exact_missed"], patient["exact_overdue_h"]) == (0, 0)
    assert (seldom["exact_missed"], seldom["exact_overdue_h"]) == (3, 5.0)
    assert seldom["exact_backfill_h"] == 6.0
    assert "exact_backfill_h_expected" not in seldom


@pytest.mark.parametrize("words", [{"sla_s": "2699"}, {"run_s": "2401"}])
def test_a_deadline_that_a_run_alone_would_miss_is_refused(words):
    """The longest of the drawn ones takes half as long again."""
    with pytest.raises(
        SettingsRefused, match=r"sla_s is \d+.0; it must be (2700|3601.5) or more, which is 1.5 \* run_s"
    ):
        run(RunSpec("backfill-starvation", settings=words))


@pytest.mark.parametrize(
    ("variant", "omits", "backfill_h", "worst_h"),
    [("broken", "", 11.5, 11.5), ("half-fixed", "borrowing", 15.0, 0.5), ("fixed", "", 12.0, 0.5)],
)
def test_half_the_nodes_make_twice_the_waves(variant, omits, backfill_h, worst_h):
    """Four places for ninety runs, three of them where a quota does not borrow."""
    words = {"nodes": "2", "hourly_share": "4", "backfill_share": "12", **({"omits": omits} if omits else {})}
    found = figures(variant, **words)
    assert found["exact_backfill_h"] == found["exact_backfill_h_expected"] == backfill_h
    assert found["exact_worst_latency_h"] == worst_h


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ({"nodes": "3"}, "the quotas of hourly, backfill promise 32 GPUs; the cluster has 24"),
        ({"node_gpus": "3", "nodes": "12"}, "job backfill-0 asks for 4 GPUs; the largest node has 3"),
    ],
)
def test_a_cluster_that_is_too_small_is_refused(words, told):
    """For its quotas, or for one run."""
    with pytest.raises(SettingsRefused, match=told):
        run(RunSpec("backfill-starvation", settings=words))
