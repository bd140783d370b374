"""What can go wrong, one fault a file.

How to add one: write `faults/<name>.py` with a frozen dataclass that has a `name`, a length `for_s` (None: until the
world ends) and the two verbs `begin(world)` and `end(world)`. `world.inject(fault)` does the rest, and the trace tells
when it took hold and when it ended. The class's docstring is what `gateway-sim list` prints.
"""
