"""Rows, columns, splitters, scroll areas and timers, made in one call each.

Qt's properties are set by their setters everywhere, never by keyword arguments: PySide turns `interval=` into
`setInterval` with the locale's upper case, and in Turkish an i does not become an I.
"""

from collections.abc import Callable
from typing import TypeVar

from PySide6.QtCore import QObject, QSettings, Qt, QTimer
from PySide6.QtWidgets import QBoxLayout, QFrame, QHBoxLayout, QLayout, QScrollArea, QSplitter, QVBoxLayout, QWidget

from mnist_bench.gui.kit import theme
from mnist_bench.gui.kit.text import Label

Part = QWidget | QLayout | int | tuple[QWidget | QLayout, int]
"""What stands in a row or a column: a widget or a layout, with its stretch if it has one; a number is free space."""
Margins = int | tuple[int, int, int, int]


def hbox(*parts: Part, spacing: int = theme.GRID, margins: Margins = 0) -> QHBoxLayout:
    """`parts` side by side."""
    return _fill(QHBoxLayout(), parts, spacing, margins)


def vbox(*parts: Part, spacing: int = theme.GRID, margins: Margins = 0) -> QVBoxLayout:
    """`parts` below each other."""
    return _fill(QVBoxLayout(), parts, spacing, margins)


LayoutT = TypeVar("LayoutT", bound=QBoxLayout)


def _fill(layout: LayoutT, parts: tuple[Part, ...], spacing: int, margins: Margins) -> LayoutT:
    layout.setSpacing(spacing)
    layout.setContentsMargins(*(margins if isinstance(margins, tuple) else (margins,) * 4))
    for part in parts:
        if isinstance(part, int):
            layout.addStretch(part)
            continue
        item, stretch = part if isinstance(part, tuple) else (part, 0)
        if isinstance(item, QWidget):
            layout.addWidget(item, stretch)
        else:
            layout.addLayout(item, stretch)
    return layout


def named(name: str, field: QWidget) -> QWidget:
    """A field behind its name, which stay together; the name's mnemonic leads to the field."""
    label = Label(name)
    label.setBuddy(field)
    if not field.accessibleName():
        field.setAccessibleName(name.replace("&", ""))
    return holding(hbox(label, field, spacing=theme.GRID // 2))


def holding(layout: QLayout) -> QWidget:
    """A widget that consists of `layout`."""
    widget = QWidget()
    widget.setLayout(layout)
    return widget


def splitter(
    orientation: Qt.Orientation, *widgets: QWidget, stretch: tuple[int, ...] = (), name: str = ""
) -> QSplitter:
    """`widgets` side by side with dividers that never hide one; `stretch`: each one's share of added space.

    The window remembers where the dividers of one with a `name` are.
    """
    made = QSplitter(orientation)
    made.setObjectName(name)
    made.setChildrenCollapsible(False)
    for widget in widgets:
        made.addWidget(widget)
    for place, factor in enumerate(stretch):
        made.setStretchFactor(place, factor)
    return made


def scroll_area(inside: QWidget) -> QScrollArea:
    """A frameless area that scrolls `inside` vertically; what lies behind shows through."""
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setWidget(inside)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # what is in it leads on
    area.viewport().setAutoFillBackground(False)
    inside.setAutoFillBackground(False)
    return area


def geometry_store() -> QSettings:
    """Where sizes, places and dividers are remembered, in the system's own place."""
    return QSettings(QSettings.defaultFormat(), QSettings.Scope.UserScope, "mnist-bench", "mnist-bench")


def timer(parent: QObject, on_timeout: Callable[[], object], interval_ms: int = 0, *, once: bool = False) -> QTimer:
    """A timer, not yet started; with `once` it fires a single time for each start."""
    made = QTimer(parent)
    made.setInterval(interval_ms)
    made.setSingleShot(once)
    made.timeout.connect(on_timeout)
    return made
