"""What the window remembers from one time to the next."""

from typing import TYPE_CHECKING

from mnist_bench.gui.kit.theme import SchemeChoice
from mnist_bench.gui.settings import Settings

if TYPE_CHECKING:
    from mnist_bench.gui.window import MainWindow

_PAD_WIDTH = 340
_TABS_HEIGHT = 200


class WindowMemory:
    """Reads and writes it.

    Attributes:
        scheme: the look that was chosen.
        model: the model that was chosen; empty the first time.
        device_titles: the titles of devices by their ids.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.scheme = SchemeChoice(settings.text("theme", SchemeChoice.SYSTEM, among=tuple(SchemeChoice)))
        self.model = settings.text("model/chosen")
        pairs = (text.partition("\t") for text in settings.texts("devices/titles"))
        self.device_titles = {device_id: title for device_id, tab, title in pairs if tab and title}

    def restore(self, window: "MainWindow") -> None:
        """Gives the window its size, place and splitters back, or good ones the first time."""
        if not window.restoreGeometry(self._settings.data("window/geometry")):
            window.resize(1280, 800)
        if not window.top_splitter.restoreState(self._settings.data("window/pad splitter")):
            window.top_splitter.setSizes([_PAD_WIDTH, 1280 - _PAD_WIDTH])
        if not window.main_splitter.restoreState(self._settings.data("window/tabs splitter")):
            window.main_splitter.setSizes([800 - _TABS_HEIGHT, _TABS_HEIGHT])
        window.tabs.setCurrentIndex(int(self._settings.number("window/tab", 0, 0, window.tabs.count() - 1)))

    def save(self, window: "MainWindow") -> None:
        """Writes everything."""
        put = self._settings.put
        put("window/geometry", window.saveGeometry())
        put("window/pad splitter", window.top_splitter.saveState())
        put("window/tabs splitter", window.main_splitter.saveState())
        put("window/tab", window.tabs.currentIndex())
        put("theme", str(self.scheme))
        put("model/chosen", window.models.chosen or self.model)
        put("model/files", tuple(window.models.files))
        put("backends", tuple(place.backend.id for place in window.live.places))
        devices = (place.backend.device for place in window.live.places if place.backend.device.id)
        titles = {device.id: window.phones.titles.get(device.id, device.title) for device in devices}
        put("devices/titles", tuple(f"{device_id}\t{title}" for device_id, title in titles.items()))
        put("baseline", window.live.baseline_id)
        put("pen/width", window.pad.pen_width)
        self._settings.flush()
