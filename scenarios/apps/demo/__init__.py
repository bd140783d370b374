"""The page of `gateway-sim demo`: the same race under today's gateway and under a proposed one, watched as it happens.

`choices.py` says what can be picked, `duel.py` plays both worlds on the live engine in the page's own loop, `table.py`
plays all pairs of the race in virtual time in a process of its own, `answers.py` asks a policy what it answers on each
leg, `proposal_page.py` shows the proposal; `app.py` is the FastAPI application with the page, which Python fills once
and server-sent events move.
"""
