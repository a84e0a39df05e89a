"""Answers what a person is asked when something is to be saved."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from PySide6.QtWidgets import QWidget

from mnist_bench.gui.kit.export import KINDS, Asker, Wanted


class Answers(Asker):
    """Chooses the file `path`, of the kind that its name has; an empty one means that the person gives up.

    Attributes:
        asked: (name, kinds) of each file that was asked for.
    """

    def __init__(self, path: str | Path = "", *, width: int = 640, height: int = 360) -> None:
        self.asked: list[tuple[str, str]] = []
        self.path = path
        self._size = (width, height)

    def how(self, _parent: QWidget, wanted: Wanted, _endings: Sequence[str]) -> Wanted | None:
        (width, height), ending = self._size, Path(self.path).suffix.lower()
        return replace(wanted, width=width, height=height, ending=ending if ending in KINDS else wanted.ending)

    def where(self, _parent: QWidget, _title: str, name: str, kinds: str) -> str:
        self.asked.append((name, kinds))
        return str(self.path)
