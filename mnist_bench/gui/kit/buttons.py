"""Makes buttons, their menus and combo boxes with their words, tip and role in one go."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from PySide6.QtCore import QEvent, Qt, QTimer, SignalInstance
from PySide6.QtGui import QAction, QCursor, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QMenu,
    QPushButton,
    QToolButton,
)

from mnist_bench.gui.kit import theme
from mnist_bench.gui.kit.text import set_tip

Do = Callable[[], object] | SignalInstance | None
ButtonT = TypeVar("ButtonT", bound=QAbstractButton)
SpinBoxT = TypeVar("SpinBoxT", bound=QAbstractSpinBox)


if TYPE_CHECKING:
    _Button = QAbstractButton
else:
    _Button = object  # a class of Qt's cannot be mixed into another one


class _ForKeys(_Button):
    """A button that Return presses as Space does, and that has the focus again once it is enabled again.

    Qt presses only a dialog's buttons by Return. It gives the focus of one that is disabled to the next button: Space,
    pressed once more behind "Remove", would press "Disconnect". Where the person went meanwhile, the focus stays.
    """

    _lost_focus = False

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Presses it by Return or Enter."""
        if event.key() not in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            super().keyPressEvent(event)
        elif not event.isAutoRepeat():
            self.click()

    def focusNextPrevChild(self, forward: bool) -> bool:
        """Moves the focus; called too as the button is disabled, when it goes to no other button."""
        parent = self.parentWidget()
        if self.isEnabled() or parent is None:
            return super().focusNextPrevChild(forward)
        self._lost_focus = True
        parent.setFocus()
        return True

    def changeEvent(self, event: QEvent) -> None:
        """Takes the focus back."""
        super().changeEvent(event)
        if event.type() is QEvent.Type.EnabledChange and self.isEnabled() and self._lost_focus:
            self._lost_focus = False
            if self.window().focusWidget() is self.parentWidget():
                self.setFocus()


class _PushButton(_ForKeys, QPushButton):
    pass


class _ToolButton(_ForKeys, QToolButton):
    pass


def push_button(words: str, do: Do = None, *, tip: str = "", role: str = "") -> QPushButton:
    """A button with words on it; `do` is called, or emitted, when it is pressed."""
    return _dressed(_PushButton(words), do, tip, role)


def tool_button(words: str, do: Do = None, *, tip: str = "", role: str = "", name: str = "") -> QToolButton:
    """The same for tool bars and tight places; the Tab key reaches it. `name` is for where its words are a sign."""
    button = _ToolButton()
    button.setText(words)
    button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    if name:
        button.setAccessibleName(name)
    return _dressed(button, do, tip, role)


def _dressed(button: ButtonT, do: Do, tip: str, role: str) -> ButtonT:
    set_tip(button, tip)
    if role:
        theme.set_role(button, role)
    if do is not None:
        button.clicked.connect(do)
    return button


def give_menu(button: QToolButton, menu: QMenu) -> None:
    """Lets a press on the button open the menu, and the button lose its hover look with it.

    A menu takes the mouse: a button whose menu closes while the pointer is elsewhere is not told that it has left.
    """
    menu.setParent(button, menu.windowFlags())
    button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
    button.setMenu(menu)
    menu.aboutToHide.connect(lambda: QTimer.singleShot(0, button, lambda: _leave(button)))


def _leave(button: QToolButton) -> None:
    if button.underMouse() and not button.rect().contains(button.mapFromGlobal(QCursor.pos())):
        QApplication.sendEvent(button, QEvent(QEvent.Type.Leave))
        button.update()


def add_check(menu: QMenu, words: str, do: Callable[..., object]) -> QAction:
    """Adds an entry that can be checked; `do` is called with whether it is when it is triggered."""
    action = menu.addAction(words)
    action.setCheckable(True)
    action.triggered.connect(do)
    return action


class StayingMenu(QMenu):
    """A menu that stays open while things in it are checked and unchecked."""

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Checks without closing."""
        where = event.position().toPoint()
        hit = [action for action in self.actions() if self.actionGeometry(action).contains(where)]
        checked = [action for action in hit if action.isCheckable() and action.isEnabled()]
        for action in checked:
            action.setEnabled(False)  # Qt takes the release as one on a disabled entry, and stays open
        super().mouseReleaseEvent(event)
        for action in checked:
            action.setEnabled(True)
            action.trigger()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Space checks without closing."""
        checkable = [action for action in self.actions() if action == self.activeAction() and action.isCheckable()]
        if event.key() != Qt.Key.Key_Space or not checkable:
            super().keyPressEvent(event)
            return
        checkable[0].trigger()


def spaced(box: SpinBoxT) -> SpinBoxT:
    """The box with room before its text, which a style sheet cannot give it."""
    box.lineEdit().setTextMargins(theme.GRID, 0, 0, 0)
    return box


def named_combo(name: str, items: Mapping[Any, str] | None = None) -> QComboBox:
    """A combo box that is known by this name, with texts by the values that they stand for."""
    combo = QComboBox()
    combo.setAccessibleName(name)
    set_tip(combo, name)
    for value, words in (items or {}).items():
        combo.addItem(words, value)
    return combo
