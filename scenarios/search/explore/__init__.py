"""Random worlds by the thousand: drawn from seeds, played, and the first that breaks a promise made small.

Read in this order: `acts` (what can happen to a run), `drawn` (a world as plain values), `draw` (seed -> world),
`given` (who plays), `staged` (world -> verdict), `fired` (what of it the run met), `explored` (seed -> findings),
`search` and `cluster` (many seeds), `smaller` and `shrink` (the smallest world that breaks the same promise),
`replay_file`, `as_race`, `race_file` and `leave` (what is left of it).

How to add a fault: write it in `scenarios/faults/`, give it a verb in `acts.VERBS` with the events that prove that it
fired, and a line in `draw`.
"""
