"""Topics: views subscribe to them and receive each new value."""

from collections import deque
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Topic(Generic[T]):
    """Brings each published value to every subscriber, in the order in which they subscribed.

    What a subscriber publishes while it hears something comes to everybody after that: the last value that each hears
    is the newest.

    It belongs to the session's thread: subscribe and publish there alone.
    """

    def __init__(self) -> None:
        self._subscribers: list[Callable[[T], object]] = []
        self._waiting: deque[T] = deque()
        self._is_publishing = False

    def subscribe(self, hear: Callable[[T], object]) -> Callable[[], None]:
        """Call `hear` with each value that is published from now on; the returned function ends that."""
        self._subscribers.append(hear)

        def end() -> None:
            if hear in self._subscribers:
                self._subscribers.remove(hear)

        return end

    def publish(self, value: T) -> None:
        """Bring `value` to everybody who is subscribed now."""
        self._waiting.append(value)
        if self._is_publishing:
            return
        self._is_publishing = True
        try:
            while self._waiting:
                newest = self._waiting.popleft()
                for hear in tuple(self._subscribers):
                    hear(newest)
        finally:
            self._is_publishing = False
