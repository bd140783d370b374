"""A plot with two axes, as SVG without script, font or other files; its colours come from the pages' stylesheet."""

import math
from collections.abc import Iterable, Mapping, Sequence
from html import escape

LEFT, RIGHT, TOP, BOTTOM = 64.0, 16.0, 26.0, 40.0

WORDS, AXIS = "var(--ink)", "var(--soft)"

Point = tuple[float, float]


class Plot:
    """Shapes in the coordinates of `x` and `y`, each (from, to), in a picture of `width` by `height` pixels.

    With `log_x` the x axis is logarithmic; with `lanes` the y axis carries these names instead of numbers, lane 0 at
    the top, lane n from y = n to n + 1, each `lane_height` pixels high.
    """

    def __init__(
        self,
        x: Point,
        y: Point = (0.0, 1.0),
        *,
        x_label: str,
        y_label: str = "",
        title: str = "",
        lanes: Sequence[str] = (),
        log_x: bool = False,
        width: float = 860.0,
        height: float = 220.0,
        lane_height: float = 34.0,
    ) -> None:
        self._x = x
        self._label = " ".join(filter(None, [title, y_label or ", ".join(lanes), f"over {x_label}"]))
        self._y = (float(len(lanes)), 0.0) if lanes else y
        self._log_x = log_x
        self._width = width
        self._height = TOP + BOTTOM + lane_height * len(lanes) if lanes else height
        # at the left, where a phone shows it without scrolling
        self._legend_from = LEFT + (7.5 * len(title) + 20 if title else 0.0)
        self._legend: list[tuple[str, str]] = []
        self._shapes: list[str] = []
        self._frame = [
            *self._x_axis(x_label),
            *(self._lane_names(lanes) if lanes else self._y_axis(y_label)),
            _text(LEFT, 16, title, weight="bold"),
        ]

    def bar(self, since: float, until: float, low: float, high: float, ink: str, *, hint: str = "") -> None:
        """Draw a filled rectangle from `since` to `until` and from `low` to `high`; `hint` shows under the pointer."""
        left, right = sorted((self._at_x(since), self._at_x(until)))
        top, bottom = sorted((self._at_y(low), self._at_y(high)))
        size = f'width="{right - left:.1f}" height="{bottom - top:.1f}"'
        self._shapes.append(f'<rect x="{left:.1f}" y="{top:.1f}" {size} fill="{ink}">{_hint(hint)}</rect>')

    def line(
        self, points: Iterable[Point], ink: str, *, label: str = "", dashed: bool = False, width: float = 2.0
    ) -> None:
        """Draw a line of `width` pixels through the points; `label` names it in the legend."""
        dash = ' stroke-dasharray="5 4"' if dashed else ""
        self._shapes.append(
            f'<polyline points="{self._path(points)}" fill="none" stroke="{ink}" stroke-width="{width:g}"{dash}/>'
        )
        self.legend({label: ink})

    def upright(self, x: float, ink: str, *, label: str = "", dashed: bool = False) -> None:
        """Draw a line at `x` from bottom to top."""
        self.line([(x, self._y[0]), (x, self._y[1])], ink, label=label, dashed=dashed)

    def level(self, y: float, ink: str, *, width: float = 2.0) -> None:
        """Draw a dashed line at `y` from left to right."""
        self.line([(self._x[0], y), (self._x[1], y)], ink, dashed=True, width=width)

    def area(self, points: Iterable[Point], ink: str, *, label: str = "") -> None:
        """Fill the polygon through the points."""
        self._shapes.append(f'<polygon points="{self._path(points)}" fill="{ink}"/>')
        self.legend({label: ink})

    def dot(self, x: float, y: float, ink: str, *, hint: str = "") -> None:
        """Draw a dot; `hint` shows under the pointer."""
        place = f'cx="{self._at_x(x):.1f}" cy="{self._at_y(y):.1f}"'
        self._shapes.append(f'<circle {place} r="4" fill="{ink}">{_hint(hint)}</circle>')

    def note(self, x: float, y: float, words: str, *, ink: str = WORDS) -> None:
        """Write words whose left end is at the point."""
        self._shapes.append(_text(self._at_x(x), self._at_y(y), words, ink=ink))

    def legend(self, inks: Mapping[str, str]) -> None:
        """Put entries into the legend, a colour a label, each once; an empty label has none."""
        new = [(label, ink) for label, ink in inks.items() if label]
        self._legend += [entry for entry in new if entry not in self._legend]

    def svg(self) -> str:
        """Return the picture."""
        left, legend = self._legend_from, []
        for label, ink in self._legend:
            legend.append(f'<rect x="{left:.1f}" y="7" width="12" height="12" fill="{ink}"/>')
            legend.append(_text(left + 16, 17, label))
            left += 6.6 * len(label) + 30
        size = f'viewBox="0 0 {self._width:g} {self._height:g}" style="max-width:{self._width:g}px"'
        said = f'role="img" aria-label="{escape(self._label)}"'
        parts = [*self._shapes, *self._frame, *legend]
        return f'<svg xmlns="http://www.w3.org/2000/svg" {size} {said}>{"".join(parts)}</svg>'

    def _at_x(self, x: float) -> float:
        low, high, x = (math.log(max(v, 1e-9)) for v in (*self._x, x)) if self._log_x else (*self._x, x)
        return LEFT + (x - low) / ((high - low) or 1.0) * (self._width - LEFT - RIGHT)

    def _at_y(self, y: float) -> float:
        low, high = self._y
        return self._height - BOTTOM - (y - low) / ((high - low) or 1.0) * (self._height - TOP - BOTTOM)

    def _path(self, points: Iterable[Point]) -> str:
        return " ".join(f"{self._at_x(x):.1f},{self._at_y(y):.1f}" for x, y in points)

    def _x_axis(self, label: str) -> list[str]:
        floor = self._height - BOTTOM
        parts = [f'<path d="M{LEFT} {TOP}V{floor}H{self._width - RIGHT}" fill="none" stroke="{AXIS}"/>']
        for tick in _decades(*self._x) if self._log_x else _ticks(*self._x):
            at = self._at_x(tick)
            parts.append(f'<path d="M{at:.1f} {floor}v5" stroke="{AXIS}"/>')
            parts.append(_text(at, floor + 17, f"{tick:g}", anchor="middle"))
        return [*parts, _text(self._width - RIGHT, self._height - 6, label, anchor="end", ink=AXIS)]

    def _y_axis(self, label: str) -> list[str]:
        parts = []
        for tick in _ticks(*self._y, most=5):
            at = self._at_y(tick)
            parts.append(f'<path d="M{LEFT} {at:.1f}h-5" stroke="{AXIS}"/>')
            parts.append(_text(LEFT - 8, at + 4, f"{tick:g}", anchor="end"))
        turned = f'transform="rotate(-90 14 {self._height / 2:g})"'
        return [*parts, _text(14, self._height / 2, label, anchor="middle", ink=AXIS, more=turned)]

    def _lane_names(self, lanes: Sequence[str]) -> list[str]:
        return [_text(LEFT - 8, self._at_y(n + 0.5) + 4, name, anchor="end") for n, name in enumerate(lanes)]


def _hint(words: str) -> str:
    return f"<title>{escape(words)}</title>" if words else ""


def _text(
    x: float, y: float, words: str, *, anchor: str = "start", ink: str = WORDS, weight: str = "", more: str = ""
) -> str:
    bold = f' font-weight="{weight}"' if weight else ""
    place = f'x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{ink}"'
    return f'<text {place} font-size="12"{bold} {more}>{escape(words)}</text>' if words else ""


def _ticks(low: float, high: float, most: int = 10) -> list[float]:
    """Return round numbers between the ends, at most `most` and some."""
    low, high = sorted((low, high))
    if high <= low:
        return [low]
    rough = (high - low) / most
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= rough * 0.999)
    first = math.ceil(low / step - 1e-9)
    return [round(n * step, 10) for n in range(first, math.floor(high / step + 1e-9) + 1)]


def _decades(low: float, high: float) -> list[float]:
    """Return 1, 2 and 5 times the powers of ten between the ends."""
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    return [factor * 10.0**power for power in powers for factor in (1, 2, 5) if low <= factor * 10.0**power <= high]
