"""What the window remembers from one time to the next."""

from typing import TYPE_CHECKING

from mnist_bench.engines.phones import PhoneBackend
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
        phone_titles: the models of phones by serial.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.scheme = SchemeChoice(settings.text("theme", SchemeChoice.SYSTEM, among=tuple(SchemeChoice)))
        self.model = settings.text("model/chosen")
        pairs = (text.partition("\t") for text in settings.texts("phones/titles"))
        self.phone_titles = {serial: title for serial, tab, title in pairs if tab and title}

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
        kept = {place.backend.serial for place in window.live.places if isinstance(place.backend, PhoneBackend)}
        titles = window.phones.titles.items()
        put("phones/titles", tuple(f"{serial}\t{title}" for serial, title in titles if serial in kept))
        put("baseline", window.live.baseline_id)
        put("pen/width", window.pad.pen_width)
        self._settings.flush()
