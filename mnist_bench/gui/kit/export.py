"""Saves a view as a picture (PNG, SVG) of any size, its figures as CSV, or kept results as a report."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Final

from PySide6.QtCore import QBuffer, QIODevice, QPoint, QRect, QSize, Qt, Slot
from PySide6.QtGui import QImage, QPainter
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QFormLayout,
    QLineEdit,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from mnist_bench.base.errors import InputError
from mnist_bench.base.files import write_atomically
from mnist_bench.bench.latency.analysis import TimeKind
from mnist_bench.gui.kit import theme
from mnist_bench.gui.kit.buttons import spaced
from mnist_bench.gui.kit.containers import vbox
from mnist_bench.gui.kit.pixels import png_bytes
from mnist_bench.gui.kit.text import Label
from mnist_bench.session.jobs import Task
from mnist_bench.session.results import AnyResult
from mnist_bench.session.session import Session

KINDS: Final = {".png": "PNG picture (*.png)", ".svg": "SVG picture (*.svg)", ".csv": "CSV (*.csv)"}
_REPORTS: Final = "HTML report (*.html);;Markdown (*.md)"
_DRAWN_WIDTH: Final = 800
"""Pixels: every picture is laid out at this width, so that its text is as large beside it whatever its size."""
_SMALLEST, _LARGEST = 200, 8000
_MARGIN: Final = 16
_LEAST_TITLE: Final = 360


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a person wants: a picture of `width` x `height` pixels with a title, or a file of figures."""

    title: str
    width: int = 1600
    height: int = 900
    ending: str = ".png"
    file_name: str = "chart"


def ask_how(parent: QWidget, wanted: Wanted) -> Wanted | None:
    """Title, size and kind, beginning with `wanted`; None if the person gave up."""
    dialog = ExportDialog(parent, wanted)
    return dialog.wanted() if dialog.exec() else None


def ask_where(parent: QWidget, title: str, name: str, kinds: str) -> str:
    """The file that a person chooses, empty if they gave up; without an ending it gets that of the kind.

    The dialog begins with `name` in the folder of the last one.
    """
    there = QFileDialog().directory().filePath(name)  # without a parent it goes at once
    chosen, kind = QFileDialog.getSaveFileName(parent, title, there, kinds)
    ending = kind.rpartition("*")[2].rstrip(")")
    return chosen + ending if chosen and not Path(chosen).suffix else chosen


class ExportDialog(QDialog):
    """Title, size and kind of what is to be saved."""

    def __init__(self, parent: QWidget, wanted: Wanted) -> None:
        super().__init__(parent)
        self._before = wanted
        self.setWindowTitle("Export")
        self.title = QLineEdit(wanted.title)
        self.title.setMinimumWidth(_LEAST_TITLE)
        self.title.setCursorPosition(0)
        self.kind = QComboBox()
        for ending, kind in KINDS.items():
            self.kind.addItem(kind.partition(" (")[0], ending)
        self.kind.setCurrentIndex(self.kind.findData(wanted.ending))
        self.pixels = (spaced(QSpinBox()), spaced(QSpinBox()))
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Save | QDialogButtonBox.StandardButton.Cancel)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        form = QFormLayout()
        form.addRow("&Kind", self.kind)
        form.addRow("&Title", self.title)
        for box, name, value in zip(self.pixels, ("&Width", "&Height"), (wanted.width, wanted.height), strict=True):
            box.setRange(_SMALLEST, _LARGEST)
            box.setSingleStep(100)
            box.setSuffix(" px")
            box.setValue(value)
            form.addRow(name, box)
        self.setLayout(vbox(form, buttons, margins=2 * theme.GRID))
        self.kind.currentIndexChanged.connect(self._kind_changed)
        self._kind_changed()

    def wanted(self) -> Wanted:
        """What was chosen."""
        width, height = (box.value() for box in self.pixels)
        ending = str(self.kind.currentData())
        return replace(self._before, title=self.title.text().strip(), width=width, height=height, ending=ending)

    @Slot()
    def _kind_changed(self) -> None:
        for field in (self.title, *self.pixels):
            field.setEnabled(self.kind.currentData() != ".csv")


def export(
    session: Session, parent: QWidget, wanted: Wanted, make: Callable[[], QWidget], to_csv: Callable[[], bytes]
) -> None:
    """Ask how and where to, and save what `make` makes, a widget of its own for the picture, or what `to_csv` says.

    `wanted` is suggested. `to_csv` is called on another thread, and the file is written there, whole or not at all.
    """
    chosen = ask_how(parent, wanted)
    if chosen is None:
        return
    if chosen.ending == ".csv":
        export_csv(session, parent, chosen.file_name, to_csv)
    else:
        _save(session, parent, chosen.file_name, chosen.ending, lambda: picture(make(), chosen))


def export_csv(session: Session, parent: QWidget, file_name: str, to_csv: Callable[[], bytes]) -> None:
    """Ask where to, and save what `to_csv` says, which is called on another thread."""
    _save(session, parent, file_name, ".csv", lambda: to_csv)


def _save(
    session: Session, parent: QWidget, file_name: str, ending: str, draw: Callable[[], Callable[[], bytes]]
) -> None:
    """`draw` is called here, and what it returns on another thread."""
    path = Path(ask_where(parent, "Export", file_name + ending, KINDS[ending]))
    if path.suffix.lower() == ending:
        content = draw()
        session.background.do(
            lambda: write_atomically(path, content()),
            lambda _: session.message.publish(f"Saved {path}."),
            session.failed.publish,
        )
    elif path.name:
        kind, advice = ending[1:].upper(), f"Choose a name that ends in {ending}."
        session.failed.publish(InputError(f"{path.name} isn't the name of a {kind} file.", advice=advice))


def picture(widget: QWidget, wanted: Wanted) -> Callable[[], bytes]:
    """Draws `widget` below a title, as large as is wanted; what makes the file's content, on any thread."""
    sheet = QWidget()
    sheet.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
    layout = QVBoxLayout(sheet)
    layout.setContentsMargins(*4 * (_MARGIN,))
    if wanted.title:
        layout.addWidget(Label(wanted.title, role="title", wrap=True))
    layout.addWidget(widget, 1)
    sheet.setAutoFillBackground(True)
    palette = sheet.palette()
    palette.setColor(sheet.backgroundRole(), theme.current().surface)
    sheet.setPalette(palette)
    sheet.resize(_DRAWN_WIDTH, round(_DRAWN_WIDTH * wanted.height / wanted.width))
    if wanted.ending == ".svg":
        content = _svg(sheet, wanted)
        return lambda: content
    image = QImage(QSize(wanted.width, wanted.height), QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(wanted.width / _DRAWN_WIDTH)
    sheet.render(image, QPoint())
    image.setDevicePixelRatio(1)
    return partial(png_bytes, image)


def _svg(sheet: QWidget, wanted: Wanted) -> bytes:
    """Lines and text; scatter plots of pyqtgraph are so with `useCache=False`."""
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    generator = QSvgGenerator()
    generator.setOutputDevice(buffer)
    generator.setSize(QSize(wanted.width, wanted.height))
    generator.setViewBox(QRect(QPoint(), sheet.size()))
    generator.setTitle(wanted.title or "mnist-bench")
    painter = QPainter(generator)
    sheet.render(painter, QPoint())
    painter.end()
    return bytes(buffer.data().data())


def ask_for_report(
    session: Session,
    results: Sequence[AnyResult],
    parent: QWidget,
    by: TimeKind = TimeKind.COMPUTE,
    *,
    each: bool = False,
) -> None:
    """One report of these, of whatever kind they are, if the person names a file (`by`, `each`: see document_of)."""
    chosen = ask_where(parent, "Report", f"{results[0].id}.html", _REPORTS)
    if not chosen:
        return
    path = Path(chosen) if Path(chosen).suffix else Path(f"{chosen}.html")
    colors = {backend: session.live.color_of(backend) for one in results for backend in one.value.titles}

    def work(task: Task) -> Path:
        # Needed here alone: the window opens without them.
        from mnist_bench.bench.report.document import document_of
        from mnist_bench.bench.report.writing import report_bytes

        content = report_bytes(path, document_of(results, by, colors, each=each))
        task.check()
        write_atomically(path, content)
        return path

    session.jobs.run("Writing the report", work, lambda path: session.message.publish(f"Saved {path}."))
