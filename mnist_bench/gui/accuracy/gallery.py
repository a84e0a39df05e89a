"""The images that backends get wrong or read differently, and some at random with what was read."""

from functools import partial
from typing import Final

import numpy as np
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QStackedLayout, QWidget

from mnist_bench.base import words
from mnist_bench.bench.accuracy.answers import NOT_READ
from mnist_bench.bench.accuracy.evaluate import AccuracyResult
from mnist_bench.gui.accuracy.findings import Findings, images_csv
from mnist_bench.gui.accuracy.images_list import WRONG, ImagesList
from mnist_bench.gui.kit import theme
from mnist_bench.gui.kit.buttons import named_combo, push_button
from mnist_bench.gui.kit.containers import hbox, vbox
from mnist_bench.gui.kit.text import empty_label
from mnist_bench.gui.kit.text_line import TextLine

MOST_SHOWN: Final = 2_000
AT_RANDOM: Final = 16


class _ImagesView(QWidget):
    """Images of what was found: one control and a caption above them.

    Signals:
        chosen: the number of an image.
    """

    chosen = Signal(int)

    def __init__(self, control: QWidget, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._findings: Findings | None = None
        self.numbers: list[int] = []
        self._caption = TextLine(role="caption")
        self.images = ImagesList(name)
        self.images.chosen.connect(self.chosen)
        self._pages = QStackedLayout()
        self._pages.addWidget(self.images)
        self.setLayout(vbox(hbox(control, (self._caption, 1)), (self._pages, 1), spacing=theme.GRID // 2))

    def to_csv(self) -> bytes:
        """The images that are shown, and those of which there are too many to show."""
        assert self._findings is not None  # noqa: S101 - it is not seen before
        return images_csv(self._findings, self.numbers)


class Gallery(_ImagesView):
    """A filter and the images that it lets through, each with its true digit and what each backend said."""

    def __init__(self, parent: QWidget | None = None) -> None:
        self.filter = named_combo("Which images")
        super().__init__(self.filter, "Images that backends misread or disagree on", parent)
        self.filter.setMaximumWidth(220)
        self.filter.addItems(["Misread by any", "Disagreements"])
        self.filter.currentIndexChanged.connect(self._show)
        self._nothing = empty_label()
        self._pages.addWidget(self._nothing)

    def show_findings(self, findings: Findings, selected: int) -> None:
        """Shows these; the backend at the place `selected` has a filter of its own."""
        self._findings = findings
        choices = [f"Misread by {found.title}" for found in findings.backends]
        wanted = self.filter.currentIndex()
        self.filter.blockSignals(True)
        while self.filter.count() > 2:
            self.filter.removeItem(2)
        self.filter.addItems(choices)
        self.filter.setCurrentIndex(wanted if wanted < 2 else 2 + selected)
        self.filter.blockSignals(False)
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
        self.images.show_images(
            findings.digits,
            shown,
            partial(_line, findings),
            partial(_tip, findings),
            widest="7 → " + " ".join("7" * len(findings.backends)),
        )
        total = words.plural(len(self.numbers), "image")
        first = f", showing the first {words.count(len(shown))}" if len(shown) < len(self.numbers) else ""
        self._caption.show_text(
            f"{total}{first}: true digit → what each backend reads. Click one to put it on the pad.",
            f"{total}: true digit → what each backend reads",
            total,
        )
        self._nothing.setText("No disagreements." if which == 1 else "Nothing was misread.")
        self._pages.setCurrentWidget(self.images if shown else self._nothing)


class RandomGrid(_ImagesView):
    """Sixteen images at random, each with its true digit and what the selected backend read."""

    def __init__(self, parent: QWidget | None = None) -> None:
        button = push_button(f"Another {AT_RANDOM}", tip="Show other random images")
        super().__init__(button, "Random images", parent)
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
        self.images.show_images(
            findings.digits,
            self.numbers,
            partial(_actual_and_read, found.summary.result),
            partial(_tip, findings),
            widest=f"7 → 7 {WRONG}",
        )
        self._caption.show_text(f"true digit → what {found.title} reads. Click one to put it on the pad.")


def _actual_and_read(result: AccuracyResult, number: int) -> str:
    """As "4 → 4", "4 → 9 ✗"."""
    sign = "" if result.is_right[number] else f" {WRONG}"
    return f"{result.labels[number]} → {result.predictions[number]}{sign}"


def _line(findings: Findings, number: int) -> str:
    """As "4 → 9 4": what it is, and what each backend reads; one digit where all read the same."""
    said = ["?" if digit == NOT_READ else str(digit) for digit in findings.said[:, number]]
    return f"{findings.digits.labels[number]} → {said[0] if len(set(said)) == 1 else ' '.join(said)}"


def _tip(findings: Findings, number: int) -> str:
    lines = [f"Image {words.count(number)}: a {findings.digits.labels[number]}"]
    for found in findings.backends:
        result = found.summary.result
        if number < result.images:
            digit = int(result.predictions[number])
            probability = words.probability(float(result.probabilities[number, digit]))
            lines.append(f"{found.title}: {digit} ({probability})")
    return "\n".join(lines)
