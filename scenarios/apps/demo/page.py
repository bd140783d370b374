"""The demo's page: the timeline's own style and script, and what drives them."""

from __future__ import annotations

from typing import Any

from scenarios.apps.demo.parts import own_part
from scenarios.report.timeline.page import embedded, filled, part


def demo_page(choices: dict[str, Any], *, seeds: int, playing: int | None) -> str:
    """Return the page, filled; it asks nobody but the server it came from.

    `playing` is the duel that is on, which whoever opens the page then watches.
    """
    return filled(
        own_part("page.html"),
        timeline_style=part("page.css"),
        style=own_part("page.css"),
        timeline_script=part("page.js"),
        script=own_part("page.js"),
        choices=embedded({**choices, "seeds": seeds, "playing": playing}),
    )
