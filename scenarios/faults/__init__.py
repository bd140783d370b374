"""What can go wrong, one fault a file; faults that differ in one word share a file.

How to add one: write `faults/<name>.py` with a frozen dataclass that has a `name`, a length `for_s` in seconds (None:
until the world lifts it, or ends) and `begin(world)`, which starts the fault and returns the callable that undoes it.
The fault itself keeps nothing. `world.inject(fault)` keeps the undo, calls it once, and reports both ends to the trace.

Faults of one kind may overlap, and may end in any order: an undo takes back what its own `begin` did and no more.
The first line of the class's docstring is what `gateway-sim list` prints.
"""
