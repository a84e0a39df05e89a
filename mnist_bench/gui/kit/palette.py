"""Every colour of the window, and the line style and marker that go with each backend's colour."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor

from mnist_bench.bench.report.colors import BACKEND_COLORS, mark_of


@dataclass(frozen=True, slots=True)
class Palette:
    """The colours of one scheme, each as `#rrggbb`.

    Attributes:
        scheme: "light" or "dark".
        window: behind everything.
        surface: cards, tables, fields.
        raised: buttons, hovered rows, headers, a bar's empty track.
        border: hairlines, decorative only.
        outline: the edge of what can be operated (3:1 against the surface).
        accent: what is selected, focused or leads on; `on_accent` is the text upon it.
        good, warning, bad: states, always beside a word or a sign.
    """

    scheme: str
    window: str
    surface: str
    raised: str
    border: str
    outline: str
    text: str
    muted: str
    accent: str
    on_accent: str
    good: str
    warning: str
    bad: str


_COLORS: Final = {  # light, dark
    "window": ("#f6f7f9", "#15171a"),
    "surface": ("#ffffff", "#1d2024"),
    "raised": ("#eef0f3", "#272b30"),
    "border": ("#d9dde3", "#343a41"),
    "outline": ("#8a939f", "#6b7480"),
    "text": ("#1b1f24", "#e8eaed"),
    "muted": ("#636c78", "#9aa3ae"),
    "accent": ("#0b62d6", "#5aa2ff"),
    "on_accent": ("#ffffff", "#0d1117"),
    "good": ("#12805c", "#4cc38a"),
    "warning": ("#a15c00", "#f0b429"),
    "bad": ("#c0392b", "#ff7b72"),
}
LIGHT: Final = Palette("light", **{name: light for name, (light, _) in _COLORS.items()})
DARK: Final = Palette("dark", **{name: dark for name, (_, dark) in _COLORS.items()})

# The pad is MNIST's white on black in both schemes.
PAD_PAPER: Final = "#000000"
PAD_INK: Final = "#ffffff"
PAD_GUIDE: Final = "#3a4048"
PAD_HINT: Final = "#9aa3ae"


@dataclass(frozen=True, slots=True)
class BackendStyle:
    """How one backend looks everywhere.

    Attributes:
        color: as `#rrggbb`.
        line, marker: the style of its pen, and pyqtgraph's symbol.
        is_filled, width: of its mark and its pen in pixels, by which several runs of it differ.
    """

    color: str
    line: Qt.PenStyle
    marker: str
    is_filled: bool = True
    width: float = 2.0


# Line and marker say the same as the colour, without it.
_PEN = Qt.PenStyle
_LINES: Final = (_PEN.SolidLine, _PEN.DashLine, _PEN.DotLine, _PEN.DashDotLine, _PEN.DashDotDotLine, _PEN.SolidLine)
_MARKERS: Final = "ostd+x"


def backend_style(index: int) -> BackendStyle:
    """The style of the backend with this index: from the seventh on, colours come again with other marks and lines."""
    mark = mark_of(index)
    return BackendStyle(BACKEND_COLORS[index % len(BACKEND_COLORS)], _LINES[mark], _MARKERS[mark])


def of_run(style: BackendStyle, run: int) -> BackendStyle:
    """The style of another run (0, 1, ...) of the same backend: its mark is hollow every other time, its line finer."""
    return replace(style, is_filled=run % 2 == 0, width=max(0.75, style.width * 0.6**run))


def styles_of_runs(ids: Iterable[str], color_of: Callable[[str], int]) -> list[BackendStyle]:
    """Each looks as its backend's card does, with a hollow mark the second time that its id comes."""
    runs: Counter[str] = Counter()
    styles = []
    for backend_id in ids:
        styles.append(of_run(backend_style(color_of(backend_id)), runs[backend_id]))
        runs[backend_id] += 1
    return styles


def mixed(color: str, into: str, share: float) -> str:
    """`color` laid over `into` with an opacity of `share` (0 to 1), as `#rrggbb`: for pale bars and tints."""
    front, back = QColor(color), QColor(into)
    parts = ((front.red(), back.red()), (front.green(), back.green()), (front.blue(), back.blue()))
    return "#" + "".join(f"{round(a * share + b * (1 - share)):02x}" for a, b in parts)


# Paul Tol's "light" scheme, made for fields that bear dark text; neighbours differ with any colour vision.
_LAYERS: Final = (*("#77AADD", "#EE8866", "#EEDD88", "#FFAABB", "#99DDFF", "#44BB99", "#BBCC33", "#AAAA00", "#DDDDDD"),)
LAYER_INK: Final = "#1b1f24"
"""Text upon a layer's fill, in both schemes."""


def layer_fill(index: int) -> str:
    """The fill of the part of a network with this index, as `#rrggbb`; they repeat after nine."""
    return _LAYERS[index % len(_LAYERS)]
