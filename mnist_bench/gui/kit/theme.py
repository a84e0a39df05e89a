"""The look: Qt's Fusion style under one palette and one style sheet, on an 8 px grid.

A widget gets its part of the look by a role (`set_role(label, "muted")`), never by a style sheet of its own. What
paints itself asks `current()` in its `paintEvent`; when the scheme changes, Qt sends it a PaletteChange event and
repaints it.
"""

from enum import StrEnum
from typing import Final

from PySide6.QtCore import QObject, Qt, Slot
from PySide6.QtGui import QColor, QFont, QPalette
from PySide6.QtWidgets import QApplication, QWidget

from mnist_bench.gui.kit.palette import DARK, LIGHT, Palette
from mnist_bench.gui.kit.stylesheet import style_sheet

GRID: Final = 8
"""Pixels: margins and gaps are this, half of it, or a multiple of it."""


class SchemeChoice(StrEnum):
    """What the person chose: the system's scheme, or one of their own."""

    SYSTEM = "system"
    LIGHT = "light"
    DARK = "dark"


TEXT_SIZES: Final = (100, 125, 150)
"""Per cent of the system's own size of text."""


class _Follower(QObject):
    """Keeps the look in step with the system while the person chose the system's scheme."""

    def __init__(self, app: QApplication) -> None:
        super().__init__(app)
        app.setStyle("Fusion")
        self._app = app
        self._font = tabular(app.font())
        self._choice, self.palette = SchemeChoice.SYSTEM, LIGHT
        app.styleHints().colorSchemeChanged.connect(self._system_changed)

    @Slot()
    def _system_changed(self) -> None:
        if self._choice is SchemeChoice.SYSTEM:
            self.choose(self._choice)
            self.dress()

    def choose(self, choice: SchemeChoice) -> None:
        self._choice = choice
        # Window frames and native dialogs follow this where the platform can; the palette does not depend on it.
        self._app.styleHints().setColorScheme(_QT_SCHEMES[choice])
        is_dark = self._app.styleHints().colorScheme() is Qt.ColorScheme.Dark
        self.palette = DARK if choice is SchemeChoice.DARK or (choice is SchemeChoice.SYSTEM and is_dark) else LIGHT
        self._app.setPalette(_qt_palette(self.palette))

    def size_text(self, percent: int) -> None:
        font = scaled(self._font, percent / 100)
        if font != self._app.font():
            self._app.setFont(font)

    def dress(self) -> None:
        self._app.setStyleSheet(style_sheet(self.palette, self._app.font().pointSizeF()))


_follower: _Follower | None = None


def apply(app: QApplication, choice: SchemeChoice = SchemeChoice.SYSTEM, text_percent: int = 100) -> None:
    """Dress the whole application; call it again to change the scheme or the size of its text while it runs."""
    prepare(app, choice, text_percent).dress()


def prepare(app: QApplication, choice: SchemeChoice, text_percent: int = 100) -> _Follower:
    """Set what widgets look at while they are made: style, font, colours. `apply` follows once all are there.

    With a style sheet every widget is dressed anew, and all that is in it, each time it is put into another.
    """
    global _follower
    if _follower is None or _follower.parent() is not app:
        _follower = _Follower(app)
    _follower.size_text(text_percent)
    _follower.choose(choice)
    return _follower


def current() -> Palette:
    """The palette that is shown now."""
    return _follower.palette if _follower is not None else LIGHT


def tabular(font: QFont) -> QFont:
    """A copy of this font whose digits are all equally wide, so that changing numbers do not dance."""
    copy = QFont(font)
    copy.setFeature(QFont.Tag("tnum"), 1)
    return copy


def scaled(font: QFont, factor: float, *, bold: bool = False) -> QFont:
    """A tabular copy of this font, `factor` times its size."""
    copy = tabular(font)
    copy.setPointSizeF(max(1.0, font.pointSizeF() * factor))
    copy.setBold(bold)
    return copy


def set_role(widget: QWidget, role: str) -> None:
    """Give a widget its part of the style sheet; the roles are listed in `stylesheet.py`."""
    if widget.property("role") == role:
        return
    widget.setProperty("role", role)
    widget.style().unpolish(widget)
    widget.style().polish(widget)


_QT_SCHEMES: Final = {
    SchemeChoice.SYSTEM: Qt.ColorScheme.Unknown,
    SchemeChoice.LIGHT: Qt.ColorScheme.Light,
    SchemeChoice.DARK: Qt.ColorScheme.Dark,
}


def _qt_palette(colors: Palette) -> QPalette:
    """The same colours for what Fusion paints by itself."""
    role = QPalette.ColorRole
    table = {
        role.Window: colors.window,
        role.WindowText: colors.text,
        role.Base: colors.surface,
        role.AlternateBase: colors.window,
        role.ToolTipBase: colors.surface,
        role.ToolTipText: colors.text,
        role.PlaceholderText: colors.muted,
        role.Text: colors.text,
        role.Button: colors.raised,
        role.ButtonText: colors.text,
        role.BrightText: colors.bad,
        role.Link: colors.accent,
        role.LinkVisited: colors.accent,
        role.Highlight: colors.accent,
        role.HighlightedText: colors.on_accent,
        role.Accent: colors.accent,
        role.Light: colors.surface,
        role.Midlight: colors.raised,
        role.Mid: colors.border,
        role.Dark: colors.outline,
        role.Shadow: colors.border,
    }
    palette = QPalette()
    for which, color in table.items():
        palette.setColor(which, QColor(color))
    for which in (role.WindowText, role.Text, role.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, which, QColor(colors.muted))
    return palette
