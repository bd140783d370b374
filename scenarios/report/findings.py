"""The findings of a search, for a terminal."""

from rich.console import Group, RenderableType
from rich.text import Text

from gateway_sim.scenarios.report.anomaly_tables import anomaly_total
from gateway_sim.scenarios.report.table import STYLES, Table
from gateway_sim.scenarios.report.tables import TONES
from gateway_sim.scenarios.search.explore.acts import Act
from gateway_sim.scenarios.search.explore.artifacts import Artifacts
from gateway_sim.scenarios.search.explore.search import Findings

FIRST = 5
"""Listed broken seeds, and listed errors; the others are counted."""


def findings_card(found: Findings, wanted: int) -> RenderableType:
    """Return the verdict counts, the worlds with each fault, the first seeds that broke a promise, and errors."""
    counts = [(f"{found.verdicts[v]} {v.replace('_', ' ')}", STYLES[tone]) for v, tone in TONES.items()]
    head = Text(f"{found.explored} worlds explored: ")
    head.append_text(Text(", ").join(Text(words, style) for words, style in counts))
    lines: list[RenderableType] = [head]
    if found.explored < wanted:
        lines.append(Text(f"stopped early: {wanted - found.explored} worlds were not played", "yellow"))
    if found.promises:
        lines.append(Table(["promise", "broken in"], [(name, str(n)) for name, n in found.promises.most_common()]))
    if found.drawn:
        rows = [(name, str(n), str(n - found.idle[name])) for name, n in found.drawn.most_common()]
        lines.append(Table(["fault", "worlds", "met"], rows))
    for name, worlds in found.anomalies.runs.most_common():
        counted = f"in {worlds} of {found.explored} worlds, {found.anomalies.times[name]} times"
        lines += anomaly_total(name, counted, *found.anomalies.shortest[name])
    for one in found.broken[:FIRST]:
        reason = one.violations[0]
        lines.append(Text(f"seed {one.seed}: {one.outcome}; {reason.words}: {reason.message}", "red"))
    if len(found.broken) > FIRST:
        lines.append(Text(f"... and {len(found.broken) - FIRST} seeds more", "dim"))
    crashes: dict[str | None, list[int]] = {}
    for one in found.crashed:
        crashes.setdefault(one.crashed, []).append(one.seed)
    for error, seeds in [*crashes.items()][:FIRST]:
        others = f" and {len(seeds) - 1} other seed{'s' if len(seeds) > 2 else ''}" if len(seeds) > 1 else ""
        lines.append(Text(f"seed {seeds[0]}{others}: not played to the end: {error}", "bold red"))
    if len(crashes) > FIRST:
        lines.append(Text(f"... and other errors: {len(crashes) - FIRST}", "dim"))
    if found.played_twice:
        unlike = len(found.diverged)
        compared = f"{unlike} otherwise the second time" if unlike else "all alike"
        style = "bold red" if unlike else "green"
        lines.append(Text(f"{found.played_twice} worlds played twice, {compared}", style))
    for one in found.diverged[:FIRST]:
        lines.append(Text(f"seed {one.seed} played otherwise the second time: {one.diverged}", "bold red"))
    return Group(*lines)


def smallest_card(left: Artifacts) -> RenderableType:
    """Return the smallest failing world and the files that replay it."""
    world, result = left.shrunk.world, left.shrunk.result
    reason = next(broken for broken in result.violations if broken.promise == left.shrunk.promise)
    lines = [
        Text(f"the smallest world that breaks it, after {left.shrunk.plays} worlds", "bold"),
        Text(f"  {world.race or 'a job is trained'}, seed {world.seed}, {world.balance}"),
        *(Text(f"  {name} = {value}") for name, value in world.changes().items()),
        *(Text(f"  {n}. {_in_words(act)}") for n, act in enumerate(world.acts, start=1)),
        Text(f"  {result.outcome} at {result.metrics.finished_s:.2f} s; {reason.words}: {reason.message}", "red"),
        Text(f"gateway-sim replay {left.replay_path}", "dim", overflow="ignore", no_wrap=True),
        Text(f"as a race: {left.race_path}", "dim", overflow="ignore", no_wrap=True),
    ]
    return Group(*lines)


def _in_words(act: Act) -> str:
    when = f"after step {act.after_step}" if act.after_step else "once the run has begun"
    late = f" and {act.delay_s:g} s" if act.delay_s else ""
    figures = {name: value for name, value in act.document().items() if name in ("for_s", "by_s", "route")}
    return f"{when}{late}: {act.verb}" + "".join(f" {name}={value}" for name, value in figures.items())
