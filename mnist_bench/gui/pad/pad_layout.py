"""The left side of the window laid out: the pad, a row of tools, what the network sees beside labels and samples."""

from typing import Final

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSlider, QToolButton, QVBoxLayout, QWidget

from mnist_bench.base import words
from mnist_bench.gui.kit import theme
from mnist_bench.gui.kit.icons import SIZE, icon
from mnist_bench.gui.pad.digit_view import DigitView
from mnist_bench.gui.pad.drawing_pad import DrawingPad
from mnist_bench.gui.pad.label_row import LabelRow
from mnist_bench.gui.pad.pad_actions import PadActions
from mnist_bench.gui.pad.pad_history import MAX_PEN, MIN_PEN, PAD_UNITS, PadContent
from mnist_bench.gui.pad.samples_strip import SamplesStrip

_SMALL_VIEW: Final = 28 * 3 + 2
_LARGE_VIEW: Final = 28 * 4 + 2
_ROOMY_BELOW: Final = 200
"""Pixels of height beyond a square of the panel's width from which there is room for larger thumbnails."""


class PadLayout:
    """Makes the panel's widgets and arranges them."""

    def __init__(self, panel: QWidget, actions: PadActions) -> None:
        self.pad = DrawingPad()
        self.view = DigitView(_SMALL_VIEW)
        self.samples = SamplesStrip()
        self.labels = LabelRow()
        self.random_button = _random_button()
        self.pen_slider = _pen_slider()
        self._pen_value = QLabel()
        self._truth = QLabel("It really is")
        layout = QVBoxLayout(panel)
        layout.setContentsMargins(*4 * (theme.GRID,))
        layout.setSpacing(theme.GRID)
        layout.addWidget(self.pad, 1)
        layout.addLayout(self._tools(actions))
        layout.addLayout(self._below())
        layout.addStretch(0)
        panel.setMinimumWidth(376)

    def show_content(self, content: PadContent) -> None:
        """Show the label and the pen of what is on the pad."""
        self.labels.show_label(content.label)
        self.pen_slider.blockSignals(True)
        self.pen_slider.setValue(round(content.pen_width))
        self.pen_slider.blockSignals(False)
        self._pen_value.setText(words.share(content.pen_width / PAD_UNITS))

    def fit(self, size: QSize) -> None:
        """Make the best of the panel's size: the pad first, then what is below it."""
        roomy = size.height() >= size.width() + _ROOMY_BELOW
        self.view.set_side(_LARGE_VIEW if roomy else _SMALL_VIEW)
        self.samples.set_roomy(roomy)
        self.pad.setMaximumHeight(max(size.width() - 2 * theme.GRID, self.pad.minimumSizeHint().height()))

    def refresh_icons(self) -> None:
        """Draw the icons in the palette's present colours."""
        self.random_button.setIcon(icon("random"))

    def _tools(self, actions: PadActions) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(2)
        for group in ((actions.undo, actions.redo, actions.clear), (actions.open, actions.save)):
            for action in group:
                row.addWidget(_tool_button(action))
            row.addSpacing(theme.GRID)
        row.addStretch(1)
        pen = QLabel("Pen")
        theme.set_role(pen, "caption")
        theme.set_role(self._pen_value, "caption")
        self._pen_value.setMinimumWidth(self._pen_value.fontMetrics().horizontalAdvance("00 %"))
        self._pen_value.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        row.addWidget(pen)
        row.addSpacing(theme.GRID)
        row.addWidget(self.pen_slider, 2)
        row.addWidget(self._pen_value)
        return row

    def _below(self) -> QHBoxLayout:
        seen = QVBoxLayout()
        seen.setSpacing(theme.GRID // 2)
        seen.addWidget(_caption("Network sees"))
        seen.addWidget(self.view)
        seen.addStretch(1)
        said = QVBoxLayout()
        said.setSpacing(theme.GRID // 2)
        said.addWidget(_caption("What it really is: keys 0 to 9"))
        said.addWidget(self.labels)
        said.addStretch(1)
        line = QHBoxLayout()
        line.addWidget(_caption("Samples"))
        line.addStretch(1)
        line.addWidget(self.random_button)
        said.addLayout(line)
        said.addWidget(self.samples)
        below = QHBoxLayout()
        below.setSpacing(2 * theme.GRID)
        below.addLayout(seen)
        below.addLayout(said, 1)
        return below


def _caption(text: str) -> QLabel:
    label = QLabel(text)
    theme.set_role(label, "caption")
    return label


def _tool_button(action: QAction) -> QToolButton:
    button = QToolButton()
    theme.set_role(button, "quiet")
    button.setDefaultAction(action)
    button.setIconSize(QSize(SIZE, SIZE))
    button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonIconOnly)
    button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    button.setAccessibleName(action.text().rstrip("…"))
    return button


def _random_button() -> QToolButton:
    button = QToolButton()
    theme.set_role(button, "chip")
    button.setText("MNIST test image")
    button.setIcon(icon("random"))
    button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
    button.setToolTip("Put a random image of MNIST's test set on the pad; drawing on it starts a new drawing")
    button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    button.setAccessibleName("Random test image")
    return button


def _pen_slider() -> QSlider:
    slider = QSlider(Qt.Orientation.Horizontal)
    slider.setRange(round(MIN_PEN), round(MAX_PEN))
    slider.setPageStep(4)
    slider.setMinimumWidth(64)
    slider.setMaximumWidth(160)
    slider.setToolTip("The pen's width as a share of the pad; it holds for the whole drawing")
    slider.setAccessibleName("Pen width")
    return slider
