"""The tournament's pairs, costs and claims, for a terminal, as Markdown and as a page."""

from collections.abc import Sequence
from functools import partial

from rich.console import Group, RenderableType
from rich.text import Text

from gateway_sim.scenarios.compare.claims import Claim
from gateway_sim.scenarios.compare.pair_summary import PairSummary, shares
from gateway_sim.scenarios.compare.tournament import ENDED, Score
from gateway_sim.scenarios.compare.warm_up_costs import Row
from gateway_sim.scenarios.judge.anomalies import anomalies
from gateway_sim.scenarios.races import names
from gateway_sim.scenarios.report.anomaly_tables import share
from gateway_sim.scenarios.report.pages import render
from gateway_sim.scenarios.report.table import STYLES, Cell, Table, Tone
from gateway_sim.scenarios.report.tables import pr_table
from gateway_sim.scenarios.run.matrix import GATEWAYS, clients, gateways

PAIR = ("client", "gateway")
ENDS = ("finished", "95 %", "all kept", "first step", "told", "twice")
COSTS = ("wasted", "peak/s", "probes", "strong reads")
LEGEND = (
    "finished, of the runs whose job lived, with Wilson's interval",
    "all kept: the runs that met what their race is about and kept every promise",
    "first step: the median; told: the longest from a deletion to the error; twice: steps applied twice",
    "a run's mean: refused requests, probes of the control plane, strong reads; peak/s: for any one future",
    "* is on the Pareto front: no other pair is as good in every column and better in one",
)
VERDICTS: dict[bool | None, tuple[str, Tone]] = {
    True: ("holds", "good"), False: ("FAILS", "bad"), None: ("not tried", "held"),
}  # fmt: skip
"""The word and tone of a claim, by `Claim.holds`."""


def made_by(seeds: int, found: Sequence[Score]) -> tuple[str, str]:
    """Return a sentence about the runs, and the command that repeats them."""
    races = list(dict.fromkeys(score.race for score in found))
    chosen = "" if len(races) == len(names()) else "".join(f" --race {race}" for race in races)
    for option, all_of in (("client", clients()), ("gateway", [gateway.name for gateway in gateways()])):
        played_by = {getattr(score, option) for score in found}
        if not played_by >= set(all_of):
            chosen += "".join(f" --{option} {name}" for name in all_of if name in played_by)
    played = f"{len(found)} runs of {len(races)} races in virtual time, on the same seeds for every pair"
    return played, f"gateway-sim tournament --seeds {seeds}{chosen}"


def pair_table(ranked: Sequence[PairSummary]) -> Table:
    """Return a row for each pair, best first: outcomes, then costs; a star marks the Pareto front."""
    return Table((*PAIR, *ENDS, *COSTS), [_pair(one) for one in ranked], words=len(PAIR))


def _pair(s: PairSummary) -> list[Cell]:
    words = (
        f"{'*' if s.front else ' '} {s.client}",
        s.gateway,
        f"{s.finished}/{s.alive}",
        f"{s.low:.1%}-{s.high:.1%}" if s.alive else "-",
        str(s.kept),
        "-" if s.first_step_s is None else f"{s.first_step_s:.2f} s",
        "-" if s.told_s is None else f"{s.told_s:.1f} s",
        str(s.twice),
        f"{s.wasted:.1f}",
        str(s.peak),
        f"{s.probes:.1f}",
        f"{s.strong_reads:.1f}",
    )
    return [Cell(word, "good" if s.front else "") for word in words]


def anomaly_table(ranked: Sequence[PairSummary]) -> Table:
    """Return the share of each pair's runs with each anomaly."""
    rows = [(s.client, s.gateway, *(share(s.anomalies.get(name, 0), s.runs) for name in anomalies())) for s in ranked]
    return Table((*PAIR, *anomalies()), rows, words=len(PAIR))


def race_label(race: str) -> str:
    """Return a race's name in a table of finished runs: a 0 there is right where no run can finish."""
    return f"{race} (its job ends)" if race in ENDED else race


def race_tables(found: Sequence[Score]) -> list[Table]:
    """Return a table of finished runs for each gateway: a row for each race, a column for each client."""
    counted = shares(found)
    cells = {(c["gateway"], c["race"], c["client"]): f"{c['finished']}/{c['runs']}" for c in counted}
    clients, races = (list(dict.fromkeys(one[key] for one in counted)) for key in ("client", "race"))
    return [
        Table(
            ["race", *clients],
            [[race_label(race), *(cells.get((gateway, race, client), "-") for client in clients)] for race in races],
            gateway,
            words=1,
        )
        for gateway in dict.fromkeys(one["gateway"] for one in counted)
    ]


def tournament_table(ranked: Sequence[PairSummary], claims: Sequence[Claim]) -> RenderableType:
    """Return pairs, anomalies and claims for a terminal; each table fits 100 columns."""
    pairs, both = pair_table(ranked), len(PAIR) + len(ENDS)
    ended = pairs.only(*range(both)).titled("all policies on the same seeds")
    paid = pairs.only(*range(len(PAIR)), *range(both, len(pairs.head))).titled("what they cost")
    legend = [Text(line, "dim") for line in LEGEND]
    seen = anomaly_table(ranked).titled("runs that show a route anomaly")
    seen = seen.grouped(PAIR.index("gateway"), "gateway, and client")
    judged = [Text.assemble(_verdict(claim), f": {claim.sentence} ({claim.shown})") for claim in claims]
    return Group(ended, Text(), paid, *legend, Text(), seen, Text(), *judged)


def _verdict(claim: Claim) -> tuple[str, str]:
    word, tone = VERDICTS[claim.holds]
    return word, STYLES[tone]


def _page(
    template: str,
    seeds: int,
    rows: Sequence[Row],
    ranked: Sequence[PairSummary],
    claims: Sequence[Claim],
    found: Sequence[Score],
) -> str:
    """Return the page: the table of PR 348, then claims, pairs, anomalies and races."""
    played, command = made_by(seeds, found)
    return render(
        template,
        played=played,
        command=command,
        pr=pr_table(rows),
        claims=[(*VERDICTS[claim.holds], claim) for claim in claims],
        legend=LEGEND,
        tuned=[(one.name, one.policy.name, one.settings) for one in GATEWAYS if one.settings],
        pairs=pair_table(ranked),
        anomalies=anomaly_table(ranked),
        races=race_tables(found),
    )


tournament_markdown, tournament_page = (partial(_page, f"tournament.{kind}") for kind in ("md", "html"))
"""The page for a repository and the page for a browser; both take seeds, PR rows, pairs, claims and scores."""
