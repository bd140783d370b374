"""What things cost, measured: `python -m benchmarks` (`make bench`) measures every row and writes docs/performance.md;
`python -m benchmarks --page` writes it from what docs/performance.json holds.

A row is a file in `benchmarks/rows/`: its docstring's first line is its title, the rest says how it is measured;
`measure(quick)` returns a JSON document, `lines(document)` that document as Markdown, and `budgets(document)`, where it
has any, the budgets it is held against. `ONLY_IF_NAMED` keeps what takes long out of `make bench`. No list needs
editing.
Figures that are compared are taken in turn, round by round, and their ratios within a round: machines are rarely quiet.
"""
