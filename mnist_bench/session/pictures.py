"""The picture on the pad: turned, cropped, or another of its digits picked, and read again off the session's thread."""

from collections.abc import Callable
from dataclasses import replace

from mnist_bench.digits.picture_view import Box, PictureView
from mnist_bench.digits.pictures import DigitImage, read_view
from mnist_bench.session.inbox import Topic, Worker
from mnist_bench.session.pad import Pad


class Pictures:
    """Looks at the picture on the pad in another way, a step that undo takes back; without a picture nothing happens.

    Topics:
        failed: why it could not be read again.
    """

    def __init__(self, pad: Pad, worker: Worker) -> None:
        self.failed: Topic[Exception] = Topic()
        self._pad = pad
        self._worker = worker
        self._asked: tuple[int, PictureView] | None = None  # what is being read: a quick second turn adds to the first
        pad.put.subscribe(lambda _content: worker.forget())  # what was asked before that is not wanted any more

    def turn(self, quarters: int) -> None:
        """Turn it by so many quarter turns clockwise."""
        self._look(lambda view: view.turned(quarters), "turn", "the turned picture")

    def crop(self, box: Box) -> None:
        """Show and read only what lies in this box of what is shown."""
        self._look(lambda view: view.cropped(box), "crop", "the cropped picture")

    def show_whole(self) -> None:
        """Show and read all of it, as it was opened."""
        self._look(PictureView.whole, "crop", "the whole picture")

    def pick(self, number: int) -> None:
        """Read this one of its digits."""
        self._look(lambda view: replace(view, picked=number) if number < len(view.digits) else None, "pick")

    def _view(self) -> PictureView | None:
        if self._asked is not None and self._worker.is_wanted(self._asked[0]):
            return self._asked[1]
        return self._pad.content.view

    def _look(self, change: Callable[[PictureView], PictureView | None], how: str, name: str = "") -> None:
        if (before := self._view()) is None or (view := change(before)) is None:
            return
        label = self._pad.content.label

        def put(digit: DigitImage) -> None:
            is_same = how != "pick" and digit.view is not None and digit.view.kept is not None
            self._pad.put_image(replace(digit, label=label if is_same else None, name=name), how)

        self._asked = self._worker.do_latest(lambda: read_view(view), put, self.failed.publish), view


def hints(view: PictureView) -> tuple[str, ...]:
    """What a person can do with a picture, in full, then shorter."""
    if not view.digits and view.crop is not None:
        return "No digit here: show the whole picture", "Show the whole picture", "No digit: show all"
    if not view.digits:
        return "No digit found: drag a rectangle around one", "Drag around a digit", "No digit"
    if len(view.digits) == 1:
        return "Drag a rectangle to crop", "Drag to crop"
    count = f"{len(view.digits)} digits"
    return f"{count}: click one, or drag to crop", f"{count}: click one", count
