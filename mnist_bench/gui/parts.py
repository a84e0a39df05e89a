"""What the views stand on for now: the parts of the window that they follow and ask."""

from dataclasses import dataclass, field
from typing import TypeVar

from PySide6.QtWidgets import QWidget

from mnist_bench.gui.kit.view import View
from mnist_bench.gui.live.controller import LiveController, MakeEngine
from mnist_bench.gui.live.live_samples import LiveSamples
from mnist_bench.gui.models import ModelChoice
from mnist_bench.gui.pad.pad_panel import PadPanel
from mnist_bench.gui.phones.controller import Phones
from mnist_bench.gui.toolbar import ToolBar
from mnist_bench.gui.work.long_work import LongWork

AnyView = TypeVar("AnyView", bound=View)


@dataclass(frozen=True, slots=True)
class Parts:
    """The window, and what is in it; `views` are those that are made so far, by the names of their tabs."""

    window: QWidget
    make_engine: MakeEngine
    live: LiveController
    samples: LiveSamples
    work: LongWork
    models: ModelChoice
    pad: PadPanel
    phones: Phones
    tools: ToolBar
    views: dict[str, View] = field(default_factory=dict)

    def view(self, kind: type[AnyView]) -> AnyView:
        """The view of this class, which is made already."""
        return next(view for view in self.views.values() if isinstance(view, kind))

    def chosen_model(self) -> str:
        """The model that is chosen now: a bundled one's name, or a file."""
        return self.models.chosen
