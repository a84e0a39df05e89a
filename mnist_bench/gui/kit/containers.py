"""Rows, columns, splitters, scroll areas and timers, made in one call each, and a row that wraps.

Qt's properties are set by their setters everywhere, never by keyword arguments: PySide turns `interval=` into
`setInterval` with the locale's upper case, and in Turkish an i does not become an I.
"""

from collections.abc import Callable
from typing import TypeVar

from PySide6.QtCore import QFileInfo, QObject, QPoint, QRect, QSettings, QSize, QStandardPaths, Qt, QTimer
from PySide6.QtWidgets import (
    QBoxLayout,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLayout,
    QLayoutItem,
    QScrollArea,
    QSplitter,
    QStackedLayout,
    QVBoxLayout,
    QWidget,
)

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


def grid(inside: QWidget, across: int, down: int, margins: int = 0) -> QGridLayout:
    """What lays out `inside` in rows and columns, which are so many pixels apart."""
    layout = QGridLayout(inside)
    layout.setContentsMargins(margins, margins, margins, margins)
    layout.setHorizontalSpacing(across)
    layout.setVerticalSpacing(down)
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


def pages(*widgets: QWidget) -> QStackedLayout:
    """`widgets` in one place, of which one is shown: the first until another is chosen."""
    layout = QStackedLayout()
    for widget in widgets:
        layout.addWidget(widget)
    return layout


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
    """Where sizes, places and dividers are remembered, in the system's own place.

    Where a named pipe or a device is in that place, for which Qt would wait, a file beside it.
    """
    folder = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.GenericConfigLocation)
    file = QFileInfo(f"{folder}/mnist-bench/mnist-bench.conf")
    if file.exists() and not file.isFile():
        return QSettings(file.dir().filePath("window.conf"), QSettings.Format.IniFormat)
    return QSettings(QSettings.defaultFormat(), QSettings.Scope.UserScope, "mnist-bench", "mnist-bench")


def timer(parent: QObject, on_timeout: Callable[[], object], interval_ms: int = 0, *, once: bool = False) -> QTimer:
    """A timer, not yet started; with `once` it fires a single time for each start."""
    made = QTimer(parent)
    made.setInterval(interval_ms)
    made.setSingleShot(once)
    made.timeout.connect(on_timeout)
    return made


class Flow(QLayout):
    """Lays out its widgets as a text does its words: a new line when one is full, so that none is ever clipped."""

    def __init__(self, *widgets: QWidget) -> None:
        super().__init__()
        self._items: list[QLayoutItem] = []
        self.setContentsMargins(0, 0, 0, 0)
        self.setSpacing(theme.GRID)
        for widget in widgets:
            self.addWidget(widget)

    # What Qt asks of a layout.

    def addItem(self, item: QLayoutItem) -> None:
        """Adds one at the end."""
        self._items.append(item)

    def count(self) -> int:
        """How many there are."""
        return len(self._items)

    def itemAt(self, index: int) -> QLayoutItem | None:
        """The one at this place."""
        return self._items[index] if 0 <= index < len(self._items) else None

    def takeAt(self, index: int) -> QLayoutItem | None:
        """Removes it."""
        return self._items.pop(index) if 0 <= index < len(self._items) else None

    def expandingDirections(self) -> Qt.Orientation:
        """It takes no more than it needs."""
        return Qt.Orientation(0)

    def hasHeightForWidth(self) -> bool:
        """A narrow one is higher."""
        return True

    def heightForWidth(self, width: int) -> int:
        """The height of all lines."""
        return self._arrange(QRect(0, 0, width, 0), moves=False)

    def sizeHint(self) -> QSize:
        """All in one line."""
        hints = [item.sizeHint() for item in self._shown()]
        width = sum(hint.width() for hint in hints) + self.spacing() * max(len(hints) - 1, 0)
        return QSize(width, max((hint.height() for hint in hints), default=0))

    def minimumSize(self) -> QSize:
        """Room for the widest."""
        size = QSize(0, 0)
        for item in self._shown():
            size = size.expandedTo(item.minimumSize())
        return size

    def setGeometry(self, rect: QRect) -> None:
        """Puts each in its place."""
        super().setGeometry(rect)
        self._arrange(rect, moves=True)

    def _shown(self) -> list[QLayoutItem]:
        return [item for item in self._items if not item.isEmpty()]

    def _arrange(self, rect: QRect, *, moves: bool) -> int:
        """Goes through the lines, in each of which all are centred; the height that they need."""
        y = rect.y()
        for line in self._lines(rect.width()):
            x, height = rect.x(), max(size.height() for _, size in line)
            for item, size in line:
                if moves:
                    top = y + (height - size.height()) // 2
                    item.setGeometry(QRect(QPoint(x, top), size.boundedTo(QSize(rect.width(), height))))
                x += size.width() + self.spacing()
            y += height + self.spacing() // 2
        return max(y - self.spacing() // 2 - rect.y(), 0)

    def _lines(self, width: int) -> list[list[tuple[QLayoutItem, QSize]]]:
        """The items with their sizes, line by line."""
        lines: list[list[tuple[QLayoutItem, QSize]]] = []
        used = width
        for item in self._shown():
            size = item.sizeHint().expandedTo(item.minimumSize())
            used += self.spacing() + size.width()
            if not lines or used > width:
                lines.append([])
                used = size.width()
            lines[-1].append((item, size))
        return lines
