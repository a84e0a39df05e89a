"""Text that a device, a file or a person wrote is shown as it is; by itself Qt would take tags in it for markup."""

import html

from PySide6.QtCore import QPoint
from PySide6.QtCore import Qt as _Qt
from PySide6.QtGui import Qt
from PySide6.QtWidgets import QLabel, QToolTip, QWidget

from mnist_bench.gui.kit import theme


class Label(QLabel):
    """A label whose text is plain, whatever it holds."""

    def __init__(self, text: str = "", *, role: str = "", wrap: bool = False, center: bool = False) -> None:
        super().__init__()
        self.setTextFormat(_Qt.TextFormat.PlainText)
        self.setWordWrap(wrap)
        if center:
            self.setAlignment(_Qt.AlignmentFlag.AlignCenter)
        if role:
            theme.set_role(self, role)
        self.setText(text)


def plain_tip(text: str) -> str:
    """`text` as tool tips want it: one that Qt would take for rich text is escaped, line by line."""
    if not Qt.mightBeRichText(text):
        return text
    return f'<p style="white-space: pre">{html.escape(text)}</p>'


def set_tip(widget: QWidget, text: str) -> None:
    """Gives a widget this tool tip."""
    widget.setToolTip(plain_tip(text))


def show_tip(where: QPoint, text: str, widget: QWidget) -> None:
    """Shows a tool tip now, at a place on the screen; an empty text hides it."""
    QToolTip.showText(where, plain_tip(text), widget)
