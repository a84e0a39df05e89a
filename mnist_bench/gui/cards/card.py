"""The card of one backend: its answer, its times, and how it stands to the baseline and the truth."""

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QFrame, QHBoxLayout, QRadioButton, QStackedWidget, QVBoxLayout, QWidget

from mnist_bench.base import words
from mnist_bench.gui.cards.answer_view import AnswerView
from mnist_bench.gui.cards.answers import Agreement, Answer, CardState
from mnist_bench.gui.cards.bars import ProbabilityBars
from mnist_bench.gui.cards.card_message import CardMessage
from mnist_bench.gui.cards.card_times import CardTimes
from mnist_bench.gui.kit import theme
from mnist_bench.gui.kit.errors import Failure
from mnist_bench.gui.kit.marker import Marker
from mnist_bench.gui.kit.palette import BackendStyle
from mnist_bench.gui.kit.text_line import TextLine

_MARGIN = theme.GRID
_GAP = 2
_BASELINE_TIP = "The other backends are compared with the baseline.\nA click on a card makes it the baseline."


class BackendCard(QFrame):
    """One backend's answer beside the others; a low card has its bars beside the digit, a high one below it.

    Signals:
        baseline_requested: the person chose this backend as the baseline (a click, Return or Space).
        retry_requested: the person wants a failed backend started again.
        quantize_requested: the person wants int8 parameters made for the network.
    """

    baseline_requested = Signal()
    retry_requested = Signal()
    quantize_requested = Signal()

    def __init__(self, title: str, style: BackendStyle, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.title = title
        self.state = CardState.OFF
        self._state_words = ""
        self._details = ("", "", "")
        self._is_baseline = False
        self._is_alone = False
        self._disagrees = False
        self.setObjectName("card")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._title = TextLine(title, role="heading", elide=Qt.TextElideMode.ElideMiddle)
        self._detail = TextLine("", role="caption")
        self.answer_view = AnswerView()
        self.bars = ProbabilityBars(style)
        self.times = CardTimes()
        self.message = CardMessage()
        self._agreement = TextLine("", role="muted")
        self._baseline_button = QRadioButton()
        self._baseline_button.setAutoExclusive(False)  # its group are the other cards
        self._baseline_button.setToolTip(_BASELINE_TIP)
        self._assemble(style)
        self._baseline_button.clicked.connect(self._baseline_clicked)
        self.message.retry_requested.connect(self.retry_requested)
        self.message.quantize_requested.connect(self.quantize_requested)
        self.rename(title)
        self.show_state(CardState.OFF)
        self.show_agreement(None)

    # What it shows.

    def rename(self, title: str) -> None:
        """Goes by another title from now on."""
        self.title = title
        self.setAccessibleName(f"Backend {title}")
        self._title.show_text(title)
        self._name_baseline_button()

    def show_state(self, state: CardState, note: str = "") -> None:
        """Shows what the backend is doing; `note` takes the place of the state's own word ("34 %")."""
        self.state = state
        self._state_words = note or state.value
        if state in (CardState.OFF, CardState.STARTING):
            self.message.show_waiting(state)
        answers = state in (CardState.READY, CardState.RUNNING)
        self._pages.setCurrentWidget(self._answer_page if answers else self.message)
        self.times.setVisible(answers)
        self._agreement.setVisible(answers)
        if not answers:
            self._disagrees = False
        self._show_details()
        self._mark()

    def show_detail(self, line: str, tip: str, *, short: str = "") -> None:
        """Shows mode, threads and sizes in one line, `short` where that has no room, and the rest in its tip."""
        self._details = (line, short, tip)
        self._title.show_text(self.title, tip)
        self._show_details()

    def show_answer(self, answer: Answer | None) -> None:
        """Shows an answer with its live times; None for an empty pad."""
        if answer is None:
            self.answer_view.show_answer(None, 0.0)
            self.bars.show_probabilities(None)
            self.times.show_live(None, None)
        else:
            self.answer_view.show_answer(answer.digit, answer.probability)
            self.bars.show_probabilities(answer.probabilities.tolist())
            self.times.show_live(answer.compute_ns, answer.round_trip_ns)

    def show_truth(self, label: int | None) -> None:
        """Shows whether the answer is right, where somebody has said what the digit really is."""
        self.answer_view.show_truth(label)

    def show_agreement(self, agreement: Agreement | None) -> None:
        """Shows how the answer stands to the baseline's; None where there is nothing to compare."""
        self._disagrees = agreement is not None and not agreement.same_digit
        if self._is_baseline:
            self._agreement.show_text("" if self._is_alone else "baseline")
            theme.set_role(self._agreement, "muted")
        elif agreement is None:
            self._agreement.show_text("")
        else:
            text, short = agreement_words(agreement)
            self._agreement.show_text(text, short=short)
            theme.set_role(self._agreement, "good" if agreement.same_digit else "bad")
        self._mark()

    def show_baseline(self, is_baseline: bool, *, alone: bool = False) -> None:
        """Marks this card as the one that the others are compared with, or not; `alone`: there are no others."""
        self._is_baseline = is_baseline
        self._is_alone = alone
        self._baseline_button.setChecked(is_baseline)
        self._baseline_button.setVisible(not alone)
        self._name_baseline_button()
        self.show_agreement(None)

    def show_failure(self, failure: Failure, *, can_quantize: bool = False) -> None:
        """Shows why the backend cannot answer and what can be done."""
        self.message.show_failure(failure, can_quantize=can_quantize)
        self.show_answer(None)
        self.show_agreement(None)
        self.show_state(CardState.FAILED)

    def show_phone_gone(self, heading: str, sentence: str, advice: str, note: str = "") -> None:
        """Shows what the backend's phone is about; it comes back by itself when the phone does. `note` as above."""
        self.message.show_phone_gone(heading, sentence, advice)
        if self.state is not CardState.PHONE_GONE:
            self.show_answer(None)
            self.show_agreement(None)
        self.show_state(CardState.PHONE_GONE, note)

    def agreement_text(self) -> str:
        """What it says about the baseline."""
        return self._agreement.line()

    def state_text(self) -> str:
        """The word for its state."""
        return self._state_words

    def describe(self) -> None:
        """Tells assistive programs the answer, once the drawing rests."""
        self.answer_view.describe()
        self.bars.describe()

    # What the person does.

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """A click makes this the baseline."""
        if event.button() is Qt.MouseButton.LeftButton and self.rect().contains(event.position().toPoint()):
            self.baseline_requested.emit()
        super().mouseReleaseEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Accepts the press, so that the release comes here too."""
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Return or Space makes this the baseline."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.baseline_requested.emit()
        else:
            super().keyPressEvent(event)

    # How it is laid out.

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Puts the bars beside the digit on a low card, under it on a high one."""
        low = event.size().height() < 230 + 8 * self.fontMetrics().height()
        self.answer_view.set_compact(low)
        direction = QBoxLayout.Direction.LeftToRight if low else QBoxLayout.Direction.TopToBottom
        if self._answer_layout.direction() != direction:
            self._answer_layout.setDirection(direction)
        self.times.set_narrow(event.size().width() - 2 * _MARGIN < self.times.full_width())
        super().resizeEvent(event)

    def minimumSizeHint(self) -> QSize:
        """As small as a low card can be, whichever way it is arranged now."""
        answer, bars = self.answer_view.compact_size(), self.bars.minimumSizeHint()
        parts = (self._title, self._detail, self.times, self._baseline_button)
        height = max(answer.height(), bars.height()) + sum(part.sizeHint().height() for part in parts)
        margins = self.contentsMargins() + self._layout.contentsMargins()
        return QSize(
            answer.width() + theme.GRID + bars.width() + margins.left() + margins.right(),
            height + len(parts) * _GAP + margins.top() + margins.bottom(),
        )

    def _assemble(self, style: BackendStyle) -> None:
        head, foot = QHBoxLayout(), QHBoxLayout()
        head.setSpacing(theme.GRID)
        head.addWidget(Marker(style))
        head.addWidget(self._title, 1)
        foot.setSpacing(theme.GRID // 2)
        foot.addWidget(self._baseline_button)
        foot.addWidget(self._agreement, 1)
        self._answer_page = QWidget()
        self._answer_layout = QBoxLayout(QBoxLayout.Direction.TopToBottom, self._answer_page)
        self._answer_layout.setContentsMargins(0, 0, 0, 0)
        self._answer_layout.setSpacing(theme.GRID)
        self._answer_layout.addWidget(self.answer_view, 0, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        self._answer_layout.addWidget(self.bars, 1)
        self._pages = QStackedWidget()
        self._pages.addWidget(self._answer_page)
        self._pages.addWidget(self.message)
        layout = self._layout = QVBoxLayout(self)
        layout.setContentsMargins(_MARGIN, _MARGIN * 3 // 4, _MARGIN, _MARGIN * 3 // 4)
        layout.setSpacing(_GAP)
        layout.addLayout(head)
        layout.addWidget(self._detail)
        layout.addWidget(self._pages, 1)
        layout.addWidget(self.times)
        layout.addLayout(foot)

    def _baseline_clicked(self) -> None:
        self._baseline_button.setChecked(self._is_baseline)
        self.baseline_requested.emit()

    def _name_baseline_button(self) -> None:
        name = f"{self.title} is the baseline" if self._is_baseline else f"Make {self.title} the baseline"
        self._baseline_button.setAccessibleName(name)

    def _show_details(self) -> None:
        line, short, tip = self._details
        ready = self.state is CardState.READY
        text = " · ".join(filter(None, ("" if ready else self._state_words, line)))
        self._detail.show_text(text, tip, short=short if ready else self._state_words)

    def _mark(self) -> None:
        """The edge of the card: an alarm for one that disagrees, the accent for the baseline."""
        theme.set_role(self, "alarm" if self._disagrees else "picked" if self._is_baseline else "card")


def agreement_words(agreement: Agreement) -> tuple[str, str]:
    """How an answer stands to the baseline's, in full and in short."""
    if agreement.max_difference == 0:
        return "✓ agrees, bit-identical", "✓ bit-identical"
    largest = f"max logit difference {words.difference(agreement.max_difference)}"
    if agreement.equals:
        largest = f"bit-identical to {agreement.equals}"
    if agreement.same_digit:
        return f"✓ agrees, {largest}", "✓ agrees"
    return (
        f"≠ disagrees: baseline says {agreement.baseline_digit}, {largest}",
        f"≠ baseline says {agreement.baseline_digit}",
    )
