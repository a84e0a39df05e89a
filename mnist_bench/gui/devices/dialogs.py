"""Asks for a phone's address: to connect to it, or to pair with it first."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QDialog, QFormLayout, QLineEdit, QWidget

from mnist_bench.base.errors import Cancelled, UsageError
from mnist_bench.devices.phone.wireless import full_address, pairing_address, pairing_code
from mnist_bench.gui.kit import theme
from mnist_bench.gui.kit.buttons import push_button
from mnist_bench.gui.kit.containers import hbox, vbox
from mnist_bench.gui.kit.text import Label
from mnist_bench.session.failure import describe

_MIN_WIDTH: Final = 420


@dataclass(frozen=True, slots=True)
class Purpose:
    """What an address is asked for: the dialog's words, how the address is read, and whether it wants a code."""

    title: str
    explanation: str
    action: str
    waiting: str
    example: str
    read_address: Callable[[str], str]
    wants_code: bool = False


CONNECT: Final = Purpose(
    "Connect a phone by its address",
    "On the phone, open Settings > System > Developer options > Wireless debugging. Its IP address and port are "
    "shown there. The phone and this computer must be on the same network. The first time, pair with it.",
    "Connect",
    "Connecting …",
    "192.168.1.20:37251",
    full_address,
)
PAIR: Final = Purpose(
    "Pair with a phone",
    "On the phone, open Settings > System > Developer options > Wireless debugging > Pair device with pairing code."
    " It shows a code, and an address with its own port. Needs Android 11 or later, and only once.",
    "Pair",
    "Pairing …",
    "192.168.1.20:37099",
    pairing_address,
    wants_code=True,
)


class AddressDialog(QDialog):
    """Asks for HOST:PORT; says what is missing, and stays open until what was asked for has worked.

    Attributes:
        field: where the address is typed, as the phone shows it.
        code: the field of the six digits; not shown where none are wanted.
        ok_button: does it; enabled once the text can be an address.

    Signals:
        submitted: the address, "HOST:PORT", and the code; empty where none is wanted.
        given_up: it was closed while it waited.
    """

    submitted = Signal(str, str)
    given_up = Signal()

    def __init__(self, purpose: Purpose, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.purpose = purpose
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(purpose.title)
        self.setMinimumWidth(_MIN_WIDTH)
        self._is_waiting = False
        self.field, self.code = QLineEdit(), QLineEdit()
        self.field.setPlaceholderText(purpose.example)
        self.code.setPlaceholderText("123456")
        self._fields = {"Address": self.field} | ({"Code": self.code} if purpose.wants_code else {})
        self._words = Label(wrap=True)
        self.ok_button = push_button(purpose.action, self._submit, role="primary")
        self.ok_button.setDefault(True)
        self._lay_out()
        for field in self._fields.values():
            field.textChanged.connect(self._changed)
        self._changed()

    def problem(self) -> str:
        """What is wrong with the text so far; empty if it can be tried."""
        typed = self.field.text().strip()
        if not typed:
            return f"Type the phone's address, such as {self.purpose.example}."
        if typed.endswith(":"):
            return "Type the port that the phone shows after the address."
        try:
            self._typed()
        except UsageError as error:
            return error.message
        return ""

    @Slot(object)
    def show_failure(self, error: Exception) -> None:
        """It did not work; it can be tried again."""
        if not isinstance(error, Cancelled):
            failure = describe(error)
            self._wait(False)
            self._say(f"{failure.sentence} {failure.advice}".strip(), "bad")

    @Slot()
    def finish(self) -> None:
        """It has worked."""
        self._wait(False)
        self.accept()

    def words(self) -> str:
        """What it says below the fields."""
        return self._words.text()

    def done(self, result: int) -> None:
        """Closing it while it waits gives up."""
        if self._is_waiting and result == QDialog.DialogCode.Rejected.value:
            self.given_up.emit()
        super().done(result)

    def _lay_out(self) -> None:
        form = QFormLayout()
        for name, field in self._fields.items():
            form.addRow(f"&{name}", field)
            field.setAccessibleName(name)
        cancel = push_button("Cancel", self.reject)
        cancel.setAutoDefault(False)
        self._words.setMinimumHeight(3 * self.fontMetrics().lineSpacing())
        self._words.setAlignment(Qt.AlignmentFlag.AlignTop)
        explanation = Label(self.purpose.explanation, role="muted", wrap=True)
        buttons = hbox(1, self.ok_button, cancel)
        self.setLayout(vbox(explanation, form, self._words, buttons, margins=2 * theme.GRID))

    @Slot()
    def _changed(self) -> None:
        problem = self.problem()
        self.ok_button.setEnabled(not problem)
        self._say(problem, "muted")

    @Slot()
    def _submit(self) -> None:
        self._wait(True)
        self._say(self.purpose.waiting, "muted")
        self.submitted.emit(*self._typed())

    def _typed(self) -> tuple[str, str]:
        """HOST:PORT and the code; UsageError where they are not typed yet."""
        address = self.purpose.read_address(self.field.text())
        return address, pairing_code(self.code.text()) if self.purpose.wants_code else ""

    def _wait(self, waits: bool) -> None:
        self._is_waiting = waits
        for field in self._fields.values():
            field.setEnabled(not waits)
        self.ok_button.setEnabled(not waits)
        if not waits:
            self.field.setFocus()

    def _say(self, words: str, role: str) -> None:
        self._words.setText(words)
        self._words.setAccessibleName(words)
        theme.set_role(self._words, role)
