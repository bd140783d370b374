"""The page of `gateway-sim demo`: the same race under today's gateway and under a proposed one, watched as it happens.

`choices.py` lists what can be picked, `duel.py` plays both worlds on the live engine in the page's own loop, `table.py`
plays all pairs of the race in virtual time in another process, `answers.py` asks a policy for its answer on each leg;
`app.py` is the FastAPI application and its server. The page itself is `scenarios/report/pages/demo.html`, rendered once
and updated by server-sent events.
"""
