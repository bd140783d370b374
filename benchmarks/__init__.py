"""What things cost, measured: `python -m benchmarks` (`make bench`) measures every row and writes docs/performance.md.

A row is a file in `benchmarks/rows/`: its docstring's first line is its title, the rest says how it is measured;
`measure(quick)` returns a JSON document, and `lines(document)` that document as Markdown. No list needs editing.
Figures that are compared are taken in turn, round by round, and their ratios within a round: machines are rarely quiet.
"""
