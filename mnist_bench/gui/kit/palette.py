"""Every colour of the window, and the line style and marker that go with each backend's colour."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor

from mnist_bench.bench.report.colors import BACKEND_COLORS, mark_of


class Scheme(StrEnum):
    """Light or dark."""

    LIGHT = "light"
    DARK = "dark"


@dataclass(frozen=True, slots=True)
class Palette:
    """The colours of one scheme, each as `#rrggbb`.

    Attributes:
        window: behind everything.
        surface: cards, tables, fields.
        raised: buttons, hovered rows, headers, a bar's empty track.
        border: hairlines, decorative only.
        outline: the edge of what can be operated (3:1 against the surface).
        accent: what is selected, focused or leads on; `on_accent` is the text upon it.
        good, warning, bad: states, always beside a word or a sign.
    """

    scheme: Scheme
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


LIGHT: Final = Palette(
    scheme=Scheme.LIGHT,
    window="#f6f7f9",
    surface="#ffffff",
    raised="#eef0f3",
    border="#d9dde3",
    outline="#8a939f",
    text="#1b1f24",
    muted="#636c78",
    accent="#0b62d6",
    on_accent="#ffffff",
    good="#12805c",
    warning="#a15c00",
    bad="#c0392b",
)
DARK: Final = Palette(
    scheme=Scheme.DARK,
    window="#15171a",
    surface="#1d2024",
    raised="#272b30",
    border="#343a41",
    outline="#6b7480",
    text="#e8eaed",
    muted="#9aa3ae",
    accent="#5aa2ff",
    on_accent="#0d1117",
    good="#4cc38a",
    warning="#f0b429",
    bad="#ff7b72",
)

# The pad is MNIST's white on black in both schemes.
PAD_PAPER: Final = "#000000"
PAD_INK: Final = "#ffffff"
PAD_GUIDE: Final = "#3a4048"
PAD_HINT: Final = "#9aa3ae"


@dataclass(frozen=True, slots=True)
class BackendStyle:
    """How one backend looks everywhere.

    Attributes:
        color: as `#rrggbb`; `on_color` is what lies upon it.
        line, marker: the style of its pen, and pyqtgraph's symbol.
        is_filled, width: of its mark and its pen in pixels, by which several runs of it differ.
    """

    color: str
    on_color: str
    line: Qt.PenStyle
    marker: str
    is_filled: bool = True
    width: float = 2.0


# Line and marker say the same as the colour, without it.
_BACKENDS: Final = (
    BackendStyle(BACKEND_COLORS[0], "#ffffff", Qt.PenStyle.SolidLine, "o"),
    BackendStyle(BACKEND_COLORS[1], "#ffffff", Qt.PenStyle.DashLine, "s"),
    BackendStyle(BACKEND_COLORS[2], "#ffffff", Qt.PenStyle.DotLine, "t"),
    BackendStyle(BACKEND_COLORS[3], "#000000", Qt.PenStyle.DashDotLine, "d"),
    BackendStyle(BACKEND_COLORS[4], "#000000", Qt.PenStyle.DashDotDotLine, "+"),
    BackendStyle(BACKEND_COLORS[5], "#000000", Qt.PenStyle.SolidLine, "x"),
)


def backend_style(index: int) -> BackendStyle:
    """The style of the backend with this index: from the seventh on, colours come again with other marks and lines."""
    style = _BACKENDS[index % len(_BACKENDS)]
    other = _BACKENDS[mark_of(index)]
    return replace(style, line=other.line, marker=other.marker)


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
