"""The left side of the window: everything about what goes in."""

import time
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QMimeData, QSize, Signal
from PySide6.QtGui import QAction, QGuiApplication, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QWidget

from mnist_bench.base.errors import InputError
from mnist_bench.digits.drawing import Drawing, Stroke
from mnist_bench.digits.pictures import DigitImage
from mnist_bench.digits.rendering import render_drawing
from mnist_bench.digits.samples import bundled_samples
from mnist_bench.gui.kit.containers import timer
from mnist_bench.gui.kit.worker import Worker
from mnist_bench.gui.pad.digit_input import DigitInput
from mnist_bench.gui.pad.pad_actions import PadActions, describe_step
from mnist_bench.gui.pad.pad_files import PadFiles, copy_to_clipboard
from mnist_bench.gui.pad.pad_history import DEFAULT_PEN, MAX_PEN, MIN_PEN, PadContent, PadHistory
from mnist_bench.gui.pad.pad_layout import PadLayout
from mnist_bench.gui.pad.random_image import RandomImages

_PEN_STEP: Final = "pen width"


class PadPanel(QWidget):
    """The pad with its tools, what the network sees of it, samples, and what the digit really is.

    Attributes:
        undo_action, redo_action, clear_action, open_action, save_action, copy_action, paste_action: with their keys,
            which hold wherever the focus is in the window.

    Signals:
        digit_changed: DigitInput, when a stroke begins, and once per turn of the event loop in which the pad changed.
        label_changed: what the person said that the digit is (int), or None.
        pen_width_changed: the person's pen, in pad units.
        message: a sentence for the status bar.
        failed: the exception (mostly an MnistBenchError) of an opening, pasting or saving that failed.
    """

    digit_changed = Signal(object)
    label_changed = Signal(object)
    pen_width_changed = Signal(float)
    message = Signal(str)
    failed = Signal(object)

    def __init__(self, data: Path | None = None, parent: QWidget | None = None) -> None:
        """`data`: the folder or .npz file with the test images; None to look in the usual places."""
        super().__init__(parent)
        self._history = PadHistory()
        self._live: Stroke = ()
        self._pen_width = DEFAULT_PEN
        self._shown = DigitInput(None, None, None, time.perf_counter_ns())
        self._moved_at_ns: int | None = None  # of the first movement that `digit_changed` has not told yet
        self._soon = timer(self, self._tell, once=True)
        self._files = PadFiles(self)
        self._random_images = RandomImages(data, self)
        self._samples = Worker(self)
        self._actions = PadActions(self)
        self.undo_action, self.redo_action = self._actions.undo, self._actions.redo
        self.clear_action = self._actions.clear
        self.open_action, self.save_action = self._actions.open, self._actions.save
        self.copy_action, self.paste_action = self._actions.copy, self._actions.paste
        self._ui = PadLayout(self, self._actions)
        self.pad, self.view = self._ui.pad, self._ui.view
        self._connect()
        self._show_content()

    @property
    def digit(self) -> DigitInput:
        """What is on the pad, as it was told last."""
        return self._shown

    def _connect(self) -> None:
        self.pad.stroke_moved.connect(self._stroke_moved)
        self.pad.stroke_ended.connect(self._stroke_ended)
        self.pad.stroke_broken_off.connect(self._stroke_broken_off)
        self.pad.dropped.connect(self._drop)
        self._files.opened.connect(self._put_image)
        self._files.message.connect(self.message)
        self._files.failed.connect(self.failed)
        self._random_images.found.connect(lambda digit: self._put_image(digit, "test image"))
        self._random_images.failed.connect(self.failed)
        self._samples.answered.connect(self._ui.samples.show_samples)
        self._samples.failed.connect(self.failed)
        self._ui.samples.chosen.connect(lambda digit: self._put_image(digit, "sample"))
        self._ui.random_button.clicked.connect(self._random_images.ask)
        self._ui.labels.chosen.connect(self._label_chosen)
        self._ui.pen_slider.valueChanged.connect(lambda width: self._choose_pen(float(width)))
        self.undo_action.triggered.connect(self._undo)
        self.redo_action.triggered.connect(self._redo)
        self.clear_action.triggered.connect(self._clear)
        self.open_action.triggered.connect(self._files.ask_what_to_open)
        self.save_action.triggered.connect(lambda: self._files.ask_where_to_save(self._history.content))
        self.copy_action.triggered.connect(self._copy)
        self.paste_action.triggered.connect(self._paste)
        for action in self._actions:
            self.addAction(action)
            self.pad.addAction(action)
        for digit in range(10):
            action = QAction(f"Label it {digit}", self)
            action.setShortcut(str(digit))
            action.triggered.connect(lambda _=False, digit=digit: self._ui.labels.choose(digit))
            self.addAction(action)

    # What others put here and ask.

    def current(self) -> DigitInput:
        """What is on the pad now, the stroke under the pen included."""
        self._render()
        return self._shown

    def put_drawing(self, drawing: Drawing) -> None:
        """Put a drawing of any size on the pad, or tell by `failed` why not; undo brings back what was there."""
        try:
            content = PadContent(pen_width=self._pen_width) if drawing.is_empty else PadContent.of_drawing(drawing)
        except InputError as error:
            self.failed.emit(error)
        else:
            self._put(content, "open")

    def put_picture(self, pixels: NDArray[np.uint8], label: int | None = None, name: str = "") -> None:
        """Put a digit image, uint8 (28, 28), on the pad; `name` is said in the status bar."""
        self._put_image(DigitImage(pixels, label, None, name), "open")

    @property
    def pen_width(self) -> float:
        """The person's pen, in pad units (the pad is 280 wide)."""
        return self._pen_width

    def set_pen_width(self, width: float) -> None:
        """Draw with this pen from now on, and what was drawn since the pad was last empty as well; pad units."""
        self._choose_pen(min(max(width, MIN_PEN), MAX_PEN))
        self._show_content()

    def set_network_image(self, pixels: NDArray[np.uint8] | None) -> None:
        """Show what the network sees, uint8 (28, 28); the panel does this itself whenever the pad changes."""
        self.view.show_pixels(pixels)

    # What the person does.

    def _stroke_moved(self, points: Stroke) -> None:
        begins = not self._live
        self._live = points
        self._changed()
        if begins:
            self._files.forget()
            self._random_images.forget()
            self._tell()  # so that whoever listens always sees a stroke begin

    def _stroke_ended(self, points: Stroke) -> None:
        self._live = ()
        try:
            content = self._history.content.with_stroke(points)
            _ = content.drawing  # the limits of a drawing are checked where one is made
            self._put(content, "stroke")
        except InputError as error:
            self._show_content()
            self.message.emit(f"{error.message} Clear the pad to go on.")

    def _stroke_broken_off(self) -> None:
        self._live = ()
        self._changed()

    def _undo(self) -> None:
        if self.pad.is_drawing:
            self.pad.break_off()
            return
        self._history.undo()
        self._show_content()

    def _redo(self) -> None:
        self.pad.break_off()
        self._history.redo()
        self._show_content()

    def _clear(self) -> None:
        self.pad.break_off()
        if not self._history.content.is_empty:
            self._put(PadContent(pen_width=self._pen_width), "clear")

    def _copy(self) -> None:
        copy_to_clipboard(self._history.content)
        self.message.emit("Copied the pad as a picture.")

    def _paste(self) -> None:
        self._files.take(QGuiApplication.clipboard().mimeData(), "paste")

    def _drop(self, data: QMimeData) -> None:
        self._files.take(data, "drop")

    def _label_chosen(self, label: int | None) -> None:
        if self._history.content.is_empty:
            self.message.emit("Draw a digit first, then label it.")
            return
        self._history.amend(replace(self._history.content, label=label))
        drawing = self.current().drawing
        self._shown = replace(self._shown, label=label, drawing=drawing and replace(drawing, label=label))
        self._ui.labels.show_label(label)
        self.label_changed.emit(label)

    def _choose_pen(self, width: float) -> None:
        """The pen holds for all of a drawing: one that is on the pad changes, too, as one step for undo."""
        self._pen_width = width
        content = replace(self._history.content, pen_width=width)
        if not content.strokes or self._history.undo_name == _PEN_STEP:
            self._history.amend(content)
        elif content.pen_width != self._history.content.pen_width:
            self._history.put(content, _PEN_STEP)
        self._show_content()
        self.pen_width_changed.emit(width)

    # What is shown and told.

    def _put_image(self, digit: DigitImage, how: str) -> None:
        content = PadContent(pen_width=self._pen_width, picture=digit.pixels, label=digit.label)
        if digit.drawing is not None:
            try:
                content = replace(PadContent.of_drawing(digit.drawing), label=digit.label)
            except InputError as error:
                self.failed.emit(error)
                return
        self._put(content, how)
        if digit.name:
            self.message.emit(f"On the pad: {digit.name}.")

    def _put(self, content: PadContent, how: str) -> None:
        self._files.forget()
        self._random_images.forget()
        self._history.put(content, how)
        self._show_content()

    def _show_content(self) -> None:
        content = self._history.content
        self._live = ()
        self.pad.show_content(content)
        self._ui.show_content(content)
        describe_step(self.undo_action, self._history.undo_name)
        describe_step(self.redo_action, self._history.redo_name)
        for action in (self.clear_action, self.save_action, self.copy_action):
            action.setEnabled(not content.is_empty)
        self._changed()

    def _changed(self) -> None:
        if self._moved_at_ns is None:
            self._moved_at_ns = time.perf_counter_ns()
            self._soon.start(0)

    def _tell(self) -> None:
        self._soon.stop()
        self._render()
        self.digit_changed.emit(self._shown)

    def _render(self) -> None:
        """Bring `_shown` up to date: about 1 ms, so it is done here and not on a thread of its own."""
        if self._moved_at_ns is None:
            return
        content, moved_at_ns = self._history.content, self._moved_at_ns
        self._moved_at_ns = None
        try:
            if self._live:
                content = content.with_stroke(self._live)
            drawing = content.drawing
        except InputError as error:
            self.pad.break_off()
            self.message.emit(f"{error.message} Clear the pad to go on.")
            return
        pixels = content.picture if drawing is None else render_drawing(drawing)
        self._shown = DigitInput(drawing, pixels, content.label, moved_at_ns)
        self.set_network_image(pixels)

    def height_below(self) -> int:
        """The height of all but the pad, in pixels."""
        return self._ui.height_below()

    # Qt's events and questions.

    def minimumSizeHint(self) -> QSize:
        """Room for the smallest pad and what is below it, but for the samples."""
        return self._ui.least_size()

    def showEvent(self, event: QShowEvent) -> None:
        """Loads the samples the first time."""
        super().showEvent(event)
        if not self._ui.samples.buttons and not self._samples.is_busy:
            self._samples.ask(bundled_samples)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fits what is below the pad."""
        super().resizeEvent(event)
        self._ui.fit(event.size())

    def changeEvent(self, event: QEvent) -> None:
        """Draws the icons again in the new colours."""
        super().changeEvent(event)
        if event.type() is QEvent.Type.PaletteChange:
            self._actions.refresh_icons()
            self._ui.refresh_icons()
