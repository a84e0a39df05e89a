"""Collects Python's garbage on the window's thread only.

By itself Python collects on whichever thread happens to allocate: a widget that is part of a reference cycle would be
destroyed by the thread of an engine, which crashes Qt at some later moment (pyqtgraph and calibre met the same).
"""

import gc

from PySide6.QtCore import QObject, Slot

from mnist_bench.gui.kit.containers import timer

_LOOK_EVERY_MS = 500


class GarbageCollection(QObject):
    """Collects instead of Python, by Python's own thresholds, whenever its thread's event loop runs a timer.

    What is there when it begins, mostly modules, is taken to stay and not looked at again. `end` gives the work back.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        gc.disable()
        gc.freeze()
        self._timer = timer(self, self.look, _LOOK_EVERY_MS)
        self._timer.start()

    @Slot()
    def look(self) -> None:
        """Collect the oldest generation that is due, and the younger ones with it, as Python would."""
        due = [generation for generation, limit in enumerate(gc.get_threshold()) if gc.get_count()[generation] > limit]
        if due:
            gc.collect(due[-1])

    def end(self) -> None:
        """Let Python collect as it did before."""
        self._timer.stop()
        gc.unfreeze()
        gc.enable()
