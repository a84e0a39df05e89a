"""Remembers the window's geometry and dividers in the system's settings, as soon as they change."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, QSize
from PySide6.QtWidgets import QSplitter, QWidget

from mnist_bench.gui.kit.containers import geometry_store
from mnist_bench.gui.tabs import TABS

if TYPE_CHECKING:
    from mnist_bench.gui.window import MainWindow

_FIRST_SIZE = QSize(1180, 720)
_ROOM_FOR_FRAME = QSize(8, 40)
_LEFT_WIDTH = 300


class WindowMemory:
    """Gives them back, or good ones where there are none or they cannot be read."""

    def __init__(self) -> None:
        self._settings = geometry_store()

    def restore(self, window: "MainWindow") -> None:
        """Gives the window its size, place and dividers back; and follows them, and its tab."""
        screen = window.screen().availableSize()
        if not window.restoreGeometry(self._bytes("geometry")):
            window.resize(_FIRST_SIZE.boundedTo(screen - _ROOM_FOR_FRAME))
        window.divider.setSizes([_LEFT_WIDTH, window.width() - _LEFT_WIDTH])
        self.follow_dividers(window)
        choices, names = window.session.choices, [tab.name for tab in TABS]
        window.tabs.setCurrentIndex(names.index(choices.text("tab", names[0], among=names)))
        window.tabs.currentChanged.connect(lambda at: choices.put("tab", names[at]))

    def follow_dividers(self, widget: QWidget) -> None:
        """Gives the named dividers in `widget` their places back, and keeps where they are moved to."""
        for divider in widget.findChildren(QSplitter):
            if name := divider.objectName():
                divider.restoreState(self._bytes(f"divider {name}"))
                divider.splitterMoved.connect(
                    lambda *_, divider=divider, name=name: self._settings.setValue(
                        f"divider {name}", divider.saveState()
                    )
                )

    def save(self, window: "MainWindow") -> None:
        """Writes where the window is."""
        self._settings.setValue("geometry", window.saveGeometry())
        self._settings.sync()

    def _bytes(self, key: str) -> QByteArray:
        try:
            value = self._settings.value(key)
        except Exception:  # a stored value of a Qt type that Python cannot take raises various errors
            return QByteArray()
        return value if isinstance(value, QByteArray) else QByteArray()
