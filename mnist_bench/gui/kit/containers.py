"""Splitters, scroll areas and timers, made in one call each.

Qt's properties are set by their setters everywhere, never by keyword arguments: PySide turns `interval=` into
`setInterval` with the locale's upper case, and in Turkish an i does not become an I.
"""

from collections.abc import Callable

from PySide6.QtCore import QObject, Qt, QTimer
from PySide6.QtWidgets import QFrame, QScrollArea, QSplitter, QWidget


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
    area.viewport().setAutoFillBackground(False)
    inside.setAutoFillBackground(False)
    return area


def timer(parent: QObject, on_timeout: Callable[[], object], interval_ms: int = 0, *, once: bool = False) -> QTimer:
    """A timer, not yet started; with `once` it fires a single time for each start."""
    made = QTimer(parent)
    made.setInterval(interval_ms)
    made.setSingleShot(once)
    made.timeout.connect(on_timeout)
    return made
