"""The page of one run, or of several on one time axis: a template, a style, a script and the runs, in one file."""

from __future__ import annotations

import json
from collections.abc import Sequence
from html import escape
from importlib.resources import files
from typing import Any

from scenarios.report.timeline.document import document, shared_axis
from scenarios.run.result import RaceResult


def part(name: str) -> str:
    """Return a part of the page that lies beside this file."""
    return files(__package__).joinpath(name).read_text(encoding="utf-8")


def embedded(value: Any) -> str:
    """Return JSON that may stand inside a script element."""
    return json.dumps(value, separators=(",", ":")).replace("</", "<\\/").replace("<!--", "<\\!--")


def timeline_page(results: Sequence[RaceResult]) -> str:
    """Return one page with these runs below each other on one axis; it needs no network and nothing beside it."""
    documents = [document(result) for result in results]
    shown = {"runs": documents, "axis": shared_axis(documents)}
    pairs = ", ".join(dict.fromkeys(f"{run['client']} under {run['gateway']}" for run in documents))
    race = documents[0]["race"]
    lead = documents[0]["summary"]
    if len(documents) > 1:
        lead += " The same world and the same seed, played more than once; one time axis for all."
    return filled(
        part("page.html"),
        title=escape(f"{race}: {pairs}"),
        heading=escape(race),
        lead=escape(lead),
        style=part("page.css"),
        script=part("page.js"),
        told=embedded(shown),
    )


def filled(template: str, **parts: str) -> str:
    """Return the template with each `{{name}}` replaced once; what is put in is not looked at again."""
    whole = []
    for piece in template.split("{{"):
        name, closed, rest = piece.partition("}}")
        whole.append(f"{parts[name]}{rest}" if closed else piece)
    return "".join(whole)
