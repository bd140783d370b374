"""The timeline of a run: lanes, spans and requests, made from the events of its trace, and the page that shows them.

Python decides what is drawn; `pages/timeline.js` draws it on a canvas. `calls.py` joins the events of one request,
`document.py` lays out the lanes and writes the page, `axis.py` gives each stretch of time its width, `perfetto.py`
writes the same timeline for Perfetto.
"""
