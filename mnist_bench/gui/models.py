"""Which network the backends run: a bundled one or a model file, read off the window's thread."""

from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QFileDialog, QWidget

from mnist_bench.gui.kit.worker import Worker
from mnist_bench.network.bundled import DEFAULT_MODEL, bundled_names, load_network
from mnist_bench.network.model_file import SUFFIX

_MOST_REMEMBERED = 6


class ModelChoice(QObject):
    """The chosen model and the files that were opened lately. One that cannot be read leaves the one before.

    Attributes:
        chosen: the bundled name or the file of the network that is loaded; empty before the first.
        files: model files that were opened lately, the newest first.

    Signals:
        changed: Network, of the model that is `chosen` now.
        failed: the exception of a model that cannot be read.
    """

    changed = Signal(object)
    failed = Signal(object)

    def __init__(self, files: tuple[str, ...] = (), parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.chosen = ""
        self.files = [file for file in files if Path(file).is_file()][:_MOST_REMEMBERED]
        self._wanted = ""
        self._reader = Worker(self)
        self._reader.answered.connect(self._read)
        self._reader.failed.connect(self._cannot_read)

    @property
    def names(self) -> tuple[str, ...]:
        """The bundled models."""
        return bundled_names()

    @Slot(str)
    def choose(self, model: str) -> None:
        """Reads a model, by its bundled name or its file; the last one that was asked for wins."""
        self._wanted = model
        self._reader.ask(lambda: load_network(model))

    def ask_for_file(self, window: QWidget) -> None:
        """Lets the person look for a model file."""
        folder = str(Path(self.files[0]).parent) if self.files else ""
        path, _ = QFileDialog.getOpenFileName(window, "Open a model file", folder, f"Model files (*{SUFFIX})")
        if path:
            self.choose(path)

    @Slot(object)
    def _read(self, network: object) -> None:
        self.chosen = self._wanted
        if self.chosen not in self.names:
            self.files = [self.chosen, *(file for file in self.files if file != self.chosen)][:_MOST_REMEMBERED]
        self.changed.emit(network)

    @Slot(object)
    def _cannot_read(self, error: Exception) -> None:
        self.failed.emit(error)
        if not self.chosen and self._wanted != DEFAULT_MODEL:
            self.choose(DEFAULT_MODEL)  # the one that was chosen last time is not there any more
        else:
            self._wanted = self.chosen
