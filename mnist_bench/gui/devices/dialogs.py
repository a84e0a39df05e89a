"""The two dialogs for a phone's address: to connect to it, and to pair with it first."""

from collections.abc import Callable
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


class AddressDialog(QDialog):
    """Asks for HOST:PORT; says what is missing, and stays open until what was asked for has worked.

    Attributes:
        field: where the address is typed, as the phone shows it.
        ok_button: does it; enabled once the text can be an address.

    Signals:
        submitted: the address, "HOST:PORT".
        given_up: it was closed while it waited.
    """

    submitted = Signal(str)
    given_up = Signal()

    title = "Connect a phone by its address"
    explanation = (
        "On the phone, open Settings > System > Developer options > Wireless debugging. Its IP address and port are "
        "shown there. The phone and this computer must be on the same network. The first time, pair with it."
    )
    action = "Connect"
    waiting = "Connecting …"
    example = "192.168.1.20:37251"
    read_address: Callable[[str], str] = staticmethod(full_address)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.title)
        self.setMinimumWidth(_MIN_WIDTH)
        self._is_waiting = False
        self.field = QLineEdit()
        self.field.setPlaceholderText(self.example)
        self._words = Label(wrap=True)
        self.ok_button = push_button(self.action, self._submit, role="primary")
        self.ok_button.setDefault(True)
        self._lay_out()
        for field in self.fields().values():
            field.textChanged.connect(self._changed)
        self._changed()

    def fields(self) -> dict[str, QLineEdit]:
        """What is to be filled in, by name, in the order in which one reads."""
        return {"Address": self.field}

    def address(self) -> str:
        """HOST:PORT; UsageError where it is not typed yet."""
        return self.read_address(self.field.text())

    def problem(self) -> str:
        """What is wrong with the text so far; empty if it can be tried."""
        typed = self.field.text().strip()
        if not typed:
            return f"Type the phone's address, such as {self.example}."
        if typed.endswith(":"):
            return "Type the port that the phone shows after the address."
        try:
            self.address()
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
        for name, field in self.fields().items():
            form.addRow(f"&{name}", field)
            field.setAccessibleName(name)
        cancel = push_button("Cancel", self.reject)
        cancel.setAutoDefault(False)
        self._words.setMinimumHeight(3 * self.fontMetrics().lineSpacing())
        self._words.setAlignment(Qt.AlignmentFlag.AlignTop)
        explanation = Label(self.explanation, role="muted", wrap=True)
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
        self._say(self.waiting, "muted")
        self._tell()

    def _tell(self) -> None:
        self.submitted.emit(self.address())

    def _wait(self, waits: bool) -> None:
        self._is_waiting = waits
        for field in self.fields().values():
            field.setEnabled(not waits)
        self.ok_button.setEnabled(not waits)
        if not waits:
            self.field.setFocus()

    def _say(self, words: str, role: str) -> None:
        self._words.setText(words)
        self._words.setAccessibleName(words)
        theme.set_role(self._words, role)


class PairDialog(AddressDialog):
    """Asks for the address and the code that a phone shows to be paired with.

    Attributes:
        code: the field of the six digits.

    Signals:
        code_submitted: the address, and the code.
    """

    code_submitted = Signal(str, str)

    title = "Pair with a phone"
    explanation = (
        "On the phone, open Settings > System > Developer options > Wireless debugging > Pair device with pairing code."
        " It shows a code, and an address with its own port. Needs Android 11 or later, and only once."
    )
    action = "Pair"
    waiting = "Pairing …"
    example = "192.168.1.20:37099"
    read_address = staticmethod(pairing_address)

    def __init__(self, parent: QWidget | None = None) -> None:
        self.code = QLineEdit()
        self.code.setPlaceholderText("123456")
        super().__init__(parent)

    def fields(self) -> dict[str, QLineEdit]:
        """What is to be filled in, by name, in the order in which one reads."""
        return {**super().fields(), "Code": self.code}

    def problem(self) -> str:
        """What is wrong with the text so far; empty if it can be tried."""
        if wrong := super().problem():
            return wrong
        try:
            pairing_code(self.code.text())
        except UsageError as error:
            return error.message
        return ""

    def _tell(self) -> None:
        self.code_submitted.emit(self.address(), pairing_code(self.code.text()))
