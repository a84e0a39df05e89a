"""The images that backends get wrong or read differently, and some at random, as thumbnails with what was read."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Final

import numpy as np
from PySide6.QtCore import QAbstractListModel, QEvent, QObject, QSignalBlocker, QSize, Qt, Signal
from PySide6.QtGui import QColor, QIcon
from PySide6.QtWidgets import QListView, QWidget

from mnist_bench.base import words
from mnist_bench.bench.accuracy.answers import NOT_READ
from mnist_bench.bench.accuracy.evaluate import AccuracyResult
from mnist_bench.digits.datasets import LabelledDigits
from mnist_bench.gui.kit import theme
from mnist_bench.gui.kit.buttons import named_combo, push_button
from mnist_bench.gui.kit.columns import AnyIndex
from mnist_bench.gui.kit.containers import hbox, pages, vbox
from mnist_bench.gui.kit.keys import ClaimedKeys
from mnist_bench.gui.kit.pixels import enlarged, untinted
from mnist_bench.gui.kit.table import ColorsKept
from mnist_bench.gui.kit.text import TextLine, empty_label, plain_tip
from mnist_bench.session.findings import Findings, images_csv

MOST_SHOWN: Final = 2_000
AT_RANDOM: Final = 16
THUMBNAIL: Final = 40
_AROUND: Final = 3 * theme.GRID
"""What an item's border, its padding and the text's own margins take from a place's width, and a gap."""
WRONG: Final = "✗"
"""A line that ends in it is marked by its colour, too."""

_FILTERS: Final = ("Misread by any", "Disagreements")

Words = Callable[[int], str]
"""What is said of the image with this number."""


class _Images(QAbstractListModel):
    """Some of the images of a set, in the order in which they are given."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._digits: LabelledDigits | None = None
        self._numbers: list[int] = []
        self._line: Words = str
        self._tip: Words = str
        self._thumbnails: dict[int, QIcon] = {}

    def show(self, digits: LabelledDigits, numbers: Sequence[int], line: Words, tip: Words) -> None:
        self.beginResetModel()
        if digits is not self._digits:
            self._thumbnails.clear()
        self._digits, self._numbers = digits, list(numbers)
        self._line, self._tip = line, tip
        self.endResetModel()

    def number_at(self, row: int) -> int:
        return self._numbers[row]

    def rowCount(self, parent: AnyIndex | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._numbers)

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        number = self._numbers[index.row()]
        if role == Qt.ItemDataRole.DecorationRole:
            return self._thumbnail(number)
        if role == Qt.ItemDataRole.DisplayRole:
            return self._line(number)
        if role == Qt.ItemDataRole.ToolTipRole:
            return plain_tip(self._tip(number))
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return self._tip(number)
        if role == Qt.ItemDataRole.ForegroundRole and self._line(number).endswith(WRONG):
            return QColor(theme.current().bad)
        return None

    def _thumbnail(self, number: int) -> QIcon | None:
        if self._digits is None:
            return None
        if number not in self._thumbnails:
            self._thumbnails[number] = untinted(enlarged(self._digits.images[number], THUMBNAIL))
        return self._thumbnails[number]


class ImagesList(QListView):
    """Thumbnails side by side, as many as fit.

    Signals:
        chosen: the number of the image that was clicked, or on which Enter was pressed.
    """

    chosen = Signal(int)

    def __init__(self, name: str) -> None:
        super().__init__()
        self._widest = ""
        self.setAccessibleName(name)
        self._images = _Images(self)
        self.setModel(self._images)
        self.setItemDelegate(ColorsKept(self))
        self.setViewMode(QListView.ViewMode.IconMode)
        self.setMovement(QListView.Movement.Static)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setLayoutMode(QListView.LayoutMode.Batched)
        self.setUniformItemSizes(True)
        self.setIconSize(QSize(THUMBNAIL, THUMBNAIL))
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setFont(theme.tabular(self.font()))
        self.clicked.connect(self._choose)
        ClaimedKeys(self, {"Return": self._choose_current, "Enter": self._choose_current})

    def show_images(
        self, digits: LabelledDigits, numbers: Sequence[int], line: Words, tip: Words, *, widest: str
    ) -> None:
        """Shows these images; `line` stands below each (at most as wide as `widest`), `tip` says it in full."""
        self._widest = widest
        self._fit()
        self._images.show(digits, numbers, line, tip)

    def changeEvent(self, event: QEvent) -> None:
        """Follows the size of the text."""
        super().changeEvent(event)
        if event.type() is QEvent.Type.FontChange:
            self._fit()

    def _fit(self) -> None:
        width = max(THUMBNAIL, self.fontMetrics().horizontalAdvance(self._widest)) + _AROUND
        self.setGridSize(QSize(width, THUMBNAIL + self.fontMetrics().height() + theme.GRID))

    def lines(self) -> list[str]:
        """What is said below the images."""
        return [str(self._images.index(row).data()) for row in range(self._images.rowCount())]

    def _choose_current(self) -> None:
        self._choose(self.currentIndex())

    def _choose(self, index: AnyIndex) -> None:
        if index.isValid():
            self.chosen.emit(self._images.number_at(index.row()))


class _ImagesView(QWidget):
    """Images of what was found: one control and a caption above them.

    Signals:
        chosen: the number of an image.
    """

    chosen = Signal(int)

    def __init__(self, control: QWidget, name: str) -> None:
        super().__init__()
        self._findings: Findings | None = None
        self.numbers: list[int] = []
        self.caption = TextLine(role="caption")
        self.images = ImagesList(name)
        self.images.chosen.connect(self.chosen)
        self._pages = pages(self.images)
        self.setLayout(vbox(hbox(control, (self.caption, 1)), (self._pages, 1), spacing=theme.GRID // 2))

    def _show_images(self, findings: Findings, numbers: Sequence[int], line: Words, widest: str, *caption: str) -> None:
        self.images.show_images(findings.digits, numbers, line, partial(_tip, findings), widest=widest)
        self.caption.show_text(*caption)

    def to_csv(self) -> bytes:
        """The images that are shown, and those of which there are too many to show."""
        assert self._findings is not None  # noqa: S101 - it is not seen before
        return images_csv(self._findings, self.numbers)


class Gallery(_ImagesView):
    """A filter and the images that it lets through, each with its true digit and what each backend said."""

    def __init__(self) -> None:
        self.filter = named_combo("Which images")
        super().__init__(self.filter, "Images that backends misread or disagree on")
        self.filter.setMaximumWidth(220)
        self.filter.addItems(_FILTERS)
        self.filter.currentIndexChanged.connect(self._show)
        self._nothing = empty_label()
        self._pages.addWidget(self._nothing)

    def show_findings(self, findings: Findings, selected: int) -> None:
        """Shows these; the backend at the place `selected` has a filter of its own."""
        self._findings = findings
        wanted = self.filter.currentIndex()
        with QSignalBlocker(self.filter):
            self.filter.clear()
            self.filter.addItems([*_FILTERS, *(f"Misread by {found.title}" for found in findings.backends)])
            self.filter.setCurrentIndex(wanted if wanted < len(_FILTERS) else len(_FILTERS) + selected)
        self._show()

    def _show(self) -> None:
        findings = self._findings
        if findings is None:
            return
        which = self.filter.currentIndex()
        if which > 1:
            numbers = np.flatnonzero(~findings.backends[which - 2].summary.result.is_right)
        else:
            numbers = findings.disagreements if which else findings.errors
        self.numbers = numbers.tolist()
        shown = self.numbers[:MOST_SHOWN]
        widest = "7 → " + " ".join("7" * len(findings.backends))
        total, what = words.plural(len(self.numbers), "image"), "true digit → what each backend reads"
        first = f", showing the first {words.count(len(shown))}" if len(shown) < len(self.numbers) else ""
        said = (f"{total}{first}: {what}. Click one to put it on the pad.", f"{total}: {what}", total)
        self._show_images(findings, shown, partial(_line, findings), widest, *(said if shown else ("",)))
        self._nothing.setText("No disagreements." if which == 1 else "Nothing was misread.")
        self._pages.setCurrentWidget(self.images if shown else self._nothing)


class RandomGrid(_ImagesView):
    """Sixteen images at random, each with its true digit and what the selected backend read."""

    def __init__(self) -> None:
        button = push_button(f"Another {AT_RANDOM}", tip="Show other random images")
        super().__init__(button, "Random images")
        self.another_button = button
        self._selected = 0
        self.another_button.clicked.connect(self._draw)

    def show_findings(self, findings: Findings, selected: int) -> None:
        """Shows what the backend at this place read; other images where the digits are others or were not read yet."""
        before, self._findings, self._selected = self._findings, findings, selected
        images = findings.backends[selected].summary.result.images
        if (before and before.digits is not findings.digits) or max(self.numbers, default=images) >= images:
            self._draw()
        else:
            self._show()

    def _draw(self) -> None:
        if self._findings is not None:
            images = self._findings.backends[self._selected].summary.result.images
            self.numbers = np.random.default_rng().choice(images, min(AT_RANDOM, images), replace=False).tolist()
            self._show()

    def _show(self) -> None:
        findings = self._findings
        if findings is None:
            return
        found = findings.backends[self._selected]
        line = partial(_actual_and_read, found.summary.result)
        said = f"true digit → what {found.title} reads. Click one to put it on the pad."
        self._show_images(findings, self.numbers, line, f"7 → 7 {WRONG}", said)


def _actual_and_read(result: AccuracyResult, number: int) -> str:
    """As "4 → 4", "4 → 9 ✗"."""
    sign = "" if result.is_right[number] else f" {WRONG}"
    return f"{result.labels[number]} → {result.predictions[number]}{sign}"


def _line(findings: Findings, number: int) -> str:
    """As "4 → 9 4": what it is, and what each backend reads; one digit where all read the same."""
    said = ["?" if digit == NOT_READ else str(digit) for digit in findings.said[:, number]]
    return f"{findings.digits.labels[number]} → {said[0] if len(set(said)) == 1 else ' '.join(said)}"


def _tip(findings: Findings, number: int) -> str:
    name = f", {findings.digits.names[number]}" if findings.digits.names else ""
    lines = [f"Image {words.count(number)}{name}: a {findings.digits.labels[number]}"]
    for found in findings.backends:
        result = found.summary.result
        if number < result.images:
            digit = int(result.predictions[number])
            probability = words.probability(float(result.probabilities[number, digit]))
            lines.append(f"{found.title}: {digit} ({probability})")
    return "\n".join(lines)
