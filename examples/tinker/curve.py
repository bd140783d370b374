"""Draw the curves of training scripts: `python examples/tinker/curve.py OUT.svg WORD FILE [FILE ...]`.

Each file has lines such as "step 3 loss 1.2"; WORD names the value (`loss`, `reward`). A file's name is its label.
"""

import re
import sys
from pathlib import Path

from gateway_sim.scenarios.report.pictures.plot import Plot, Point

INKS = ("#2563a8", "#b4541a", "#3f7d3a")
STYLE = "<style>svg{--ink:#1c2733;--soft:#5a6672;background:#fff;font:13px sans-serif}</style>"


def points(lines: str, word: str) -> list[Point]:
    """Return (step, value) of each line that has both."""
    found = re.findall(rf"^step (\d+) {re.escape(word)} ([\d.]+)", lines, re.MULTILINE)
    return [(float(step), float(value)) for step, value in found]


def drawn(curves: dict[str, list[Point]], word: str) -> str:
    """Return a picture of the curves by their labels."""
    every = [point for curve in curves.values() for point in curve]
    last, top = max(step for step, _ in every), max(value for _, value in every)
    plot = Plot((1.0, last), (0.0, top), x_label="step", y_label=word, height=260.0)
    # dashed over solid, so that equal curves are both seen
    for number, ((label, curve), ink) in enumerate(zip(curves.items(), INKS, strict=False)):
        plot.line(curve, ink, label=label, dashed=number > 0)
    return plot.svg().replace('role="img">', f'role="img">{STYLE}', 1)


def main() -> None:
    """Read the files and write the picture."""
    into, word, *files = sys.argv[1:]
    curves = {Path(name).stem: points(Path(name).read_text(), word) for name in files}
    if empty := [name for name, curve in curves.items() if not curve]:
        raise SystemExit(f"no line of {', '.join(empty)} says: step N {word} X")
    Path(into).write_text(drawn(curves, word) + "\n")


if __name__ == "__main__":
    main()
