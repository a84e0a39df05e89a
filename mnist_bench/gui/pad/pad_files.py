"""Drawings and pictures to and from the pad: files, the clipboard, drag and drop."""

from functools import partial
from pathlib import Path
from typing import Final

from PySide6.QtCore import QDir, QMimeData, QRectF, Qt
from PySide6.QtGui import QColor, QGuiApplication, QImage, QPainter
from PySide6.QtWidgets import QFileDialog, QWidget

from mnist_bench.base.errors import InputError
from mnist_bench.base.files import write_atomically
from mnist_bench.digits.drawing import drawing_to_json
from mnist_bench.digits.pictures import PICTURE_SUFFIXES, read_picture
from mnist_bench.gui.kit.palette import PAD_PAPER
from mnist_bench.gui.kit.pixels import image_of, png_bytes
from mnist_bench.gui.pad.ink import Ink
from mnist_bench.session.opening import Reader, read_any, read_drawing, read_for_pad
from mnist_bench.session.pad_content import PAD_UNITS, PadContent
from mnist_bench.session.session import Session

DRAWING_MIME: Final = "application/x-mnist-bench-drawing"
_SUFFIXES: Final = " ".join(f"*{suffix}" for suffix in (".json", *PICTURE_SUFFIXES))
_OPEN_FILTER: Final = f"Drawings and pictures ({_SUFFIXES});;All files (*)"
_DRAWING_FILTER: Final = "Drawing (*.json)"
_PICTURE_FILTER: Final = "Picture (*.png)"


def pad_image(content: PadContent) -> QImage:
    """What is on the pad as an image: a drawing white on black, 280 x 280; a picture as its 28 x 28 pixels."""
    if content.picture is not None:
        return image_of(content.picture)
    side = int(PAD_UNITS)
    image = QImage(side, side, QImage.Format.Format_RGB32)
    image.fill(QColor(PAD_PAPER))
    ink = Ink()
    ink.set_size(side, 1.0)
    ink.set_strokes(content.strokes, content.pen_width)
    painter = QPainter(image)
    ink.paint(painter, QRectF(0, 0, side, side))
    painter.end()
    return image.convertToFormat(QImage.Format.Format_Grayscale8)


def copy_to_clipboard(content: PadContent) -> None:
    """Put what is on the pad on the clipboard: a picture for every program, and the drawing itself for this one."""
    data = QMimeData()
    data.setImageData(pad_image(content))
    if content.drawing is not None:
        data.setData(DRAWING_MIME, drawing_to_json(content.drawing))
    QGuiApplication.clipboard().setMimeData(data)


def reader_of(data: QMimeData, how: str) -> Reader:
    """How to read what was pasted or dropped, a model file as its path; the reader itself may run on any thread.

    Raises:
        InputError: there is nothing in it that could be put on the pad.
    """
    if data.hasFormat(DRAWING_MIME):
        raw = bytes(data.data(DRAWING_MIME).data())
        return lambda: read_drawing(raw)
    paths = [Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile()]
    if paths:
        return lambda: read_any(paths[0])
    image = data.imageData() if data.hasImage() else None
    if isinstance(image, QImage) and not image.isNull():
        # Turned into a file's bytes there, so that it is read by the same rules as a file.
        return lambda: read_picture(png_bytes(image))
    advice = "Copy or drop a picture of a digit, a picture file or a model file."
    source = "The clipboard" if how == "paste" else "What was dropped"
    raise InputError(f"{source} holds no picture or drawing.", advice=advice)


class PadFiles:
    """Opens and saves what is on the pad; decoding happens off the window's thread, and the last asked wins."""

    def __init__(self, session: Session, window: QWidget) -> None:
        self._session = session
        self._window = window
        self._folder = QDir.homePath()

    def take(self, data: QMimeData, how: str) -> None:
        """Read what was pasted or dropped."""
        files = [url for url in data.urls() if url.isLocalFile()]
        if len(files) > 1:
            self._session.message.publish(f"Only the first of {len(files)} files is opened.")
        try:
            self._session.opening.open(reader_of(data, how), how)
        except InputError as error:
            self._session.opening.failed.publish(error)

    def ask_what_to_open(self) -> None:
        """Let the person choose a file."""
        dialog = QFileDialog(self._window, "Open a picture or a drawing", self._folder, _OPEN_FILTER)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.fileSelected.connect(self._open_chosen)
        self._show(dialog)

    def ask_where_to_save(self, content: PadContent) -> None:
        """Let the person choose where what is on the pad now goes."""
        has_strokes = bool(content.strokes)
        filters = [_DRAWING_FILTER, _PICTURE_FILTER] if has_strokes else [_PICTURE_FILTER]
        dialog = QFileDialog(self._window, "Save what is on the pad", self._folder)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilters(filters)
        dialog.setDefaultSuffix("json" if has_strokes else "png")
        dialog.filterSelected.connect(
            lambda chosen: dialog.setDefaultSuffix("png" if chosen == _PICTURE_FILTER else "json")
        )
        dialog.selectFile("digit" if content.label is None else f"digit-{content.label}")
        dialog.fileSelected.connect(lambda path: self.save(Path(path), content))
        self._show(dialog)

    def save(self, path: Path, content: PadContent) -> None:
        """Write what is on the pad: a drawing to *.json, a picture to *.png."""
        self._folder = str(path.parent)
        drawing, kind = content.drawing, path.suffix.lower()
        if kind == ".json" and drawing is not None:
            data = partial(drawing_to_json, drawing)
        elif kind == ".png":
            data = partial(png_bytes, pad_image(content))
        else:
            what = ".json for the drawing or .png for a picture of it" if drawing else ".png for the picture"
            self._session.failed.publish(InputError(f"{path.name} was not saved: its name must end in {what}."))
            return

        self._session.background.do(
            lambda: write_atomically(path, data()),
            lambda _: self._session.message.publish(f"Saved as {path.name}."),
            self._session.failed.publish,
        )

    def _show(self, dialog: QFileDialog) -> None:
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()

    def _open_chosen(self, path: str) -> None:
        self._folder = str(Path(path).parent)
        self._session.opening.open(lambda: read_for_pad(Path(path)), "open")
