"""The layout of the pad's panel: the pad, its tools beside what the network sees, labels and samples."""

from typing import Final

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QSlider, QToolButton, QWidget

from mnist_bench.base import words
from mnist_bench.gui.kit import theme
from mnist_bench.gui.kit.buttons import tool_button
from mnist_bench.gui.kit.containers import hbox, vbox
from mnist_bench.gui.kit.icons import SIZE, icon
from mnist_bench.gui.kit.text import Label, set_tip
from mnist_bench.gui.kit.text_line import TextLine
from mnist_bench.gui.pad.digit_view import DigitView
from mnist_bench.gui.pad.drawing_pad import DrawingPad
from mnist_bench.gui.pad.label_row import LabelRow
from mnist_bench.gui.pad.pad_actions import PadActions
from mnist_bench.gui.pad.samples_strip import SamplesStrip
from mnist_bench.session.pad_history import MAX_PEN, MIN_PEN, PAD_UNITS, PadContent

_VIEWS: Final = (28 * 4 + 2, 28 * 3 + 2, 28 * 2 + 2)
_LEAST_PAD: Final = 200
_LEAST_SAMPLES_PAD: Final = 220
"""Below these many pixels the pad does not shrink, and samples give way to it."""
_LARGE_SAMPLES: Final = 72
"""Pixels of height that two rows of large thumbnails need beyond one of small ones."""


class PadLayout:
    """Makes the panel's widgets and arranges them."""

    def __init__(self, panel: QWidget, actions: PadActions) -> None:
        self.pad = DrawingPad()
        self.view = DigitView(_VIEWS[-1])
        self.samples = SamplesStrip()
        self.samples.setObjectName("samples")
        self.labels = LabelRow()
        self.random_button = _random_button()
        self.pen_slider = _pen_slider()
        self._pen_value = TextLine(role="caption", widest="00 %")
        self._caption = Label("Label (keys 0–9)", role="caption")
        self._tools = self._make_tools(actions)
        said = vbox(self._caption, self.labels, self.samples, spacing=theme.GRID // 2)
        panel.setLayout(vbox((self.pad, 1), self._tools, said, 0, margins=theme.GRID))

    def show_content(self, content: PadContent) -> None:
        """Show the label and the pen of what is on the pad."""
        self.labels.show_label(content.label)
        self.pen_slider.blockSignals(True)
        self.pen_slider.setValue(round(content.pen_width))
        self.pen_slider.blockSignals(False)
        self._pen_value.show_text(words.share(content.pen_width / PAD_UNITS))

    def fit(self, size: QSize) -> None:
        """Make the best of the panel's size: the pad first, then samples, then a larger view of the digit image."""
        full = max(size.width() - 2 * theme.GRID, _LEAST_PAD)
        left = size.height() - self.height_below()
        self.samples.setVisible(left >= min(full, _LEAST_SAMPLES_PAD))
        spare = left - full
        beside = size.width() - self._least_width()
        side = next((side for side in _VIEWS if side - _VIEWS[-1] <= min(spare, beside)), _VIEWS[-1])
        self.view.set_side(side)
        self.samples.set_roomy(spare - (side - _VIEWS[-1]) >= _LARGE_SAMPLES)
        self.pad.setMaximumHeight(full)

    def height_below(self) -> int:
        """The height of all but the pad, with one row of samples."""
        return self._least_below() + self.labels.sizeHint().height() + theme.GRID

    def least_size(self) -> QSize:
        """With the smallest pad, and without samples."""
        return QSize(self._least_width(), _LEAST_PAD + self._least_below())

    def refresh_icons(self) -> None:
        """Draw the icons in the palette's present colours."""
        self.random_button.setIcon(icon("random"))

    def _least_below(self) -> int:
        """The height of all but the pad and the samples."""
        tools = max(self._tool_column.sizeHint().height(), _VIEWS[-1])
        said = self._caption.sizeHint().height() + theme.GRID // 2 + self.labels.sizeHint().height()
        return tools + said + 5 * theme.GRID

    def _least_width(self) -> int:
        """Room for the tools beside the smallest view of the digit image."""
        return max(_LEAST_PAD, self._tool_column.minimumSize().width() + _VIEWS[-1] + theme.GRID) + 2 * theme.GRID

    def _make_tools(self, actions: PadActions) -> QHBoxLayout:
        tools = hbox(spacing=0)
        for group in ((actions.undo, actions.redo, actions.clear), (actions.open, actions.save)):
            for action in group:
                tools.addWidget(_tool_button(action))
            tools.addSpacing(theme.GRID)
        tools.addWidget(self.random_button)
        tools.addStretch(1)
        self._pen_value.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        parts = (Label("Pen", role="caption"), (self.pen_slider, 1), self._pen_value)
        self._tool_column = vbox(tools, hbox(*parts, spacing=theme.GRID // 2), spacing=2)
        return hbox((self._tool_column, 1), self.view)


def _tool_button(action: QAction) -> QToolButton:
    button = tool_button("", role="quiet", name=action.text().rstrip("…"))
    button.setDefaultAction(action)
    button.setIconSize(QSize(SIZE, SIZE))
    button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonIconOnly)
    return button


def _random_button() -> QToolButton:
    tip = "Put a random MNIST test image on the pad; drawing on it starts a new drawing"
    button = tool_button("", tip=tip, role="quiet", name="MNIST test image")
    button.setIcon(icon("random"))
    button.setIconSize(QSize(SIZE, SIZE))
    return button


def _pen_slider() -> QSlider:
    slider = QSlider(Qt.Orientation.Horizontal)
    slider.setRange(round(MIN_PEN), round(MAX_PEN))
    slider.setPageStep(4)
    slider.setMinimumWidth(48)
    set_tip(slider, "Pen width as a share of the pad; it applies to the whole drawing")
    slider.setAccessibleName("Pen width")
    return slider
