"""Saves a chart that is on the screen as a picture (PNG, SVG) or its figures as CSV."""

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QBuffer, QIODevice, QObject, QPoint, Signal, Slot
from PySide6.QtGui import QPainter
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import QFileDialog, QWidget

from mnist_bench.base.errors import InputError
from mnist_bench.base.files import write_atomically
from mnist_bench.gui.kit.worker import Queue

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


class ChartExport(QObject):
    """Asks where a chart or its figures are to go, and writes the file on another thread.

    Signals:
        saved: a sentence for the status bar.
        failed: InputError: the file cannot be written, or its ending is none of those that were offered.
    """

    saved = Signal(str)
    failed = Signal(object)

    def __init__(self, parent: QObject, choose_file: ChooseFile = ask_where) -> None:
        super().__init__(parent)
        self._choose_file = choose_file
        self._queue = Queue(self)
        self._queue.answered.connect(self._tell)
        self._queue.failed.connect(self.failed)

    def export(self, chart: QWidget, name: str, kinds: Sequence[str], to_csv: Callable[[], bytes]) -> None:
        """Save `chart` as it is shown now, or its figures, whole or not at all, by the ending of the chosen name.

        `name` is suggested; its ending is the one of a chosen name that has none. `kinds` are of PNG, SVG and CSV.
        `to_csv` is called on another thread.
        """
        chosen = self._choose_file(chart, "Export", name, ";;".join(kinds))
        if not chosen:
            return
        path = Path(chosen) if Path(chosen).suffix else Path(chosen + Path(name).suffix)
        match path.suffix.lower():
            case ".png" | ".svg" as ending:
                content = png(chart) if ending == ".png" else svg(chart)
                self._queue.do(lambda: _written(path, content))
            case ".csv":
                self._queue.do(lambda: _written(path, to_csv()))
            case _:
                advice = "Choose one that ends in .png, .svg or .csv."
                self.failed.emit(InputError(f"{path.name} is no name for it.", advice=advice))

    @Slot(object)
    def _tell(self, path: Path) -> None:
        self.saved.emit(f"Saved {path}.")


def _written(path: Path, content: bytes) -> Path:
    write_atomically(path, content)
    return path


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
