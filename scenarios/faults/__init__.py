"""The faults that a world can inject, one a file; variants of one fault share a file.

How to add one: write `faults/<name>.py` with a frozen dataclass that has a `name`, a duration `for_s` in seconds
(None: until the world lifts it, or ends) and `begin(world)`, which starts the fault and returns the callable that
undoes it. A fault has no state. `world.inject(fault)` calls the undo once, and reports start and end to the trace.

Faults of one kind may overlap and end in any order: an undo reverts only the changes of its own `begin`.
The first line of the class's docstring is what `gateway-sim list` prints.
"""
