"""The contract of a completeness gate."""

from collections.abc import Mapping, Sequence

from gateway_sim.control_plane.data.partitions import Decision, Part, Wanted
from gateway_sim.scenarios.compare.contract.clause import Outcome
from gateway_sim.scenarios.compare.port_contract.clause import Trial, optional, required, unless
from gateway_sim.scenarios.orchestration.ports.gate import Gate

HOUR_S = 3600.0
TODAY, YESTERDAY, ROWS = "day-2", "day-1", 100
WANTED = Wanted(TODAY, range(24), ROWS // 2, 2 * ROWS)
WHOLE = dict.fromkeys(range(24), ROWS)
MIDNIGHT_S = 48 * HOUR_S
SILENT = "a model is trained on a part of its day, and its offline quality does not show it"


def _parts(rows: Mapping[int, int], date: str = TODAY) -> list[Part]:
    """Return the landed hours of a day, each at its end."""
    began_s = 24 * HOUR_S * (date == TODAY)
    return [Part(date, hour, count, began_s + (hour + 1) * HOUR_S) for hour, count in rows.items() if count]


def _decided(
    trial: Trial, parts: Sequence[Part], declared: Mapping[int, int] = WHOLE, now_s: float = MIDNIGHT_S
) -> Decision:
    gate: Gate = trial.part()
    return gate.decide(parts, WANTED, declared, now_s)


def _refuses(decision: Decision) -> Outcome:
    return unless(not decision.passed, f"passed the day: {decision.reason}")


def _passes(decision: Decision) -> Outcome:
    return unless(decision.passed, f"refused the day: {decision.reason}")


@required("a day whose declared rows have landed passes", "training would never begin")
async def a_whole_day_passes(trial: Trial) -> Outcome:
    """Show a complete day."""
    return _passes(_decided(trial, _parts(WHOLE)))


@required("a day of which nothing has landed is refused", SILENT)
async def an_empty_day_is_refused(trial: Trial) -> Outcome:
    """Show nothing."""
    return _refuses(_decided(trial, [], {}))


@required("a day without its last hours is refused", SILENT)
async def missing_hours_are_refused(trial: Trial) -> Outcome:
    """Show 18 of 24 hours, which are all declared."""
    punctual = dict.fromkeys(range(18), ROWS)
    return _refuses(_decided(trial, _parts(punctual), punctual))


@required("an hour of which most has landed is refused", SILENT)
async def most_of_an_hour_is_refused(trial: Trial) -> Outcome:
    """Show every hour, one with five eighths of its rows: a plausible number, which is not the declared one."""
    return _refuses(_decided(trial, _parts(WHOLE | {23: ROWS * 5 // 8})))


@required("an hour that its producer has not declared complete is refused", SILENT)
async def an_open_hour_is_refused(trial: Trial) -> Outcome:
    """Show every hour, one with the usual rows, to which more may come."""
    return _refuses(_decided(trial, _parts(WHOLE), dict.fromkeys(range(23), ROWS)))


@required("an hour with more rows than declared is refused", "rows that were written twice would be trained on twice")
async def rows_twice_are_refused(trial: Trial) -> Outcome:
    """Show an hour with twice its rows."""
    return _refuses(_decided(trial, _parts(WHOLE | {5: 2 * ROWS - 1})))


@required(
    "fresh rows of another day do not make a day complete", "a backfill of yesterday would turn tonight's gate green"
)
async def another_day_does_not_count(trial: Trial) -> Outcome:
    """Show 18 hours of today, and yesterday as written just now."""
    punctual = dict.fromkeys(range(18), ROWS)
    rewritten = [Part(YESTERDAY, hour, ROWS, MIDNIGHT_S - 60) for hour in range(24)]
    return _refuses(_decided(trial, [*rewritten, *_parts(punctual)], punctual))


@required("a gap of another day does not hold a day back", "training would wait for a day that it does not read")
async def another_days_gap_does_not_count(trial: Trial) -> Outcome:
    """Show a complete day after an incomplete one."""
    return _passes(_decided(trial, [*_parts({0: ROWS}, YESTERDAY), *_parts(WHOLE)]))


@optional("a complete day passes whatever its age", "a backfill of an old day could not be trained on")
async def an_old_day_passes(trial: Trial) -> Outcome:
    """Ask a month later."""
    return _passes(_decided(trial, _parts(WHOLE), now_s=MIDNIGHT_S + 30 * 24 * HOUR_S))


@optional("a refusal names the hours that are missing", "a person sees at once whose producer is late")
async def hours_are_named(trial: Trial) -> Outcome:
    """Read the reason of a refusal."""
    landed = {hour: count for hour, count in WHOLE.items() if hour != 17}
    told = _decided(trial, _parts(landed), landed).reason
    return unless("17" in told, f"said {told!r}")
