"""The conformance table, for a terminal and as a page of the documentation."""

from collections.abc import Sequence

from gateway_sim.scenarios.compare.conformance.answers import ANSWERS
from gateway_sim.scenarios.compare.conformance.cell import Found
from gateway_sim.scenarios.compare.conformance.likeness import HOLD_S, Likeness
from gateway_sim.scenarios.compare.conformance.places import PLACES
from gateway_sim.scenarios.engines.live.sdks.environments import known_here, named
from gateway_sim.scenarios.engines.live.sdks.given_profile import GivenProfile, UnlikeCell
from gateway_sim.scenarios.judge.limits import BUSY_PER_S, ENDLESS_S, PACED_PER_S
from gateway_sim.scenarios.report.pages import render
from gateway_sim.scenarios.report.table import Cell, Table, Tone


def in_words(found: Found) -> str:
    """Return a cell in words: the user's result, the requests, and the effect on the model."""
    if found.seen == "not asked":
        return "not asked"
    words = [_seen(found)]
    if found.requests > 1:
        words.append(f"{found.requests} requests")
    if found.peak_per_s > PACED_PER_S:
        words.append(f"{found.peak_per_s}/s")
    if found.timeout_s is not None:
        words.append(f"times out after {found.timeout_s:.0f} s")
    if found.heeds_retry_after is not None:
        words.append("heeds Retry-After" if found.heeds_retry_after else "ignores Retry-After")
    if found.times_done is not None and PLACES[found.place].of_sampler:
        words.append("drawn once" if found.times_done == 1 else f"drawn {found.times_done} times")
    elif found.times_done is not None and not found.applied.twice:
        words.append("applied once" if found.times_done else "not applied")
    if found.applied.twice:
        words.append(f"APPLIED TWICE ({found.applied.most} times)" if found.applied.most > 2 else "APPLIED TWICE")
    return ", ".join(words)


def _seen(found: Found) -> str:
    if not ANSWERS[found.answer].endless:
        return found.seen
    if found.ended_s is None:
        return f"still waits after {ENDLESS_S:.0f} s"
    return f"{found.seen} after {found.ended_s:.0f} s"


def terminal(rows: Sequence[Found]) -> Table:
    """Return the table for a terminal, one cell a line."""
    shown = [(row.sdk, row.place, row.answer, Cell(in_words(row), _tone(row))) for row in in_order(rows)]
    return Table(["sdk", "place", "answer", "what the user sees"], shown)


def _tone(row: Found) -> Tone:
    if row.seen != "ok":
        return "bad"
    return "good" if row.peak_per_s <= BUSY_PER_S else "held"


def agreement(rows: Sequence[Found], differ: Sequence[tuple[Found, Found]]) -> list[str]:
    """Return sentences: in how many cells `client/sdk/profiles.py` agrees with the measurement, and each difference."""
    sentences = [
        f"The profiles that the virtual engine plays by agree with {len(rows) - len(differ)} of {len(rows)} cells."
    ]
    for found, said in differ:
        where = f"{found.sdk}, {found.place}, {found.answer}"
        sentences.append(f"{where}: measured {in_words(found)}; the profile says {in_words(said)}.")
    return sentences


def agreement_live(sample: Sequence[Found], differ: Sequence[tuple[Found, Found]]) -> list[str]:
    """Return sentences: in how many cells that were measured live too the SDK did the same in virtual time."""
    if not sample:
        return []
    sentences = [f"Measured live too: {len(sample)} cells; {len(sample) - len(differ)} agree with virtual time."]
    for live, virtual in differ:
        where = f"{live.sdk}, {live.place}, {live.answer}"
        sentences.append(f"{where}: live {in_words(live)}; in virtual time {in_words(virtual)}.")
    return sentences


def given_profile(likeness: Likeness) -> GivenProfile:
    """Return what is kept of a version's sample: the profile that it is given, with each cell apart in words."""
    unlike = tuple(UnlikeCell(f.place, f.answer, in_words(f), in_words(said)) for f, said in likeness.unlike)
    return GivenProfile(likeness.profile, HOLD_S, likeness.cells, likeness.agree, unlike)


def markdown(
    rows: Sequence[Found], differ: Sequence[tuple[Found, Found]], *, command: str, date: str, hold_s: float
) -> str:
    """Return the page: a table for each SDK, a row for each answer, a column for each place."""
    ordered = in_order(rows)
    return render(
        "conformance.md",
        command=command,
        date=date,
        hold=f"{hold_s:g}",
        calm=PACED_PER_S,
        endless=f"{ENDLESS_S:.0f}",
        agreement=agreement(rows, differ),
        sdks=[
            (sdk, named(sdk).summary, _grid("answer", ordered, sdk, False), _grid("fault", ordered, sdk, True))
            for sdk in dict.fromkeys(row.sdk for row in ordered)
        ],
    )


def _grid(corner: str, rows: Sequence[Found], sdk: str, endless: bool) -> Table | None:
    """Return the table of one SDK's endless answers, or of the others; None without cells."""
    cells = {(r.answer, r.place): in_words(r) for r in rows if r.sdk == sdk and ANSWERS[r.answer].endless == endless}
    places = [name for name in PLACES if any(place == name for _, place in cells)]
    answers = [name for name in ANSWERS if any(answer == name for answer, _ in cells)]
    table = Table([corner, *places], [(one, *(cells.get((one, place), "") for place in places)) for one in answers])
    return table if cells else None


def in_order(rows: Sequence[Found]) -> list[Found]:
    """Return the cells by SDK, place and answer, each in the order of its axis."""
    sdks, places, answers = list(known_here()), list(PLACES), list(ANSWERS)
    return sorted(rows, key=lambda r: (sdks.index(r.sdk), places.index(r.place), answers.index(r.answer)))
