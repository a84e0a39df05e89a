"""Garbage: collected in the running event loop, on its thread, and never by another thread."""

import gc
import threading
import weakref
from collections.abc import Iterator

import pytest
from pytestqt.qtbot import QtBot

from mnist_bench.gui.app import GarbageCollection


class Ring:
    """Something that refers to itself, and tells on which thread it was destroyed."""

    destroyed_on: threading.Thread | None = None

    def __init__(self) -> None:
        self.itself = self

    def __del__(self) -> None:
        Ring.destroyed_on = threading.current_thread()


def allocate(kept: list[object]) -> None:
    """Far more containers than Python allows before it collects, which stay as long as `kept`.

    Far more, as what earlier tests' windows leave to be destroyed meanwhile counts against them.
    """
    kept += [[number] for number in range(50 * gc.get_threshold()[0])]


@pytest.fixture
def collection(qtbot: QtBot) -> Iterator[GarbageCollection]:
    gc.enable()
    collection = GarbageCollection()
    yield collection
    collection.end()


def test_another_threads_work_does_not_destroy_it_but_the_event_loop_does(
    qtbot: QtBot, collection: GarbageCollection
) -> None:
    ring = weakref.ref(Ring())
    kept: list[object] = []
    worker = threading.Thread(target=allocate, args=(kept,))
    worker.start()
    worker.join()
    assert ring() is not None
    qtbot.waitUntil(lambda: ring() is None)
    assert Ring.destroyed_on is threading.main_thread()


def test_old_garbage_is_collected_in_the_end(collection: GarbageCollection) -> None:
    ring = Ring()
    gone = weakref.ref(ring)
    for _ in range(3):
        gc.collect(1)  # it survives, and is looked at seldom from now on
    del ring
    kept: list[object] = []
    looks = 0
    while gone() is not None:
        allocate(kept)
        collection.look()
        looks += 1
        assert looks < 1000
    assert looks > 10


def test_the_end_gives_it_back_to_python(qtbot: QtBot) -> None:
    gc.enable()
    GarbageCollection().end()
    ring = weakref.ref(Ring())
    allocate([])
    assert ring() is None
