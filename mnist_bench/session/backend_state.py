"""The selected backends: which they are at first, their order, and what is known about each, a frozen value."""

import contextlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from mnist_bench.base import words
from mnist_bench.base.errors import UsageError
from mnist_bench.engines.backend import Backend
from mnist_bench.engines.backends import all_choices, find_backend, first_backends, offered_threads
from mnist_bench.protocol.messages import LoadResult, RunnerInfo
from mnist_bench.session.answers import Agreement, Answer, Repeated
from mnist_bench.session.failure import Failure

MOST_CHOSEN = 6


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
