"""Random worlds by the thousand: drawn from seeds and played; the first that breaks a promise is shrunk.

Read in this order: `acts` (the acts of a drawn world), `generated_case` (a world as plain values), `generate` (seed to
world), `search_config` (the pairing and the fixed settings), `execute` (world to verdict), `fault_coverage` (which
faults the run met), `explored` (seed to outcome), `search` (many seeds), `shrinkers` and `shrink` (the
smallest world that breaks the same promise), `replay_file`, `as_race`, `race_file` and `artifacts` (its files).

How to add a fault: write it in `scenarios/faults/`, give it a verb in `acts.VERBS` with the event that proves that it
took effect, and a line in `generate`.
"""
