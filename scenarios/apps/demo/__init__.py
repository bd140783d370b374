"""The page of `gateway-sim demo`: the same race under today's gateway and under a proposed one, drawn while it runs.

`choices.py` has the page's fields, `acts.py` the choices of the presenter mode, `estimate.py` says how long a duel will
take, `duel.py` plays both worlds on the live engine in the server's loop, `stage.py` keeps the last duels, `cards.py`
words the result of a side, `table.py` plays all pairs of the race in virtual time in another process (`beside.py`),
`answers.py` asks a policy for its answer on each leg. `app.py` is the FastAPI application and its server. The page is
`scenarios/report/pages/demo.html`; server-sent events update it.
"""
