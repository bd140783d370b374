"""What things cost, measured: `python -m benchmarks` (`make bench`) measures every row and writes docs/performance.md;
`python -m benchmarks --page` writes it from docs/performance.json.

A row is a file in `benchmarks/rows/`. The first line of its docstring is its title, the rest says how it is measured.
`measure(quick)` returns a JSON document, `lines(document)` renders it as Markdown, and `budgets(document)`, where there
is one, returns its budgets. `ONLY_IF_NAMED` keeps a long row out of `make bench`. No list needs editing.
Compared figures are taken in turn, round by round, and ratios within a round, because machines are rarely quiet.
"""
