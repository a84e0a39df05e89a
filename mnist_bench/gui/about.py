"""The About box: what this is, its version, and where it keeps things."""

from html import escape

from PySide6.QtCore import Qt, qVersion
from PySide6.QtWidgets import QMessageBox, QWidget

from mnist_bench.base import locations
from mnist_bench.session.failure import about_this_computer


def about_box(parent: QWidget | None) -> QMessageBox:
    """The box, not shown yet."""
    box = QMessageBox(parent)
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    box.setWindowTitle("About mnist-bench")
    box.setTextFormat(Qt.TextFormat.RichText)
    box.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    box.setText("<b>mnist-bench</b><br>One neural network on several inference backends, side by side and live.")
    places = (("Log", locations.log_file()), ("Your files", locations.data_dir()), ("Downloads", locations.cache_dir()))
    rows = "".join(f"<tr><td>{what}:&nbsp;</td><td>{escape(str(path))}</td></tr>" for what, path in places)
    box.setInformativeText(
        f"{escape(about_this_computer())}, Qt {qVersion()}<br><br><table>{rows}</table><br>Apache License 2.0"
    )
    return box
