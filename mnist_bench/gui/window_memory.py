"""What the window remembers from one time to the next."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QSplitter, QWidget

from mnist_bench.gui.kit import theme
from mnist_bench.gui.kit.theme import SchemeChoice
from mnist_bench.gui.settings import Settings
from mnist_bench.gui.tabs import TABS

if TYPE_CHECKING:
    from mnist_bench.gui.window import MainWindow

_FIRST_SIZE = QSize(1180, 720)
_ROOM_FOR_FRAME = QSize(8, 40)
_LEFT_WIDTH = 300


class WindowMemory:
    """Reads and writes it: tab, dividers and look as soon as they are chosen, the rest when the window closes.

    Attributes:
        scheme, text_percent: the look and the size of text that were chosen.
        model: the model that was chosen; empty the first time.
        device_titles: the titles of devices by their ids.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.scheme, self.text_percent = remembered_look(settings)
        self.model = settings.text("model/chosen")
        pairs = (text.partition("\t") for text in settings.texts("devices/titles"))
        self.device_titles = {device_id: title for device_id, tab, title in pairs if tab and title}

    def restore(self, window: "MainWindow") -> None:
        """Gives the window its size, place and dividers back, or good ones the first time; and follows them."""
        screen = window.screen().availableSize()
        if not window.restoreGeometry(self._settings.data("window/geometry")):
            window.resize(_FIRST_SIZE.boundedTo(screen - _ROOM_FOR_FRAME))
        window.divider.setSizes([_LEFT_WIDTH, window.width() - _LEFT_WIDTH])
        self.follow_dividers(window)
        names = [tab.name for tab in TABS]
        window.tabs.setCurrentIndex(names.index(self._settings.text("window/tab", names[0], among=names)))
        window.tabs.currentChanged.connect(lambda at: self._settings.put("window/tab", names[at]))

    def follow_dividers(self, widget: QWidget) -> None:
        """Gives the named dividers in `widget` their places back, and keeps where they are moved to."""
        for divider in widget.findChildren(QSplitter):
            if key := divider.objectName() and f"window/divider {divider.objectName()}":
                divider.restoreState(self._settings.data(key))
                divider.splitterMoved.connect(
                    lambda *_, divider=divider, key=key: self._settings.put(key, divider.saveState())
                )

    def choose_look(self, scheme: SchemeChoice, text_percent: int) -> None:
        """The person chose this look and this size of text."""
        self.scheme, self.text_percent = scheme, text_percent
        self._settings.put("theme", str(scheme))
        self._settings.put("text size", text_percent)

    def save(self, window: "MainWindow") -> None:
        """Writes everything else."""
        put = self._settings.put
        put("window/geometry", window.saveGeometry())
        put("model/chosen", window.models.chosen or self.model)
        put("model/files", tuple(window.models.files))
        put("backends", tuple(place.backend.id for place in window.live.places))
        devices = (place.backend.device for place in window.live.places if place.backend.device.id)
        titles = {device.id: window.phones.titles.get(device.id, device.title) for device in devices}
        put("devices/titles", tuple(f"{device_id}\t{title}" for device_id, title in titles.items()))
        put("baseline", window.live.baseline_id)
        put("pen/width", window.pad.pen_width)
        self._settings.flush()


def remembered_look(settings: Settings) -> tuple[SchemeChoice, int]:
    """The look and the size of text, in per cent, that were chosen."""
    scheme = SchemeChoice(settings.text("theme", SchemeChoice.SYSTEM, among=tuple(SchemeChoice)))
    sizes = [str(percent) for percent in theme.TEXT_SIZES]
    return scheme, int(settings.text("text size", sizes[0], among=sizes))
