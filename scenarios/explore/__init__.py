"""Random worlds by the thousand: drawn from seeds, played, and the first that breaks a promise made small.

Read in this order: `acts` (what can happen to a run), `drawn` (a world as plain values), `draw` (seed -> world),
`staged` (world -> verdict), `search` (many seeds, over processes or a cluster), `shrink` (the smallest world that
breaks the same promise), `replay_file` and `race_file` (what is left of it).

How to add a fault: write it in `scenarios/faults/`, give it a verb in `acts.VERBS` with the events that prove that it
fired, and a line in `draw`.
"""
