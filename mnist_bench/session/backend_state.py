"""The selected backends: which they are, what each is asked and answers, and what is known about it: frozen values."""

import contextlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from mnist_bench.base import words
from mnist_bench.base.errors import UsageError
from mnist_bench.engines.backend import Backend
from mnist_bench.engines.backends import all_choices, find_backend, first_backends, offered_threads
from mnist_bench.protocol.loading import LoadResult
from mnist_bench.protocol.messages import RunnerInfo
from mnist_bench.session.failure import Failure

MOST_CHOSEN = 6


@dataclass(frozen=True, slots=True, eq=False)
class Question:
    """A digit image to classify: its number, pixels uint8 (28, 28), and when the pen moved (perf_counter_ns)."""

    image: int
    pixels: NDArray[np.uint8]
    moved_at_ns: int


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """One backend's answer to one question.

    Attributes:
        image: the question's number; backends are compared on the same one only.
        digit: 0 to 9.
        logits: float32 (10,); probabilities: float32 (10,), their softmax.
        compute_ns, round_trip_ns: this one inference, live.
        moved_at_ns: `time.perf_counter_ns()` of the movement of the pen that led to it.
        peak_memory_bytes: of the runner, so far.
    """

    image: int
    digit: int
    logits: NDArray[np.float32]
    probabilities: NDArray[np.float32]
    compute_ns: int
    round_trip_ns: int
    moved_at_ns: int = 0
    peak_memory_bytes: int = 0

    @property
    def probability(self) -> float:
        """The probability of its digit, 0 to 1."""
        return float(self.probabilities[self.digit])


@dataclass(frozen=True, slots=True)
class Repeated:
    """The median compute time of the same image, by its question's number, many times in a row."""

    image: int
    runs: int
    median_ns: int


@dataclass(frozen=True, slots=True)
class Agreement:
    """How an answer stands to the baseline's answer to the same question; `max_difference` is of the logits.

    `equals`: the title of the int8 reference, which is not the baseline, if its logits are bit-identical; else empty.
    """

    same_digit: bool
    baseline_digit: int
    max_difference: float
    equals: str = ""


def agreement(answer: Answer, baseline: Answer, reference: Answer | None = None, title: str = "") -> Agreement:
    """Compare answers to the same question: with the baseline's, and with those of a reference called `title`."""
    largest = float(np.max(np.abs(answer.logits - baseline.logits)))
    is_equal = reference is not None and bool(np.array_equal(answer.logits, reference.logits))
    return Agreement(answer.digit == baseline.digit, baseline.digit, largest, title if is_equal else "")


def agreement_words(agreement: Agreement) -> tuple[str, ...]:
    """How an answer stands to the baseline's, in full and then in ever shorter forms."""
    if agreement.max_difference == 0:
        return "✓ agrees, bit-identical", "✓ bit-identical"
    largest = f"max logit difference {words.difference(agreement.max_difference)}"
    if agreement.equals:
        largest = f"bit-identical to {agreement.equals}"
    if agreement.same_digit:
        return f"✓ agrees, {largest}", f"✓ {largest}", "✓ agrees"
    says = f"baseline says {agreement.baseline_digit}"
    return f"≠ disagrees: {says}, {largest}", f"≠ disagrees: {says}", f"≠ {says}"


def summary(answers: Sequence[Answer]) -> str:
    """What all backends say of one image: "all agree on 7", "they disagree: 7 (2), 1 (1)"; empty without answers."""
    votes = Counter(answer.digit for answer in answers).most_common()
    if not votes:
        return ""
    if len(votes) == 1:
        digit, count = votes[0]
        return f"all agree on {digit}" if count > 1 else f"answer: {digit}"
    return "they disagree: " + ", ".join(f"{digit} ({count})" for digit, count in votes)


class Status(StrEnum):
    """What a backend is doing; the value is what its card says."""

    OFF = "off"
    STARTING = "starting"
    READY = "ready"
    RUNNING = "running"
    FAILED = "failed"
    WAITING = "waiting"  # for its device


@dataclass(frozen=True, slots=True)
class Waiting:
    """Why a backend waits for its device: a headline, a sentence, and what to do."""

    headline: str
    sentence: str
    advice: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class BackendState:
    """One chosen backend.

    Attributes:
        color: which of the six colours and markers it has.
        failure: why it is FAILED, or WAITING.
        waiting: what to tell while it is WAITING.
        can_quantize: whether int8 parameters for the network are all that it lacks.
        info, loaded: what its runner is, and what loading the network took.
        answer: to what is on the pad, the newest; None for an empty pad.
        agreement: how that stands to the baseline's; None until both have answered.
        repeated: the image on the pad, many times in a row.
        percent: how far an evaluation or such is, while it is RUNNING one.
    """

    backend: Backend
    color: int
    status: Status = Status.OFF
    is_baseline: bool = False
    failure: Failure | None = None
    waiting: Waiting | None = None
    can_quantize: bool = False
    network: str = ""
    info: RunnerInfo | None = None
    loaded: LoadResult | None = None
    answer: Answer | None = None
    agreement: Agreement | None = None
    repeated: Repeated | None = None
    percent: int | None = None

    @property
    def id(self) -> str:
        """The backend's id."""
        return self.backend.id

    @property
    def can_answer(self) -> bool:
        """Whether it has a network and has not failed."""
        return self.status in (Status.READY, Status.RUNNING)

    @property
    def may_answer(self) -> bool:
        """The same, or it may soon: it is off or starting."""
        return self.status not in (Status.FAILED, Status.WAITING)

    @property
    def peak_memory_bytes(self) -> int:
        """Of its runner, so far; 0 where that is not known."""
        return max(
            self.answer.peak_memory_bytes if self.answer else 0, self.loaded.peak_memory_bytes if self.loaded else 0
        )


def why_fixed(backend_id: str, chosen: Sequence[BackendState]) -> str:
    """Why this one cannot be added to the chosen, or taken away, in a few words; empty where it can."""
    if backend_id in [state.id for state in chosen]:
        return "At least one card must stay" if len(chosen) == 1 else ""
    return f"There are {MOST_CHOSEN} cards already: remove one first" if len(chosen) >= MOST_CHOSEN else ""


def overview(states: Sequence[BackendState], said: str) -> str:
    """How things are, for the status bar: "ready · 3 backends · all agree on 7"; `said` may be empty."""
    statuses = [state.status for state in states]
    is_starting = any(status in (Status.OFF, Status.STARTING) for status in statuses)
    parts = ["starting" if is_starting else "ready", words.plural(len(states), "backend")]
    if failed := statuses.count(Status.FAILED):
        parts.append(f"{failed} failed")
    if waiting := statuses.count(Status.WAITING):
        parts.append(f"{waiting} waiting for a device")
    if said:
        parts.append(said)
    return " · ".join(parts)


def remembered(ids: Iterable[str], device_titles: Mapping[str, str]) -> tuple[Backend, ...]:
    """The backends with these ids that there still are, at most six; the first ones if none is left.

    Those of other devices are as good as there, wherever their device is: their card waits for it, under the title
    that `device_titles` has for its id.
    """
    found: dict[str, Backend] = {}
    for text in ids:
        with contextlib.suppress(UsageError):
            backend = find_backend(text, device_titles)
            found[backend.id] = backend
    return in_order(found.values())[:MOST_CHOSEN] or first_backends()


def in_order(backends: Iterable[Backend]) -> tuple[Backend, ...]:
    """The order of the cards: as they are offered, one thread first, other devices last."""
    offered = [backend.id for threads in offered_threads() for backend in all_choices(threads)]
    places = {backend_id: place for place, backend_id in enumerate(offered)}

    def key(backend: Backend) -> tuple[bool, int, str]:
        return bool(backend.device.id), places.get(backend.id, len(places)), backend.id

    return tuple(sorted(backends, key=key))
