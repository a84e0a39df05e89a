"""Opens what is chosen, pasted or dropped: a drawing or a picture goes on the pad, a model file is used."""

from collections.abc import Callable
from pathlib import Path

from mnist_bench.base.errors import InputError
from mnist_bench.digits.drawing import drawing_from_json
from mnist_bench.digits.pictures import DigitImage, load_digit
from mnist_bench.digits.rendering import render_drawing
from mnist_bench.formats.kinds import may_be_model
from mnist_bench.session.inbox import Topic, Worker
from mnist_bench.session.networks import Networks
from mnist_bench.session.pad import Pad
from mnist_bench.session.pad_content import PadContent

Reader = Callable[[], DigitImage | Path]
"""Reads a digit; of a model file it gives the path. It may be called on any thread."""


def read_for_pad(path: Path) -> DigitImage:
    """A drawing or a picture file; a picture without a digit is shown, too: it may be there for whoever crops it."""
    return load_digit(path, may_be_blank=True)


def read_any(path: Path) -> DigitImage | Path:
    """The same, or the path of a model file."""
    return path if may_be_model(path) else read_for_pad(path)


def read_drawing(content: bytes) -> DigitImage:
    """A drawing from its file's content."""
    drawing = drawing_from_json(content)
    return DigitImage(render_drawing(drawing), drawing.label, drawing, "")


class Opening:
    """Reads off the session's thread; the last that was asked for wins, unless something else comes first.

    Topics:
        failed: why something could not be opened.
    """

    def __init__(self, pad: Pad, networks: Networks, worker: Worker) -> None:
        self.failed: Topic[Exception] = Topic()
        self._pad = pad
        self._networks = networks
        self._worker = worker

    def open(self, reader: Reader, how: str) -> None:
        """Read this, and put it on the pad or use it; `how` is the name of the step for undo."""
        self._worker.do_latest(lambda: _ready(reader()), lambda read: self._put(*read, how), self.failed.publish)

    def _put(self, digit: DigitImage | Path, content: PadContent, how: str) -> None:
        if isinstance(digit, Path):
            self._networks.choose(str(digit))
        elif digit.drawing is None:
            self._pad.put_image(digit, how)
        else:
            self._pad.put_content(content, how, digit.name)


def _ready(digit: DigitImage | Path) -> tuple[DigitImage | Path, PadContent]:
    """What was read, and what of it takes time for the pad."""
    if isinstance(digit, Path):
        return digit, PadContent()
    if digit.view is None and not digit.pixels.any():
        raise InputError("It contains no ink, so the pad is unchanged.")
    return digit, PadContent.of_digit(digit)
