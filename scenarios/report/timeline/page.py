"""The page of one run, or of several on one time axis."""

from collections.abc import Sequence

from scenarios.report.pages import render
from scenarios.report.timeline.document import document, shared_axis
from scenarios.run.result import RaceResult


def timeline_page(results: Sequence[RaceResult]) -> str:
    """Return one page with these runs below each other on one axis; it needs no network and no other file."""
    documents = [document(result) for result in results]
    lead = documents[0]["summary"]
    if len(documents) > 1:
        lead += " The same world and the same seed, played more than once; one time axis for all."
    return render(
        "timeline.html",
        race=documents[0]["race"],
        pairs=", ".join(dict.fromkeys(f"{run['client']} under {run['gateway']}" for run in documents)),
        lead=lead,
        shown={"runs": documents, "axis": shared_axis(documents)},
    )
