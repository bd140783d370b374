"""The contracts of the ports of stories, held against any part clause by clause.

`clause.py` says what a clause is, `clauses/` has them, a port a file; `hold.py` checks them, each in a new sandbox.
"""
