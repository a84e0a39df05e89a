"""The window's small dialogs: the About box, the list of keys, what to evaluate on, and whether to download MNIST."""

from collections.abc import Callable, Iterable
from pathlib import Path

from PySide6.QtCore import Qt, qVersion
from PySide6.QtWidgets import QDialog, QFileDialog, QMessageBox, QWidget

from mnist_bench.base import locations
from mnist_bench.formats.kinds import MODEL_SUFFIXES
from mnist_bench.gui.kit import theme
from mnist_bench.gui.kit.containers import grid
from mnist_bench.gui.kit.keys import IN_LISTS, KEYS, ON_PICTURE, Key
from mnist_bench.gui.kit.text import Label, message_box
from mnist_bench.session.failure import about_this_computer
from mnist_bench.session.session import Session


def about_box(parent: QWidget | None) -> QMessageBox:
    """The box, not shown yet."""
    what = "One neural network on several inference backends, side by side and live."
    places = (("Log", locations.log_file()), ("Your files", locations.data_dir()), ("Downloads", locations.cache_dir()))
    lines = (f"{about_this_computer()}, Qt {qVersion()}", "", *(f"{name}: {path}" for name, path in places), "")
    more = "\n".join((*lines, "Apache License 2.0"))
    box = message_box(parent, "About mnist-bench", f"mnist-bench: {what}", more)
    box.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return box


class KeysBox(QDialog):
    """Lists them; Esc closes it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Keys")
        self._grid = grid(self, theme.GRID * 3, theme.GRID // 2, margins=theme.GRID * 2)
        self._add(KEYS.values())
        for title, keys in (("On an opened picture", ON_PICTURE), ("In lists of runs and drawings", IN_LISTS)):
            self._grid.addWidget(Label(title, role="heading"), self._grid.rowCount(), 0, 1, 2)
            self._add(keys)

    def _add(self, keys: Iterable[Key]) -> None:
        for key in keys:
            row = self._grid.rowCount()
            self._grid.addWidget(Label(str(key), role="heading"), row, 0)
            self._grid.addWidget(Label(key.does), row, 1)


def ask_for_model(window: QWidget, session: Session) -> None:
    """Ask for a model file, which every backend runs from then on."""
    kinds = f"Model files ({' '.join(f'*{suffix}' for suffix in MODEL_SUFFIXES)});;All files (*)"
    path, _ = QFileDialog.getOpenFileName(window, "Open a model file", "", kinds)
    if path:
        session.networks.choose(path)


DATA_FILTER = "Labelled digits (*.npz *.npy *.csv *.parquet *.mat *.zip *.tar *.tgz *.gz *ubyte);;All files (*)"


def ask_for_folder(window: QWidget, session: Session) -> None:
    """Ask for a folder of digits, and evaluate on it."""
    if path := QFileDialog.getExistingDirectory(window, "Folder of MNIST files, of pictures in folders 0 to 9 ..."):
        session.evaluations.evaluate_path(Path(path))


def ask_for_file(window: QWidget, session: Session) -> None:
    """Ask for a file of digits, and evaluate on it."""
    path, _ = QFileDialog.getOpenFileName(window, "Labelled digits", "", DATA_FILTER)
    if path:
        session.evaluations.evaluate_path(Path(path))


def offer_mnist(window: QWidget, fetch: Callable[[], None]) -> None:
    """Ask whether to fetch MNIST, and do so."""
    where = f"Download it now? 11 MB, kept in {locations.cache_dir()}."
    box = message_box(window, "MNIST needed", "MNIST isn't on this computer yet.", where)
    ask_first(box, "Fetch MNIST", fetch)


def ask_first(box: QMessageBox, action: str, do: Callable[[], None], *, loses: bool = False) -> None:
    """Ask what the box asks, and do so if the person wants it; Return alone does nothing that `loses` something."""
    button = box.addButton(action, QMessageBox.ButtonRole.AcceptRole)
    cancel = box.addButton(QMessageBox.StandardButton.Cancel)
    box.setDefaultButton(cancel if loses else button)
    button.clicked.connect(do)
    box.open()
