"""Plain checks of the stories of data and models."""

from gateway_sim.control_plane.events import (
    DeployRefused,
    GateDecided,
    ImageResolved,
    TagMoved,
    VersionDeployed,
    VersionRegistered,
)
from gateway_sim.scenarios.orchestration.workloads.model_events import (
    DayPlanned,
    ImageRan,
    ModelCompared,
    ModelJudged,
    PromotionsSettled,
    RankerRolledBack,
    RankerServed,
    ReplayRefused,
    RolloutBounded,
    RunReplayed,
    TableCounted,
    TrainingSetRead,
    WatchEnded,
)
from gateway_sim.scenarios.sim.trace import Trace
from tests.scenarios.judge.plain_checks import after, before, check, events

ROLLOUT = (TagMoved, VersionDeployed, DeployRefused, PromotionsSettled)


@check(
    (0.0, ImageResolved("a", "t:latest", "one")), (1.0, ImageRan("a", "training", "one", "g1")),
    (2.0, ImageResolved("b", "t:latest", "two")), (3.0, ImageRan("b", "training", "two", "g2")),
    (4.0, ImageRan("a", "serving", "one", "g1")), (5.0, ImageRan("c", "serving", "two", "g2")),
)  # fmt: skip
def a_job_runs_in_one_image(trace: Trace) -> bool:
    """Each image that ran after a job's submission is that of the submission, which comes once."""
    for ran in trace.of(ImageRan):
        named = [e.event.digest for e in before(trace, ran, ImageResolved) if e.event.job == ran.event.job]
        if named and ran.event.digest != named[0]:
            return False
    return True


@check(
    *((n, ImageRan(f"job-{n % 4}", f"serving on day {n}", f"image-{n}", f"golden-{n % 4}")) for n in range(8)),
)  # fmt: skip
def preprocessing_makes_the_same_of_the_same(trace: Trace) -> bool:
    """All pods of a job have one golden output."""
    ran = events(trace, ImageRan)
    return all(one.golden == other.golden for one in ran for other in ran if one.job == other.job)


@check(
    (0.0, ModelJudged("t", "day-1", 0.9, (0.8, 0.9), (0.85, 0.85))),
    (1.0, ModelJudged("t", "day-2", 0.9, (0.5, 0.6), (0.55, 0.55))),
)  # fmt: skip
def a_model_is_as_good_as_its_day_allows(trace: Trace) -> bool:
    """The mean quality is 99 % of the mean that the day allows, or more."""
    return all(
        sum(e.quality) / len(e.quality) >= 0.99 * sum(e.reference_quality) / len(e.reference_quality)
        for e in events(trace, ModelJudged)
    )


@check(
    (0.0, RankerServed("t", "day-1", 3, 900, 0.51, 0.5, 0.5)),
    (1.0, RankerServed("t", "day-1", 4, 900, 0.496, 0.6, 0.5)),
    (2.0, RankerServed("t", "day-2", 5, 900, 0.7, 0.1, 0.702)),
)  # fmt: skip
def a_model_draws_the_clicks_that_its_day_allows(trace: Trace) -> bool:
    """Each day's expected share of visits with a click is 99 % of the complete day's model's, or more."""
    return all(e.click_rate / e.reference_click_rate >= 0.99 for e in events(trace, RankerServed))


@check(
    (0.0, RankerServed("t", "day-1", 3, 900, 0.4, 0.5, 0.5)), (1.0, RankerServed("t", "day-2", 3, 900, 0.6, 0.5, 0.5)),
    (2.0, RankerServed("t", "day-1", 4, 900, 0.52, 0.5, 0.5)), (3.0, RankerRolledBack("t", "day-1", 4)),
    (4.0, RankerServed("u", "day-2", 5, 900, 0.4, 0.5, 0.5)), (5.0, RankerRolledBack("u", "day-2", 5)),
)  # fmt: skip
def no_model_is_rolled_back_by_chance(trace: Trace) -> bool:
    """Before each rollback the model's expected shares of clicks add up to less than the former model's."""
    for back in trace.of(RankerRolledBack):
        days = [
            e.event
            for e in before(trace, back, RankerServed)
            if (e.event.table, e.event.date) == (back.event.table, back.event.date)
        ]
        if not days or sum(one.click_rate for one in days) >= sum(one.former_click_rate for one in days):
            return False
    return True


@check(
    *((n, RunReplayed(f"run-{n}", 9, f"rows-{n}", f"rows-{n}", "w1", "w2")) for n in range(8)),
    (9.0, ReplayRefused("run-9", 9, "its rows are gone")),
)  # fmt: skip
def a_replay_reads_the_rows_of_its_run(trace: Trace) -> bool:
    """The manifest of a replay is that of its run."""
    return all(e.manifest == e.manifest_of_the_run for e in events(trace, RunReplayed))


@check(
    (0.0, RunReplayed("run-1", 9, "m1", "m1", "w1", "w1")), (1.0, RunReplayed("run-2", 9, "m2", "m3", "w2", "w2")),
)  # fmt: skip
def every_run_can_be_replayed(trace: Trace) -> bool:
    """No replay is refused, and each ends with the weights of its run."""
    return not trace.reached(ReplayRefused) and all(e.weights == e.undisturbed for e in events(trace, RunReplayed))


@check(
    (0.0, DayPlanned("t", "day-1", (5, 5))), (1.0, DayPlanned("t", "day-2", (6, 6))),
    (2.0, TrainingSetRead("t", "day-1", 3, (5, 5))), (3.0, TrainingSetRead("t", "day-2", 4, (6, 6))),
)  # fmt: skip
def models_are_trained_on_whole_days(trace: Trace) -> bool:
    """Training reads as many rows of each hour as were planned."""
    planned = {(e.table, e.date): e.rows for e in events(trace, DayPlanned)}
    reads = events(trace, TrainingSetRead)
    return all(all(e.rows) and e.rows == planned.get((e.table, e.date), e.rows) for e in reads)


@check((0.0, TableCounted("a", (3, 3), (3, 3), (3, 3))), (1.0, TableCounted("b", (5, 4), (5, 4), (5, 4))))
def no_partition_is_lost(trace: Trace) -> bool:
    """Each part has as many distinct rows as it should have."""
    return not any(
        have < want
        for e in events(trace, TableCounted)
        for have, want in zip(e.distinct, e.wanted, strict=True)
    )  # fmt: skip


@check((0.0, TableCounted("a", (3, 3), (3, 3), (3, 3))), (1.0, TableCounted("b", (5, 4), (5, 4), (5, 4))))
def no_row_is_counted_twice(trace: Trace) -> bool:
    """Each part has as many rows as distinct rows."""
    return all(e.rows == e.distinct for e in events(trace, TableCounted))


@check(
    (0.0, VersionRegistered("a", 1, "d", 0.5)), (0.0, VersionRegistered("a", 2, "e", 0.7)), (1.0, TagMoved("a", 1, 1)),
    (2.0, TagMoved("a", 2, 2)), (3.0, PromotionsSettled("a")), (4.0, VersionRegistered("b", 1, "f", 0.9)),
    (5.0, TagMoved("b", 1, 1)), (6.0, PromotionsSettled("b")), (7.0, VersionRegistered("a", 3, "g", 0.8)),
)  # fmt: skip
def the_best_version_is_tagged(trace: Trace) -> bool:
    """When promotions have settled, the tag names a version of the model with its highest score so far."""
    for settled in trace.of(PromotionsSettled):
        model = settled.event.model
        known = [e.event for e in before(trace, settled, VersionRegistered) if e.event.model == model]
        moves = [e.event.version for e in before(trace, settled, TagMoved) if e.event.model == model]
        scores = {version.version: version.score for version in known}
        if not moves or scores.get(moves[-1], -1.0) < max(scores.values(), default=0.0):
            return False
    return True


@check((0.0, ModelCompared("a", "w1", "w1", (0.1, 0.2), (0.1, 0.2))),
      (1.0, ModelCompared("b", "w2", "w2", (0.1, 0.2), (0.1, 0.2))))  # fmt: skip
def the_model_is_that_of_the_true_rows(trace: Trace) -> bool:
    """The weights are those of the true rows."""
    return all(e.weights == e.undisturbed for e in events(trace, ModelCompared))


@check(
    (0.0, GateDecided("t", 1, "day-1", False, "")), (1.0, GateDecided("t", 2, "day-1", True, "")),
    (2.0, GateDecided("t", 3, "day-2", True, "")), (3.0, TrainingSetRead("t", "day-1", 2, (5,))),
    (4.0, TrainingSetRead("t", "day-2", 3, (5,))),
)  # fmt: skip
def training_reads_the_version_that_passed(trace: Trace) -> bool:
    """Each version that training read is the one of its day that passed last before."""
    for read in trace.of(TrainingSetRead):
        day = (read.event.table, read.event.date)
        gates = [e.event for e in before(trace, read, GateDecided) if (e.event.table, e.event.date) == day]
        if [gate.version for gate in gates if gate.passed][-1:] != [read.event.version]:
            return False
    return True


@check(
    (0.0, RolloutBounded("a", 20.0)), (1.0, TagMoved("a", 1, 1)), (5.0, VersionDeployed("a", 1, 1)),
    (10.0, TagMoved("a", 2, 2)), (12.0, TagMoved("a", 3, 3)), (20.0, VersionDeployed("a", 2, 2)),
    (30.0, VersionDeployed("a", 3, 3)), (35.0, DeployRefused("a", 1, 1, 3)), (36.0, PromotionsSettled("a")),
    (60.0, WatchEnded("a")), (70.0, TagMoved("a", 4, 4)),
)  # fmt: skip
def what_serves_is_what_the_tag_names(trace: Trace) -> bool:
    """Until the watch ends, the tagged version serves from the end of its own deploy, or of its time, on."""
    within_s = next((e.within_s for e in events(trace, RolloutBounded)), None)
    ends = [e.at_s for e in trace.of(WatchEnded)]
    until_s = ends[0] if ends else max([e.at_s for e in trace.of(*ROLLOUT)], default=0.0)
    for n in range(int(until_s * 2)):
        past = [e for e in trace.of(*ROLLOUT) if e.at_s <= n / 2]
        moves = [e for e in past if isinstance(e.event, TagMoved)]
        if not moves:
            continue
        tag = moves[-1]
        since = [e.event for e in after(trace, tag, *ROLLOUT) if e.at_s <= n / 2]
        deploys = [event for event in since if isinstance(event, VersionDeployed | DeployRefused)]
        own = any(event.token == tag.event.token for event in deploys)
        if within_s is None:
            over = any(isinstance(event, PromotionsSettled) for event in since)
        else:
            over = tag.at_s + within_s <= n / 2
        serves = [e.event.version for e in past if isinstance(e.event, VersionDeployed)]
        if (own or over) and serves[-1:] != [tag.event.version]:
            return False
    return True
