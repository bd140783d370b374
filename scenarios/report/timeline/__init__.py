"""The picture of a run: from the events of its trace to lanes, spans and requests, and to one page.

Python decides what is drawn; `pages/timeline.js` only puts it on a canvas. `calls.py` joins the events of the client,
the gateway and the pod that belong to one request, `document.py` lays out the lanes and writes the JSON for the page,
`axis.py` gives each stretch of time its width, `perfetto.py` writes the same picture for Perfetto.
"""

from scenarios.report.timeline.document import document
from scenarios.report.timeline.page import timeline_page
from scenarios.report.timeline.perfetto import chrome_trace

__all__ = ["chrome_trace", "document", "timeline_page"]
