"""A scenario on one page that needs nothing else: its damage variant by variant, the closed forms, its pictures."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from scenarios.judge.damage import BESIDE
from scenarios.orchestration import stories
from scenarios.report.pictures import VARIANT_INK, figures
from scenarios.run.result import StoryResult

STYLE = """body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:60rem;padding:0 1rem;color:#1b1b1b}
table{border-collapse:collapse;margin:1rem 0 2rem;font-size:13px}th,td{border:1px solid #ccc;padding:.25rem .5rem}
td.n{text-align:right;font-variant-numeric:tabular-nums}figure{margin:1.5rem 0}figcaption{margin:0 0 .4rem}
svg{width:100%;height:auto}code{font-size:13px}"""


def page(runs: Sequence[StoryResult]) -> str:
    """Return the page of one scenario's runs: the same seed in each variant."""
    scenario = stories.load(runs[0].race)
    drawn = [f"<figure><figcaption>{escape(f.caption)}</figcaption>{f.svg}</figure>" for f in figures(runs)]
    replays = "".join(f"<li><code>{escape(run.replay)}</code></li>" for run in runs)
    parts = [
        f"<!doctype html><meta charset=utf-8><title>gateway-sim: {scenario.name}</title><style>{STYLE}</style>",
        f"<h1>{scenario.name}</h1><p>{escape(scenario.summary)} From: {escape(scenario.origin)}.</p>",
        *(_said(run) for run in runs),
        *drawn,
        "<h2>Figures</h2>",
        _table(runs),
        f"<h2>Again</h2><ul>{replays}</ul>",
    ]
    return "\n".join(parts) + "\n"


def _said(run: StoryResult) -> str:
    """Return a variant's paragraph: its verdict, its damage, and the first of the promises that it broke."""
    ink = VARIANT_INK[run.settings["variant"]]
    amount = f"{run.damage.amount:g} {run.damage.unit}: {run.damage.sentence}"
    broken = list(dict.fromkeys(violation.promise for violation in run.violations))
    because = f" Broken: {'; '.join(broken)}." if broken else " Every promise kept."
    name = f'<b style="color:{ink}">{run.settings["variant"]}</b>'
    return f"<p>{name}, {run.verdict.replace('_', ' ')}. {escape(amount)}.{escape(because)}</p>"


def _table(runs: Sequence[StoryResult]) -> str:
    """Return the figures of all variants, each closed form and the card's below the measured one."""
    heads = "".join(f"<th>{run.settings['variant']}</th>" for run in runs)
    names = list(dict.fromkeys(name for run in runs for name in run.damage.figures))
    rows = []
    for name in names:
        cells = [run.damage.figures.get(name) for run in runs]
        shown = "".join(f'<td class="n">{"-" if cell is None else f"{cell:,g}"}</td>' for cell in cells)
        rows.append(f"<tr><td>{escape(_words(name))}</td>{shown}</tr>")
    return f"<table><tr><th></th>{heads}</tr>{''.join(rows)}</table>"


def _words(name: str) -> str:
    """Return a figure's name, and what it is where it was not measured here."""
    return next((f"{name.removesuffix(end)}, {what}" for end, what in BESIDE.items() if name.endswith(end)), name)
