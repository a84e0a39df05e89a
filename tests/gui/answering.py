"""Answers what a person is asked when something is to be saved."""

from dataclasses import replace
from pathlib import Path

from PySide6.QtWidgets import QWidget

from mnist_bench.gui.kit.export import KINDS, Wanted


class Answers:
    """Chooses the file `path`, of the kind that its name has; an empty one means that the person gives up.

    Attributes:
        asked: (name, kinds) of each file that was asked for.
        size: width and height of pictures.
    """

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []
        self.path: str | Path = ""
        self.size = (640, 360)

    def how(self, _parent: QWidget, wanted: Wanted) -> Wanted | None:
        (width, height), ending = self.size, Path(self.path).suffix.lower()
        return replace(wanted, width=width, height=height, ending=ending if ending in KINDS else wanted.ending)

    def where(self, _parent: QWidget, _title: str, name: str, kinds: str) -> str:
        self.asked.append((name, kinds))
        return str(self.path)
