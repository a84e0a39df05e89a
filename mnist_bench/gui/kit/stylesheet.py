"""The style sheet: one template over a palette. Roles are set with `theme.set_role`.

Frames: `card` (surface, hairline, 8 px radius), `picked` (a card with an accent edge), `alarm` (a card with an edge
that warns), `well` (a sunken field), `line` (a hairline). Labels: `title`, `heading`, `caption` (small, muted),
`muted`, `good`, `warning`, `bad`, `empty` (says what to do). Buttons: `primary`, `quiet` (no edge until hovered),
`chip` (small), `menu` (without an arrow), `digit` (0 to 9).
"""

from dataclasses import asdict
from string import Template
from typing import Final

from mnist_bench.base.locations import resources_dir
from mnist_bench.gui.kit.palette import Palette, mixed

_TEMPLATE: Final = Template("""
QToolTip { background: $surface; color: $text; border: 1px solid $outline; padding: 4px 8px; }

QFrame[role="card"], QFrame[role="picked"], QFrame[role="alarm"] {
    background: $surface; border: 1px solid $border; border-radius: 8px;
}
QFrame[role="picked"] { border-color: $accent; }
QFrame[role="alarm"] { border: 2px solid $bad; }
QFrame[role="line"] { border: none; background: $border; max-height: 1px; }
QFrame[role="well"] { background: $raised; border: none; border-radius: 4px; }

QLabel { background: transparent; }
QLabel[role="title"] { font-size: ${title}pt; font-weight: 600; }
QLabel[role="heading"] { font-weight: 600; }
QLabel[role="caption"] { font-size: ${small}pt; color: $muted; }
QLabel[role="muted"], QLabel[role="empty"] { color: $muted; }
QLabel[role="good"] { color: $good; }
QLabel[role="warning"] { color: $warning; }
QLabel[role="bad"] { color: $bad; }

QPushButton, QToolButton {
    background: $raised; color: $text; border: 1px solid $border; border-radius: 4px;
    padding: 3px 8px; min-height: 20px;
}
QToolButton { padding: 3px; }
QPushButton:hover, QToolButton:hover { background: $hover; border-color: $outline; }
QPushButton:pressed, QToolButton:pressed { background: $pressed; }
QPushButton:focus, QToolButton:focus { border-color: $accent; }
QPushButton:disabled, QToolButton:disabled { color: $disabled; background: transparent; }
QPushButton:checked, QToolButton:checked { background: $tint; border-color: $accent; color: $text; }
QPushButton[role="primary"] { background: $accent; color: $on_accent; border-color: $accent; font-weight: 600; }
QPushButton[role="primary"]:hover { background: $accent_hover; }
QPushButton[role="primary"]:focus { border: 2px solid $text; padding: 2px 7px; }
QPushButton[role="primary"]:disabled { background: $raised; color: $disabled; border-color: $border; }
QPushButton[role="quiet"], QToolButton[role="quiet"] { background: transparent; border-color: transparent; }
QPushButton[role="quiet"]:hover, QToolButton[role="quiet"]:hover { background: $hover; }
QPushButton[role="quiet"]:focus, QToolButton[role="quiet"]:focus { border-color: $accent; }
QPushButton[role="quiet"]:checked, QToolButton[role="quiet"]:checked { background: $tint; border-color: $accent; }
QPushButton[role="chip"], QToolButton[role="chip"] { font-size: ${small}pt; padding: 0px 6px; min-height: 18px; }
QToolButton[role="digit"] { padding: 0px; min-width: 14px; min-height: 22px; }
QToolButton[role="digit"]:checked { background: $accent; color: $on_accent; font-weight: 600; }
QToolButton[role="thumbnail"] {
    padding: 0px; min-width: 14px; min-height: 24px; background: transparent; border-color: transparent;
}
QToolButton[role="thumbnail"]:hover { border-color: $outline; }
QToolButton[role="thumbnail"]:focus { border-color: $accent; }
QToolButton::menu-indicator {
    image: url("$icons/down-$scheme.svg"); width: 14px; height: 14px;
    subcontrol-origin: padding; subcontrol-position: center right; right: 4px;
}
QToolButton[popupMode="2"] { padding-right: 20px; padding-left: 8px; }
QToolButton[role="menu"] { padding: 3px 10px; }
QToolButton[role="menu"]::menu-indicator { image: none; width: 0px; }
QToolButton[popupMode="1"] { padding-right: 24px; padding-left: 8px; }
QToolButton::menu-button { border: none; width: 20px; }

QLineEdit, QPlainTextEdit, QTextEdit, QComboBox, QAbstractSpinBox {
    background: $surface; color: $text; border: 1px solid $outline; border-radius: 4px; padding: 3px 8px;
    selection-background-color: $accent; selection-color: $on_accent;
}
QInputDialog QLineEdit { min-width: 320px; }
QLineEdit:focus, QPlainTextEdit:focus, QTextEdit:focus { border-color: $accent; }
QComboBox:focus, QAbstractSpinBox:focus { border-color: $accent; }
QAbstractSpinBox QLineEdit { border: none; padding: 0px 6px; }
QLineEdit:disabled, QComboBox:disabled, QAbstractSpinBox:disabled { color: $disabled; border-color: $border; }
QComboBox { background: $raised; border-color: $border; min-height: 20px; padding-right: 20px; }
QComboBox:hover { background: $hover; border-color: $outline; }
QComboBox::drop-down { border: none; width: 20px; }
QComboBox::down-arrow { image: url("$icons/down-$scheme.svg"); width: 14px; height: 14px; }
QAbstractSpinBox { min-height: 20px; padding-right: 20px; }
QAbstractSpinBox::up-button, QAbstractSpinBox::down-button { border: none; background: transparent; width: 20px; }
QAbstractSpinBox::up-arrow { image: url("$icons/up-$scheme.svg"); width: 12px; height: 12px; }
QAbstractSpinBox::down-arrow { image: url("$icons/down-$scheme.svg"); width: 12px; height: 12px; }

QCheckBox, QRadioButton { spacing: 8px; background: transparent; }
QCheckBox::indicator, QRadioButton::indicator, QMenu::indicator:non-exclusive, QListView::indicator {
    width: 14px; height: 14px; border: 1px solid $outline; border-radius: 3px; background: $surface;
}
QRadioButton::indicator { border-radius: 8px; }
QMenu::indicator { left: 8px; }
QCheckBox::indicator:checked, QMenu::indicator:non-exclusive:checked, QListView::indicator:checked {
    background: $accent; border-color: $accent; image: url("$icons/tick-$scheme.svg");
}
QRadioButton::indicator:checked { background: $surface; border: 5px solid $accent; width: 6px; height: 6px; }
QCheckBox::indicator:focus, QRadioButton::indicator:focus { border-color: $accent; }
QCheckBox:focus, QRadioButton:focus { color: $accent; }

QListView, QTableView, QTreeView {
    background: $surface; color: $text; border: 1px solid $border; border-radius: 8px;
    outline: none; gridline-color: $border;
    selection-background-color: $tint; selection-color: $text;
}
QListView:focus, QTableView:focus, QTreeView:focus { border-color: $accent; }
QListView::item { border: 1px solid transparent; border-radius: 4px; padding: 2px; }
QListView::item:hover { background: $raised; }
QListView::item:selected { background: $tint; border-color: $accent; }
QHeaderView { background: transparent; }
QHeaderView::section {
    background: $surface; color: $muted; border: none; border-bottom: 1px solid $border;
    padding: 4px 3px; font-weight: 600;
}

QTabWidget::pane { border: none; border-top: 1px solid $border; }
QTabWidget::tab-bar { left: 8px; }
QTabBar { background: transparent; }
QTabBar::tab {
    background: transparent; color: $muted; border: none; border-bottom: 2px solid transparent;
    padding: 6px 12px 4px 12px;
}
QTabBar::tab:hover { color: $text; }
QTabBar::tab:selected { color: $text; border-bottom-color: $accent; font-weight: 600; }
QTabBar::tab:focus { color: $accent; }

QToolBar { background: $window; border: none; border-bottom: 1px solid $border; padding: 4px 8px; spacing: 8px; }
QToolBar::separator { background: $border; width: 1px; margin: 4px; }
QStatusBar { background: $window; color: $muted; border-top: 1px solid $border; }
QStatusBar::item { border: none; }
QSplitter::handle:horizontal { width: 7px; background: qlineargradient(x1: 0, y1: 0, x2: 1, y2: 0, $hairline); }
QSplitter::handle:vertical { height: 7px; background: qlineargradient(x1: 0, y1: 0, x2: 0, y2: 1, $hairline); }
QSplitter::handle:hover { background: $accent; }

QMenu { background: $surface; color: $text; border: 1px solid $border; padding: 4px; }
QMenu::item { padding: 5px 24px 5px 12px; border-radius: 4px; background: transparent; }
QMenu::item:selected { background: $tint; }
QMenu::item:disabled { color: $disabled; }
QMenu::separator { height: 1px; background: $border; margin: 4px 8px; }
QMenu::icon { padding-left: 8px; }

QDialogButtonBox { dialogbuttonbox-buttons-have-icons: 0; }
QProgressBar {
    background: $raised; border: none; border-radius: 4px; max-height: 8px; min-height: 8px; text-align: center;
}
QProgressBar::chunk { background: $accent; border-radius: 4px; }

QSlider { min-height: 24px; }
QSlider::groove:horizontal { background: $border; height: 4px; border-radius: 2px; }
QSlider::sub-page:horizontal { background: $accent; height: 4px; border-radius: 2px; }
QSlider::handle:horizontal {
    background: $surface; border: 2px solid $accent; width: 12px; height: 12px; margin: -6px 0px; border-radius: 8px;
}
QSlider::handle:horizontal:hover, QSlider::handle:horizontal:focus { background: $accent; }

QScrollArea { background: transparent; border: none; }
QScrollBar { background: transparent; border: none; margin: 0px; }
QScrollBar:vertical { width: 10px; }
QScrollBar:horizontal { height: 10px; }
QScrollBar::handle { background: $scroll; border-radius: 3px; margin: 2px; min-width: 24px; min-height: 24px; }
QScrollBar::handle:hover { background: $outline; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0px; height: 0px; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }
""")

_HAIRLINE: Final = Template(
    "stop: 0 transparent, stop: 0.42 transparent, stop: 0.43 $border, stop: 0.57 $border, stop: 0.58 transparent"
)
"""In the middle of a divider, which is wider: so it can be seen and still be grabbed."""


def style_sheet(colors: Palette, point_size: float) -> str:
    """The application's style sheet in these colours; `point_size` is that of its font, which other sizes follow."""
    return _TEMPLATE.substitute(
        asdict(colors),
        icons=(resources_dir() / "icons").as_posix(),
        hover=mixed(colors.text, colors.raised, 0.06),
        pressed=mixed(colors.text, colors.raised, 0.14),
        tint=mixed(colors.accent, colors.surface, 0.16),
        accent_hover=mixed(colors.text, colors.accent, 0.16),
        disabled=mixed(colors.muted, colors.window, 0.6),
        scroll=mixed(colors.outline, colors.surface, 0.5),
        hairline=_HAIRLINE.substitute(border=colors.border),
        title=f"{point_size * 1.2:.1f}",
        small=f"{point_size * 0.9:.1f}",
    )
