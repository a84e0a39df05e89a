"""The left side of the window: the pad, its tools beside what the network sees, labels and samples."""

from functools import partial
from typing import Final

from PySide6.QtCore import QEvent, QSignalBlocker, QSize, Qt
from PySide6.QtGui import QAction, QGuiApplication, QKeySequence, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QSizePolicy, QSlider, QToolButton, QWidget

from mnist_bench.base import words
from mnist_bench.digits.drawing import Stroke
from mnist_bench.digits.samples import bundled_samples
from mnist_bench.gui.kit import theme
from mnist_bench.gui.kit.button_row import ButtonRow
from mnist_bench.gui.kit.buttons import tool_button
from mnist_bench.gui.kit.containers import hbox, holding, pages, vbox
from mnist_bench.gui.kit.keys import KEYS
from mnist_bench.gui.kit.pixels import ICON_SIDE, icon
from mnist_bench.gui.kit.text import Label, TextLine, set_tip
from mnist_bench.gui.pad.digit_view import DigitView, SamplesStrip
from mnist_bench.gui.pad.drawing_pad import DrawingPad
from mnist_bench.gui.pad.pad_files import PadFiles, copy_to_clipboard
from mnist_bench.session.pad import MAX_PEN, MIN_PEN
from mnist_bench.session.pad_content import PAD_UNITS, PadContent
from mnist_bench.session.pictures import hints
from mnist_bench.session.session import Session

_VIEWS: Final = (28 * 4 + 2, 28 * 3 + 2, 28 * 2 + 2)
_LEAST_PAD: Final = 200
_LEAST_SAMPLES_PAD: Final = 220
"""Below these many pixels the pad does not shrink, and samples give way to it."""
_LARGE_SAMPLES: Final = 72
"""Pixels of height that two rows of large thumbnails need beyond one of small ones."""


class PadPanel(QWidget):
    """Shows the session's pad with its tools, what the network sees of it, samples, and its label.

    Attributes:
        pad, view: where one draws, and what the network sees of it.
        files: opens and saves what is on the pad.
        tools: actions by name ("undo", "redo", "clear", "open", "save", "copy", "paste"); their keys hold wherever the
            focus is in the window.
    """

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._pad = session.pad
        self.files = PadFiles(session, self)
        self.pad, self.view, self._samples = DrawingPad(), DigitView(_VIEWS[-1]), SamplesStrip()
        self.tools = self._make_tools()
        tip = "Put a random MNIST test image on the pad; drawing on it starts a new drawing"
        do = session.data.put_random_image
        self._random_button = tool_button("", do, tip=tip, role="quiet", name="MNIST test image")
        self._pen_slider = _pen_slider()
        self._pen_value = TextLine(role="caption", widest="00 %", right=True)
        self._turns = self._make_turns()
        self._seen = TextLine(role="caption")
        self._labels = self._make_labels()
        self._samples.setObjectName("samples")
        self._lay_out()
        self._refresh_icons()
        self._connect()
        self._show_content(self._pad.content)

    def _make_tools(self) -> dict[str, QAction]:
        files, tools = self.files, dict[str, QAction]()
        for name, text, do in (
            ("undo", "Undo", self._undo),
            ("redo", "Redo", self._redo),
            ("clear", "Clear", self._clear),
            ("open", "Open…", files.ask_what_to_open),
            ("save", "Save…", lambda: files.ask_where_to_save(self._pad.content)),
            ("copy", "Copy", self._copy),
            ("paste", "Paste", lambda: files.take(QGuiApplication.clipboard().mimeData(), "paste")),
        ):
            action = tools[name] = QAction(text, self)
            action.setShortcuts([QKeySequence(key) for key in KEYS[name].sequences])
            action.triggered.connect(do)
            set_tip(action, _tip(name))
            self.addAction(action)
            self.pad.addAction(action)
        return tools

    def _make_turns(self) -> dict[str, QToolButton]:
        pictures = self._session.pictures
        return {
            icon_name: tool_button("", do, tip=name, role="quiet", name=name)
            for icon_name, name, do in (
                ("turn left", "Turn the picture left", lambda: pictures.turn(-1)),
                ("turn right", "Turn the picture right", lambda: pictures.turn(1)),
                ("whole", "Show the whole picture as it was opened", pictures.show_whole),
            )
        }

    def _make_labels(self) -> ButtonRow:
        row, buttons = ButtonRow(), []
        row.setAccessibleName("Label")
        for digit, key in enumerate(KEYS["label"].sequences):
            name, label = f"Label it {digit}", partial(self._label, digit)
            tip = f"{name} (key {digit}); again to remove the label"
            buttons.append(tool_button(str(digit), label, tip=tip, role="digit", name=name))
            buttons[-1].setCheckable(True)
            action = QAction(name, self)
            action.setShortcut(key)
            action.triggered.connect(label)
            self.addAction(action)
        row.set_buttons(buttons)
        return row

    def _lay_out(self) -> None:
        tools, gap = hbox(spacing=0), theme.GRID // 2
        for group in (("undo", "redo", "clear"), ("open", "save")):
            for name in group:
                tools.addWidget(_tool_button(self.tools[name]))
            tools.addSpacing(theme.GRID)
        tools.addWidget(self._random_button)
        tools.addStretch(1)
        pen = hbox(Label("Pen", role="caption"), (self._pen_slider, 1), self._pen_value, spacing=gap)
        turns = hbox(*self._turns.values(), (self._seen, 1), spacing=gap)
        self._below_tools = pages(holding(pen), holding(turns))
        below = holding(self._below_tools)
        below.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self._tool_column = vbox(tools, below, spacing=2)
        self._caption = Label("Label (keys 0–9)", role="caption")
        said = vbox(self._caption, self._labels, self._samples, spacing=gap)
        self.setLayout(vbox((self.pad, 1), hbox((self._tool_column, 1), self.view), said, 0, margins=theme.GRID))

    def _connect(self) -> None:
        self._pad.put.subscribe(self._show_content)
        self._pad.changed.subscribe(lambda digit: self.view.show_pixels(digit.pixels))
        self._pad.labelled.subscribe(self._show_label)
        self._pad.broken_off.subscribe(lambda _: self.pad.break_off())
        self.pad.stroke_moved.connect(self._stroke_moved)
        self.pad.stroke_ended.connect(self._pad.end_stroke)
        self.pad.stroke_broken_off.connect(self._pad.break_off)
        self.pad.dropped.connect(lambda data: self.files.take(data, "drop"))
        self.pad.opened.picked.connect(self._session.pictures.pick)
        self.pad.opened.cropped.connect(self._session.pictures.crop)
        self.pad.opened.whole_wanted.connect(self._session.pictures.show_whole)
        self._samples.chosen.connect(lambda digit: self._pad.put_image(digit, "sample"))
        self._pen_slider.valueChanged.connect(lambda width: self._pad.choose_pen(float(width)))

    # What the person does.

    def _stroke_moved(self, points: Stroke) -> None:
        self._session.reader.forget()  # a picture that is still being read is not wanted any more
        self._pad.draw(points)

    def _undo(self) -> None:
        if self.pad.is_drawing:
            self.pad.break_off()
        elif not self._session.reader.forget():  # what is still being read is all that is taken back
            self._pad.undo()

    def _redo(self) -> None:
        self.pad.break_off()
        self._pad.redo()

    def _clear(self) -> None:
        self.pad.break_off()
        self._pad.clear()

    def _copy(self) -> None:
        copy_to_clipboard(self._pad.content)
        self._session.message.publish("Copied the pad as a picture.")

    def _label(self, digit: int) -> None:
        self._pad.label(digit)
        self._show_label(self._pad.content.label)  # whatever the click has done to the button

    # What is shown.

    def _show_content(self, content: PadContent) -> None:
        self.pad.show_content(content)
        self._show_label(content.label)
        with QSignalBlocker(self._pen_slider):
            self._pen_slider.setValue(round(content.pen_width))
        self._pen_value.show_text(words.share(content.pen_width / PAD_UNITS))
        for name, step in (("undo", self._pad.history.undo_name), ("redo", self._pad.history.redo_name)):
            action = self.tools[name]
            action.setEnabled(bool(step))
            set_tip(action, _tip(name, f"{action.text()} {step}" if step else ""))
        self.tools["clear"].setEnabled(not content.is_empty)
        for name in ("save", "copy"):
            self.tools[name].setEnabled(content.has_digit)
        self._below_tools.setCurrentIndex(content.view is not None)
        if content.view is not None:
            self._seen.show_text(*hints(content.view))

    def _show_label(self, label: int | None) -> None:
        for digit, button in enumerate(self._labels.buttons):
            button.setChecked(digit == label)

    def _refresh_icons(self) -> None:
        """Draws the icons in the palette's present colours."""
        for name, action in self.tools.items():
            action.setIcon(icon(name))
        for name, button in {"random": self._random_button, **self._turns}.items():
            button.setIcon(icon(name))
            button.setIconSize(QSize(ICON_SIDE, ICON_SIDE))

    # Its size.

    def height_below(self) -> int:
        """The height of all but the pad, with one row of samples, in pixels."""
        return self._least_below() + self._labels.sizeHint().height() + theme.GRID

    def minimumSizeHint(self) -> QSize:
        """Room for the smallest pad and what is below it, but for the samples."""
        return QSize(self._least_width(), _LEAST_PAD + self._least_below())

    def _least_below(self) -> int:
        """The height of all but the pad and the samples."""
        tools = max(self._tool_column.sizeHint().height(), _VIEWS[-1])
        said = self._caption.sizeHint().height() + theme.GRID // 2 + self._labels.sizeHint().height()
        return tools + said + 5 * theme.GRID

    def _least_width(self) -> int:
        """Room for the tools beside the smallest view of the digit image."""
        return max(_LEAST_PAD, self._tool_column.minimumSize().width() + _VIEWS[-1] + theme.GRID) + 2 * theme.GRID

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Makes the best of its size: the pad first, then samples, then a larger view of the digit image."""
        super().resizeEvent(event)
        size = event.size()
        full = max(size.width() - 2 * theme.GRID, _LEAST_PAD)
        left = size.height() - self.height_below()
        self._samples.setVisible(left >= min(full, _LEAST_SAMPLES_PAD))
        spare, beside = left - full, size.width() - self._least_width()
        side = next((side for side in _VIEWS if side - _VIEWS[-1] <= min(spare, beside)), _VIEWS[-1])
        self.view.set_side(side)
        self._samples.set_roomy(spare - (side - _VIEWS[-1]) >= _LARGE_SAMPLES)
        self.pad.setMaximumHeight(full)

    # Qt's other events.

    def showEvent(self, event: QShowEvent) -> None:
        """Loads the samples the first time."""
        super().showEvent(event)
        if not self._samples.buttons:
            self._session.background.do(bundled_samples, self._samples.show_samples, self._session.failed.publish)

    def changeEvent(self, event: QEvent) -> None:
        """Draws the icons again in the new colours."""
        super().changeEvent(event)
        if event.type() is QEvent.Type.PaletteChange:
            self._refresh_icons()


def _tip(name: str, does: str = "") -> str:
    return f"{does or KEYS[name].does} ({KEYS[name].sequences[0]})"


def _tool_button(action: QAction) -> QToolButton:
    button = tool_button("", role="quiet", name=action.text().rstrip("…"))
    button.setDefaultAction(action)
    button.setIconSize(QSize(ICON_SIDE, ICON_SIDE))
    button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonIconOnly)
    return button


def _pen_slider() -> QSlider:
    slider = QSlider(Qt.Orientation.Horizontal)
    slider.setRange(round(MIN_PEN), round(MAX_PEN))
    slider.setPageStep(4)
    slider.setMinimumWidth(48)
    set_tip(slider, "Pen width as a share of the pad; it applies to the whole drawing")
    slider.setAccessibleName("Pen width")
    return slider
