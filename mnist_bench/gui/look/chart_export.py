"""Saves a chart that is on the screen as a picture (PNG, SVG) or its figures as CSV."""

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QBuffer, QIODevice, QPoint
from PySide6.QtGui import QPainter
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import QFileDialog, QWidget

from mnist_bench.digits.files import write_atomically
from mnist_bench.errors import InputError

PNG, SVG, CSV = "PNG picture (*.png)", "SVG picture (*.svg)", "CSV (*.csv)"
PICTURES = (PNG, SVG)
ALL_KINDS = (PNG, SVG, CSV)

ChooseFile = Callable[[QWidget, str, str, str], str]
"""Asks for a file: the parent, the dialog's title, a name to begin with, and the kinds; empty if the person gave up."""


def ask_where(parent: QWidget, title: str, name: str, kinds: str) -> str:
    """Asks in a dialog where to save; a name without an ending gets that of the kind that was chosen."""
    chosen, kind = QFileDialog.getSaveFileName(parent, title, name, kinds)
    ending = kind.rpartition("*")[2].rstrip(")")
    return chosen + ending if chosen and not Path(chosen).suffix else chosen


def export_chart(
    chart: QWidget,
    name: str,
    kinds: Sequence[str],
    to_csv: Callable[[], bytes],
    choose_file: ChooseFile = ask_where,
) -> Path | None:
    """Asks for a file and saves `chart`, or its figures, there by the file's ending; None if the person gave up.

    `name` is suggested; its ending is the one of a chosen name that has none. `kinds` are of PNG, SVG and CSV.

    Raises:
        InputError: the file cannot be written, or its ending is none of those.
    """
    chosen = choose_file(chart, "Export", name, ";;".join(kinds))
    if not chosen:
        return None
    path = Path(chosen) if Path(chosen).suffix else Path(chosen + Path(name).suffix)
    write_chart(chart, path, to_csv)
    return path


def write_chart(chart: QWidget, path: Path, to_csv: Callable[[], bytes]) -> None:
    """Writes `chart` as it is shown now, or its figures, whole or not at all, by the ending of `path`.

    Raises:
        InputError: the file cannot be written, or its ending is not .png, .svg or .csv.
    """
    match path.suffix.lower():
        case ".png":
            content = png(chart)
        case ".svg":
            content = svg(chart)
        case ".csv":
            content = to_csv()
        case _:
            raise InputError(f"{path.name} is no name for it.", advice="Choose one that ends in .png, .svg or .csv.")
    write_atomically(path, content)


def png(widget: QWidget) -> bytes:
    """What `widget` shows now, as a PNG."""
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    widget.grab().save(buffer, "PNG")
    return bytes(buffer.data().data())


def svg(widget: QWidget) -> bytes:
    """What `widget` shows now, as an SVG of lines and text; scatter plots of pyqtgraph are so with `useCache=False`."""
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    generator = QSvgGenerator()
    generator.setOutputDevice(buffer)
    generator.setSize(widget.size())
    generator.setViewBox(widget.rect())
    generator.setTitle(widget.accessibleName() or "mnist-bench")
    painter = QPainter(generator)
    QWidget.render(widget, painter, QPoint())  # a plot's own `render` would paint its scene alone
    painter.end()
    return bytes(buffer.data().data())
