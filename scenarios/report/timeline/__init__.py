"""The picture of a run: from the events of its trace to lanes, spans and requests, and to one page that needs nothing.

What is drawn is decided in Python and tested; `page.js` only puts it on a canvas. `calls.py` joins what the client,
the gateway and the pod each told of one request, `draw.py` lays out the lanes, `axis.py` says how much room each
stretch of time gets, `document.py` is what the page reads, `perfetto.py` is the same for Perfetto.
"""

from __future__ import annotations

from scenarios.report.timeline.document import document
from scenarios.report.timeline.page import timeline_page
from scenarios.report.timeline.perfetto import chrome_trace

__all__ = ["chrome_trace", "document", "timeline_page"]
