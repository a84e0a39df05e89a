"""The drawings that a person keeps, with label and answers: one JSON file each in a folder."""

import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any

from mnist_bench.base import locations
from mnist_bench.base.errors import InputError
from mnist_bench.base.files import make_folder, read_limited, reason, stamp_of, write_atomically
from mnist_bench.base.words import date_time
from mnist_bench.digits.drawing import (
    MAX_FILE_BYTES,
    Drawing,
    drawing_from_object,
    drawing_to_object,
    json_bytes,
    json_object,
)

_PREFIX = "drawing-"
_MAX_ANSWERS = 1_000
_MAX_TITLE = 200
_OF_ANSWERS = ("unlabelled", "right", "wrong")


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    """What one backend said: its title, the digit (0 to 9) and that digit's probability (0 to 1)."""

    backend: str
    digit: int
    probability: float


@dataclass(frozen=True, slots=True)
class KeptDrawing:
    """A drawing that was kept, as a list shows it: without its strokes, of which there may be very many.

    Attributes:
        id: its name in the store, for good.
        label: the true digit, or None if nobody said.
        time: when it was kept, with a time zone.
        answers: what the backends said then.
        stamp: changes when its file does.
        words: what a search looks through: the backends' titles and the local time, without capitals.
    """

    id: str
    label: int | None
    time: datetime
    answers: tuple[KeptAnswer, ...]
    stamp: tuple[int, int] = (0, 0)
    words: str = field(init=False, repr=False)

    def __post_init__(self) -> None:
        titles = " ".join(answer.backend for answer in self.answers)
        object.__setattr__(self, "words", f"{titles} {date_time(self.time)}".casefold())


@dataclass(frozen=True, slots=True)
class KeptList:
    """What a folder holds: the drawings, newest first, and how many files in it could not be read."""

    drawings: tuple[KeptDrawing, ...]
    unreadable: int


@dataclass(frozen=True, slots=True)
class DeletedDrawing:
    """What was deleted, for `restore`."""

    id: str
    content: bytes


class KeptDrawings:
    """The folder of kept drawings.

    Each file is a drawing file with two more keys, `time` (ISO 8601) and `answers`, so that it opens as a drawing too.
    Every change is written at once and whole; another program may use the folder at the same time.

    Attributes:
        folder: where they are; made when the first is kept.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder or locations.data_dir() / "drawings"

    def add(self, drawing: Drawing, answers: Sequence[KeptAnswer] = (), time: datetime | None = None) -> KeptDrawing:
        """Keep a drawing, at the present time unless another is given; raises InputError if it cannot be written."""
        time = time or datetime.now(UTC)
        name = f"{_PREFIX}{time.astimezone(UTC):%Y%m%d-%H%M%S}-{os.urandom(4).hex()}"
        said = [{"backend": one.backend, "digit": one.digit, "probability": one.probability} for one in answers]
        return self._write(name, {**drawing_to_object(drawing), "time": time.isoformat(), "answers": said})

    def set_label(self, id_: str, label: int | None) -> KeptDrawing:
        """Say what a kept drawing truly is; raises InputError if it is not there or cannot be written."""
        content = self._read(id_)
        drawing = replace(drawing_from_object(content), label=label)
        _ = _time(content), _answers(content)  # or it is damaged
        kept = {key: content[key] for key in ("time", "answers")}
        return self._write(id_, {**drawing_to_object(drawing), **kept})

    def delete(self, id_: str) -> DeletedDrawing:
        """Remove a drawing, and return it for `restore`; raises InputError if it is not there or cannot be removed."""
        content = read_limited(self._path(id_), MAX_FILE_BYTES, "drawing")
        try:
            self._path(id_).unlink(missing_ok=True)
        except OSError as error:
            raise InputError(f"{self._path(id_)} cannot be deleted: {reason(error)}.") from error
        return DeletedDrawing(id_, content)

    def restore(self, deleted: DeletedDrawing) -> KeptDrawing:
        """Put back what `delete` returned; raises InputError if it cannot be written."""
        make_folder(self.folder)
        write_atomically(self._path(deleted.id), deleted.content)
        return self.get(deleted.id)

    def get(self, id_: str) -> KeptDrawing:
        """What a list shows of this one; raises InputError if it is not there or cannot be read."""
        stamp = stamp_of(self._path(id_))
        content = self._read(id_)
        drawing = drawing_from_object(content)
        return KeptDrawing(id_, drawing.label, _time(content), _answers(content), stamp)

    def drawing(self, id_: str) -> Drawing:
        """The drawing itself; raises InputError if it is not there or cannot be read."""
        return drawing_from_object(self._read(id_))

    def ids(self) -> tuple[str, ...]:
        """The names of all that are in the folder, in no order, whether they can be read or not."""
        return tuple(path.stem for path in self.folder.glob(f"{_PREFIX}*.json"))

    def list(self, known: Mapping[str, KeptDrawing] = MappingProxyType({})) -> KeptList:
        """All drawings, newest first; what cannot be read is left out and counted. Those in `known`, by their id, are
        read only if their file has changed since.
        """
        drawings, unreadable = [], 0
        for id_ in self.ids():
            try:
                before = known.get(id_)
                is_same = before is not None and before.stamp == stamp_of(self._path(id_))
                drawings.append(before if before is not None and is_same else self.get(id_))
            except InputError:
                unreadable += 1
        drawings.sort(key=lambda kept: (kept.time, kept.id), reverse=True)
        return KeptList(tuple(drawings), unreadable)

    def _read(self, id_: str) -> dict[str, Any]:
        return json_object(read_limited(self._path(id_), MAX_FILE_BYTES, "drawing"), "drawing")

    def _write(self, id_: str, content: Mapping[str, Any]) -> KeptDrawing:
        make_folder(self.folder)
        write_atomically(self._path(id_), json_bytes(content))
        return self.get(id_)

    def _path(self, id_: str) -> Path:
        if not id_.startswith(_PREFIX) or Path(id_).name != id_:
            raise InputError(f"There is no kept drawing {id_!r}.")
        return self.folder / f"{id_}.json"


def search(drawings: Sequence[KeptDrawing], text: str) -> tuple[KeptDrawing, ...]:
    """The drawings that match every word of `text`, in the same order.

    A digit matches the label, or where there is none an answer; "unlabelled", "right" and "wrong" match what they say
    (an answer that differs from the label is wrong); any other word matches a part of a backend's title or of the local
    time as YYYY-MM-DD HH:MM.
    """
    words = text.casefold().split()
    if not words:
        return tuple(drawings)
    return tuple(kept for kept in drawings if all(_matches(kept, word) for word in words))


def _matches(kept: KeptDrawing, word: str) -> bool:
    if word not in _OF_ANSWERS and not (len(word) == 1 and word.isdecimal()):
        return word in kept.words
    answers = {answer.digit for answer in kept.answers}
    match word:
        case "unlabelled":
            return kept.label is None
        case "wrong":
            return kept.label is not None and bool(answers - {kept.label})
        case "right":
            return kept.label is not None and answers == {kept.label}
    return int(word) == kept.label if kept.label is not None else int(word) in answers


def _time(content: Mapping[str, Any]) -> datetime:
    try:
        time = datetime.fromisoformat(content["time"])
        # Far from the present, the local time may not exist.
        time.astimezone()
    except (KeyError, TypeError, ValueError, OverflowError, OSError):
        raise InputError("The kept drawing is damaged: it does not say when it was drawn.") from None
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def _answers(content: Mapping[str, Any]) -> tuple[KeptAnswer, ...]:
    answers = content.get("answers")
    if not isinstance(answers, list) or len(answers) > _MAX_ANSWERS:
        raise InputError("The kept drawing is damaged: it has no list of answers.")
    return tuple(_answer(answer) for answer in answers)


def _answer(answer: object) -> KeptAnswer:
    match answer:
        case {"backend": str(backend), "digit": int(digit), "probability": int() | float() as probability} if (
            len(backend) <= _MAX_TITLE and digit in range(10) and 0 <= probability <= 1
        ):
            return KeptAnswer(sys.intern(backend), int(digit), float(probability))
    raise InputError("The kept drawing is damaged: one of its answers is not an answer.")
