"""The dialogs that ask what to evaluate on, and whether to download MNIST."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QMessageBox, QWidget

from mnist_bench.base import locations
from mnist_bench.gui.kit.text import message_box
from mnist_bench.session.session import Session


def ask_for_data(window: QWidget, session: Session, what: str) -> None:
    """Evaluate on "mnist" or the person's "drawings", or ask for a "folder" or a "file"."""
    if what == "mnist":
        session.evaluations.evaluate_mnist()
    elif what == "drawings":
        session.evaluations.evaluate_drawings()
    elif path := _ask_for_path(window, what):
        session.evaluations.evaluate_path(Path(path))


def _ask_for_path(window: QWidget, what: str) -> str:
    if what == "folder":
        title = "Folder of MNIST files, or of pictures in folders 0 to 9"
        return QFileDialog.getExistingDirectory(window, title)
    return QFileDialog.getOpenFileName(window, "Labelled digits", "", "NumPy archives (*.npz)")[0]


def offer_mnist(window: QWidget, fetch: Callable[[], None]) -> None:
    """Ask whether to fetch MNIST, and do so."""
    box = message_box(window, "MNIST needed", "MNIST isn't on this computer yet.")
    box.setInformativeText(f"Download it now? 11 MB, kept in {locations.cache_dir()}.")
    button = box.addButton("Fetch MNIST", QMessageBox.ButtonRole.AcceptRole)
    box.addButton(QMessageBox.StandardButton.Cancel)
    box.setDefaultButton(button)
    button.clicked.connect(fetch)
    box.open()
