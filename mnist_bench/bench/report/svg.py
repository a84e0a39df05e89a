"""Draws SVG: a plot with axes, ticks and marks, coloured by the style sheet of its page."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from xml.etree import ElementTree as Tree

from mnist_bench.bench.report.colors import BACKEND_COLORS, mark_of

WIDTH, HEIGHT = 760, 260
_RIGHT, _TOP, _BOTTOM = 30, 12, 44
_DASHES = ("", "7 4", "2 3", "7 3 2 3", "7 3 2 3 2 3", "")
_MARKER = 4.5


@dataclass(frozen=True, slots=True)
class Axis:
    """From `low` to `high`, with ticks (place, label), and what it measures."""

    low: float
    high: float
    ticks: tuple[tuple[float, str], ...]
    title: str = ""

    def share(self, value: float) -> float:
        """Where `value` stands, 0 to 1."""
        return (value - self.low) / ((self.high - self.low) or 1)


class Plot:
    """A chart that grows by `line`, `marker` and so on. `series` numbers choose colour, dashes and marker."""

    def __init__(self, title: str, x: Axis, y: Axis, *, left: int = 64, height: int = HEIGHT) -> None:
        self._x, self._y, self._left, self._height = x, y, left, height
        box = f"0 0 {WIDTH} {height}"
        self._root = Tree.Element("svg", {"xmlns": "http://www.w3.org/2000/svg", "viewBox": box, "role": "img"})
        Tree.SubElement(self._root, "title").text = title
        self._draw_axes()

    def text(self) -> str:
        """The SVG."""
        return Tree.tostring(self._root, encoding="unicode")

    def band(self, low: float, high: float) -> None:
        """A shaded region of the x axis."""
        start, end = self._at_x(low), self._at_x(high)
        height = self._height - _TOP - _BOTTOM
        self._add("rect", x=start, y=_TOP, width=max(end - start, 0.5), height=height, cls="band")

    def line(self, points: Sequence[tuple[float, float]], series: int, *, width: float = 1.8) -> None:
        """Through these points."""
        self._polyline(points, f"{_color(series)} line", width, _DASHES[mark_of(series)])

    def solid(self, points: Sequence[tuple[float, float]], series: int) -> None:
        """The same, never dashed: an interval."""
        self._polyline(points, f"{_color(series)} line", 2.5)

    def guide(self, points: Sequence[tuple[float, float]]) -> None:
        """A line that is no backend's: what they are held against."""
        self._polyline(points, "guide", 1.0, "3 3")

    def marker(self, x: float, y: float, series: int) -> None:
        """The series' sign."""
        self._sign(self._at_x(x), self._at_y(y), series)

    def rule(self, x: float) -> None:
        """A line across, at a value of the x axis."""
        at = self._at_x(x)
        self._add("line", x1=at, x2=at, y1=_TOP, y2=self._height - _BOTTOM, cls="rule")

    def _polyline(self, points: Sequence[tuple[float, float]], cls: str, width: float, dash: str = "") -> None:
        path = " ".join(f"{self._at_x(x):.1f},{self._at_y(y):.1f}" for x, y in points)
        self._add("polyline", points=path, cls=cls, stroke_width=width, stroke_dasharray=dash)

    def _at_x(self, value: float) -> float:
        return self._left + self._x.share(value) * (WIDTH - self._left - _RIGHT)

    def _at_y(self, value: float) -> float:
        return self._height - _BOTTOM - self._y.share(value) * (self._height - _TOP - _BOTTOM)

    def _draw_axes(self) -> None:
        floor = self._height - _BOTTOM
        for value, label in self._x.ticks:
            at = self._at_x(value)
            self._add("line", x1=at, x2=at, y1=_TOP, y2=floor, cls="grid")
            self._add("text", x=at, y=floor + 17, text_anchor="middle", words=label)
        for value, label in self._y.ticks:
            at = self._at_y(value)
            self._add("line", x1=self._left, x2=WIDTH - _RIGHT, y1=at, y2=at, cls="grid")
            self._add("text", x=self._left - 8, y=at + 4, text_anchor="end", words=label)
        self._add("line", x1=self._left, x2=WIDTH - _RIGHT, y1=floor, y2=floor, cls="axis")
        middle = (self._left + WIDTH - _RIGHT) / 2
        self._add("text", x=middle, y=self._height - 6, text_anchor="middle", cls="muted", words=self._x.title)

    def _sign(self, x: float, y: float, series: int) -> None:
        draw_sign(self._add, x, y, series)

    def _add(self, kind: str, *, words: str = "", cls: str = "", **attributes: object) -> None:
        add_to(self._root, kind, words=words, cls=cls, **attributes)


def add_to(parent: Tree.Element, kind: str, *, words: str = "", cls: str = "", **attributes: object) -> None:
    """One element; numbers get one decimal, names with "_" a "-"."""
    given = {
        name.replace("_", "-"): f"{value:.1f}" if isinstance(value, float) else str(value)
        for name, value in attributes.items()
        if value != ""
    }
    element = Tree.SubElement(parent, kind, {**given, **({"class": cls} if cls else {})})
    element.text = words or None


def _color(series: int) -> str:
    """The class of the style sheet that has a backend's colour."""
    return f"s{series % len(BACKEND_COLORS)}"


def draw_sign(add: Callable[..., None], x: float, y: float, series: int) -> None:
    """A disc, square, triangle, diamond, plus or cross, as the window has them."""
    r, name = _MARKER, f"{_color(series)} sign"
    match mark_of(series):
        case 0:
            add("circle", cx=x, cy=y, r=r, cls=name)
        case 1:
            add("rect", x=x - r, y=y - r, width=2 * r, height=2 * r, cls=name)
        case 2:
            add("polygon", points=f"{x - r},{y - r} {x + r},{y - r} {x},{y + r}", cls=name)
        case 3:
            add("polygon", points=f"{x - r},{y} {x},{y - r} {x + r},{y} {x},{y + r}", cls=name)
        case 4:
            add("path", d=f"M{x - r} {y}H{x + r}M{x} {y - r}V{y + r}", cls=f"{name} open")
        case _:
            add("path", d=f"M{x - r} {y - r}L{x + r} {y + r}M{x - r} {y + r}L{x + r} {y - r}", cls=f"{name} open")


def sign(series: int) -> str:
    """The sign of a series as an SVG of its own, for tables and legends."""
    root = Tree.Element("svg", {"viewBox": "0 0 12 12", "class": "sign-box", "aria-hidden": "true"})

    def add(kind: str, **attributes: object) -> None:
        add_to(root, kind, **attributes)  # type: ignore[arg-type]  # words and cls are texts

    draw_sign(add, 6.0, 6.0, series)
    return Tree.tostring(root, encoding="unicode")
