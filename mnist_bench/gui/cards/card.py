"""The card of one backend: its answer, its times, and how it stands to the baseline and the truth."""

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QFrame, QHBoxLayout, QRadioButton, QStackedWidget, QVBoxLayout, QWidget

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

_MARGIN = 12
_LEAST_WIDTH = 248
_LOW = 380
"""A card lower than this many pixels has its bars beside the digit."""


class BackendCard(QFrame):
    """One backend's answer beside the others.

    Signals:
        baseline_requested: the person chose this backend as the baseline (a click, Return or Space).
        repeat_requested: the person wants the image run a hundred times.
        retry_requested: the person wants a failed backend started again.
        quantize_requested: the person wants int8 parameters made for the network.
    """

    baseline_requested = Signal()
    repeat_requested = Signal()
    retry_requested = Signal()
    quantize_requested = Signal()

    def __init__(self, title: str, style: BackendStyle, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.title = title
        self.state = CardState.OFF
        self._is_baseline = False
        self._is_alone = False
        self._disagrees = False
        self.setObjectName("card")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._title = TextLine(title, role="heading", elide=Qt.TextElideMode.ElideMiddle)
        self._state = TextLine("", role="caption", widest="phone gone")
        self._state.setAlignment(_RIGHT)
        self._detail = TextLine("", role="caption")
        self.answer_view = AnswerView()
        self.bars = ProbabilityBars(style)
        self.times = CardTimes()
        self.message = CardMessage()
        self._agreement = TextLine("", role="muted")
        self._baseline_button = QRadioButton("baseline")
        self._baseline_button.setAutoExclusive(False)  # its group are the other cards
        self._assemble(style)
        self._connect()
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
        self._state.show_text(note or state.value)
        if state in (CardState.OFF, CardState.STARTING):
            self.message.show_waiting(state)
        answers = state in (CardState.READY, CardState.RUNNING)
        self._pages.setCurrentWidget(self._answer_page if answers else self.message)
        self.times.setVisible(answers)
        self._agreement.setVisible(answers)
        self.times.set_ready(state is CardState.READY)
        if not answers:
            self._disagrees = False
        self._mark()

    def show_detail(self, line: str, tip: str) -> None:
        """Shows mode, threads and sizes in one line, and the rest in its tip."""
        self._detail.show_text(line, tip)
        self._title.show_text(self.title, tip)

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
            self._agreement.show_text("" if self._is_alone else "the others are compared with this one")
            theme.set_role(self._agreement, "muted")
        elif agreement is None:
            self._agreement.show_text("")
        else:
            self._agreement.show_text(f"{'✓' if agreement.same_digit else '≠'} {agreement}")
            theme.set_role(self._agreement, "good" if agreement.same_digit else "bad")
        self._mark()

    def show_baseline(self, is_baseline: bool, *, alone: bool = False) -> None:
        """Marks this card as the one that the others are compared with, or not; `alone`: there are no others."""
        self._is_baseline = is_baseline
        self._is_alone = alone
        self._baseline_button.setChecked(is_baseline)
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
        """The word for its state, as shown."""
        return self._state.line()

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

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Puts the bars beside the digit on a low card, under it on a high one."""
        low = event.size().height() < _LOW
        self.answer_view.set_stacked(low)
        direction = QBoxLayout.Direction.LeftToRight if low else QBoxLayout.Direction.TopToBottom
        if self._answer_layout.direction() != direction:
            self._answer_layout.setDirection(direction)
        super().resizeEvent(event)

    def minimumSizeHint(self) -> QSize:
        """As small as a low card can be, whichever way it is arranged now."""
        answer = max(self.answer_view.stacked_height(), self.bars.minimumSizeHint().height())
        parts = [self._baseline_button, self._detail, self.times, self._agreement]
        gaps = len(parts) * self._layout.spacing() + 2 * _MARGIN
        return QSize(_LEAST_WIDTH, answer + gaps + sum(part.sizeHint().height() for part in parts))

    def _assemble(self, style: BackendStyle) -> None:
        head = QHBoxLayout()
        head.setSpacing(theme.GRID)
        head.addWidget(Marker(style))
        head.addWidget(self._title, 1)
        head.addWidget(self._baseline_button)
        under = QHBoxLayout()
        under.addWidget(self._detail, 1)
        under.addWidget(self._state)
        self._answer_page = QWidget()
        self._answer_layout = QBoxLayout(QBoxLayout.Direction.TopToBottom, self._answer_page)
        self._answer_layout.setContentsMargins(0, 0, 0, 0)
        self._answer_layout.addWidget(self.answer_view)
        self._answer_layout.addWidget(self.bars, 1)
        self._pages = QStackedWidget()
        self._pages.addWidget(self._answer_page)
        self._pages.addWidget(self.message)
        self._baseline_button.setToolTip(_BASELINE_TIP)
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(_MARGIN, _MARGIN, _MARGIN, _MARGIN)
        self._layout.setSpacing(theme.GRID // 2)
        self._layout.addLayout(head)
        self._layout.addLayout(under)
        self._layout.addWidget(self._pages, 1)
        self._layout.addWidget(self.times)
        self._layout.addWidget(self._agreement)

    def _connect(self) -> None:
        self._baseline_button.clicked.connect(self._baseline_clicked)
        self.times.repeat_requested.connect(self.repeat_requested)
        self.message.retry_requested.connect(self.retry_requested)
        self.message.quantize_requested.connect(self.quantize_requested)

    def _baseline_clicked(self) -> None:
        self._baseline_button.setChecked(self._is_baseline)
        self.baseline_requested.emit()

    def _name_baseline_button(self) -> None:
        words = f"{self.title} is the baseline" if self._is_baseline else f"Make {self.title} the baseline"
        self._baseline_button.setAccessibleName(words)

    def _mark(self) -> None:
        """The edge of the card: an alarm for one that disagrees, the accent for the baseline."""
        theme.set_role(self, "alarm" if self._disagrees else "picked" if self._is_baseline else "card")


_BASELINE_TIP = "The other backends are compared with the baseline.\nA click on a card makes it the baseline."
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
