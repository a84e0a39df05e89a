"""The left side of the window: everything about what goes in."""

from PySide6.QtCore import QEvent, QMimeData, QSize
from PySide6.QtGui import QAction, QGuiApplication, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QWidget

from mnist_bench.digits.drawing import Stroke
from mnist_bench.digits.pictures import DigitImage
from mnist_bench.digits.samples import bundled_samples
from mnist_bench.gui.kit.keys import KEYS
from mnist_bench.gui.pad.pad_actions import PadActions, describe_step
from mnist_bench.gui.pad.pad_files import PadFiles, copy_to_clipboard
from mnist_bench.gui.pad.pad_layout import PadLayout
from mnist_bench.session.pad import PadDigit
from mnist_bench.session.pad_history import PadContent
from mnist_bench.session.session import Session


class PadPanel(QWidget):
    """Shows the session's pad with its tools, what the network sees of it, samples, and its label.

    Attributes:
        undo_action, redo_action, clear_action, open_action, save_action, copy_action, paste_action: with their keys,
            which hold wherever the focus is in the window.
    """

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._pad = session.pad
        self._files = PadFiles(session, self)
        self._actions = PadActions(self)
        self.undo_action, self.redo_action = self._actions.undo, self._actions.redo
        self.clear_action = self._actions.clear
        self.open_action, self.save_action = self._actions.open, self._actions.save
        self.copy_action, self.paste_action = self._actions.copy, self._actions.paste
        self._ui = PadLayout(self, self._actions)
        self.pad, self.view = self._ui.pad, self._ui.view
        self._connect()
        self._show_content(self._pad.content)

    def _connect(self) -> None:
        self._pad.put.subscribe(self._show_content)
        self._pad.changed.subscribe(self._show_digit)
        self._pad.labelled.subscribe(self._ui.labels.show_label)
        self._pad.broken_off.subscribe(lambda _: self.pad.break_off())
        self.pad.stroke_moved.connect(self._stroke_moved)
        self.pad.stroke_ended.connect(self._pad.end_stroke)
        self.pad.stroke_broken_off.connect(self._pad.break_off)
        self.pad.dropped.connect(self._drop)
        self._ui.samples.chosen.connect(lambda digit: self._pad.put_image(digit, "sample"))
        self._ui.random_button.clicked.connect(self._session.data.put_random_image)
        self._ui.labels.chosen.connect(self._pad.label)
        self._ui.pen_slider.valueChanged.connect(lambda width: self._pad.choose_pen(float(width)))
        self.undo_action.triggered.connect(self._undo)
        self.redo_action.triggered.connect(self._redo)
        self.clear_action.triggered.connect(self._clear)
        self.open_action.triggered.connect(self._files.ask_what_to_open)
        self.save_action.triggered.connect(lambda: self._files.ask_where_to_save(self._pad.content))
        self.copy_action.triggered.connect(self._copy)
        self.paste_action.triggered.connect(self._paste)
        for action in self._actions:
            self.addAction(action)
            self.pad.addAction(action)
        for digit, key in enumerate(KEYS["label"].sequences):
            action = QAction(f"Label it {digit}", self)
            action.setShortcut(key)
            action.triggered.connect(lambda _=False, digit=digit: self._pad.label(digit))
            self.addAction(action)

    # What the person does.

    def _stroke_moved(self, points: Stroke) -> None:
        self._session.reader.forget()  # a picture that is still being read is not wanted any more
        self._pad.draw(points)

    def _undo(self) -> None:
        if self.pad.is_drawing:
            self.pad.break_off()
        else:
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

    def _paste(self) -> None:
        self._files.take(QGuiApplication.clipboard().mimeData(), "paste")

    def _drop(self, data: QMimeData) -> None:
        self._files.take(data, "drop")

    # What is shown.

    def _show_content(self, content: PadContent) -> None:
        self._session.reader.forget()
        self.pad.show_content(content)
        self._ui.show_content(content)
        describe_step(self.undo_action, self._pad.undo_name)
        describe_step(self.redo_action, self._pad.redo_name)
        for action in (self.clear_action, self.save_action, self.copy_action):
            action.setEnabled(not content.is_empty)

    def _show_digit(self, digit: PadDigit) -> None:
        self.view.show_pixels(digit.pixels)

    def _show_samples(self, samples: tuple[DigitImage, ...]) -> None:
        self._ui.samples.show_samples(samples)

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
        if not self._ui.samples.buttons:
            self._session.background.do(bundled_samples, self._show_samples, self._session.failed.publish)

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
