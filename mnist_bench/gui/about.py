"""The About box: what the program is, its version, and where it keeps files."""

from PySide6.QtCore import Qt, qVersion
from PySide6.QtWidgets import QMessageBox, QWidget

from mnist_bench.base import locations
from mnist_bench.gui.kit.text import message_box
from mnist_bench.session.failure import about_this_computer


def about_box(parent: QWidget | None) -> QMessageBox:
    """The box, not shown yet."""
    what = "One neural network on several inference backends, side by side and live."
    box = message_box(parent, "About mnist-bench", f"mnist-bench: {what}")
    box.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    places = (("Log", locations.log_file()), ("Your files", locations.data_dir()), ("Downloads", locations.cache_dir()))
    lines = (f"{about_this_computer()}, Qt {qVersion()}", "", *(f"{name}: {path}" for name, path in places), "")
    box.setInformativeText("\n".join((*lines, "Apache License 2.0")))
    return box
