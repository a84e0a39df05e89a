"""A request to stop a measurement, which any thread can make."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Stop:
    """Hand it to what may take long, and `set` it from any thread to end that early."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._is_set = False
        self._actions: list[Callable[[], object]] = []

    @property
    def is_set(self) -> bool:
        """Whether somebody wants the end."""
        return self._is_set

    def set(self) -> None:
        """Ask for the end; what has to be done for it is done on this thread, once."""
        with self._guard:
            if self._is_set:
                return
            self._is_set = True
            actions = list(self._actions)
        for action in actions:
            action()

    @contextmanager
    def calling(self, action: Callable[[], object]) -> Iterator[None]:
        """Within this block `set` calls `action`; at once, if it was set before."""
        with self._guard:
            is_late = self._is_set
            self._actions.append(action)
        if is_late:
            action()
        try:
            yield
        finally:
            with self._guard:
                self._actions.remove(action)
