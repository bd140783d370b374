"""The contract of the gateway, held against any gateway clause by clause.

`clause.py` says what a clause is, `clauses/` has them, `trial.py` is what a clause may do, `world.py` builds the world.
"""
