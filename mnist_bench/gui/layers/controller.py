"""Joins the Layers tab to what is on the pad, to the chosen backends, and to the long work that traces them."""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QWidget

from mnist_bench.bench.layers.analysis import with_reference
from mnist_bench.bench.layers.tracing import trace_layers
from mnist_bench.bench.layers.values import LayerComparison
from mnist_bench.bench.stop import Stop
from mnist_bench.digits.samples import bundled_samples
from mnist_bench.gui.kit.view import View
from mnist_bench.gui.layers.layers_tab import LayersTab, Source
from mnist_bench.gui.live.controller import LiveController, MakeEngine
from mnist_bench.gui.pad.digit_input import DigitInput
from mnist_bench.gui.work.long_work import LongWork
from mnist_bench.gui.work.task import Task
from mnist_bench.network.network import Network
from mnist_bench.protocol.messages import Pixels

if TYPE_CHECKING:
    from mnist_bench.gui.parts import Parts

_TELL_SECONDS = 0.3


class LayersController(View):
    """Begins an analysis when the tab asks for one, and shows what it finds, also while it runs.

    Attributes:
        tab: the Layers tab.
    """

    tab: LayersTab
    _known = Signal(object, object)

    def __init__(
        self, live: LiveController, work: LongWork, make_engine: MakeEngine, parent: QWidget | None = None
    ) -> None:
        super().__init__(LayersTab(), parent)
        self._live = live
        self._work = work
        self._make_engine = make_engine
        self._network: Network | None = None
        self._pixels: Pixels | None = None
        self._task: Task | None = None
        self.tab.analysis_requested.connect(self.analyse)
        self.tab.message.connect(self.message)
        self.tab.failed.connect(self.failed)
        work.busy_changed.connect(self.tab.show_busy)
        self._known.connect(self._show)

    def begin(self) -> None:
        """Makes the chart."""
        self.tab.begin()

    @Slot(object)
    def use_network(self, network: Network) -> None:
        """What is analysed from now on."""
        self._network = network

    @Slot(object)
    def show_digit(self, digit: DigitInput) -> None:
        """What is on the pad now."""
        self._pixels = digit.pixels

    @Slot(object)
    def analyse(self, source: Source) -> None:
        """Traces the layers of the chosen backends, on engines of its own, but of those known to be unable to."""
        backends = [place.backend for place in self._live.able_places]
        network, pixels = self._network, self._pixels
        if not backends or network is None:
            self.message.emit("No backend is ready yet.")
            return
        if source is Source.PAD and pixels is None:
            self.message.emit("Draw a digit first, or choose the bundled samples.")
            return
        if self._work.is_busy:
            self.message.emit("Something else is running.")
            return

        def images() -> Pixels:
            if source is Source.PAD and pixels is not None:
                return pixels[np.newaxis]
            return np.stack([digit.pixels for digit in bundled_samples()])

        def work(task: Task) -> LayerComparison:
            stop, next_at = Stop(), time.monotonic() + _TELL_SECONDS
            task.call_when_cancelled(stop.set)

            def tell(known: Callable[[], LayerComparison]) -> None:
                nonlocal next_at
                if time.monotonic() >= next_at:
                    self._known.emit(task, known())
                    next_at = time.monotonic() + _TELL_SECONDS

            return trace_layers(
                [self._make_engine(backend) for backend in with_reference(backends)],
                network,
                images(),
                on_progress=lambda done, total, words: task.report(words, done, total),
                on_known=tell,
                stop=stop,
            )

        self.tab.show_styles({place.backend.id: place.style for place in self._live.places})
        self._task = Task("Analysing the layers", work)
        self._work.run(self._task, self.tab.show_comparison)

    @Slot(object, object)
    def _show(self, task: Task, known: LayerComparison) -> None:
        if task is self._task:
            self.tab.show_comparison(known)


def make(parts: "Parts") -> View:
    """The tab's view, which follows the digit and the network."""
    controller = LayersController(parts.live, parts.work, parts.make_engine, parts.window)
    parts.pad.digit_changed.connect(controller.show_digit)
    controller.show_digit(parts.pad.digit)
    parts.models.changed.connect(controller.use_network)
    if parts.live.network is not None:
        controller.use_network(parts.live.network)
    return controller
