"""The page of `gateway-sim demo`: the same race under today's gateway and under a proposed one, drawn while it runs.

`choices.py` has the page's fields, `duel.py` plays both worlds on the live engine in the server's loop, `table.py`
plays all pairs of the race in virtual time in another process, `answers.py` asks a policy for its answer on each leg.
`app.py` is the FastAPI application and its server. The page is `scenarios/report/pages/demo.html`; server-sent events
update it.
"""
