"""Follows the devices of every kind, and reports what is seen on the session's thread."""

import threading
import time
from collections.abc import Callable, Mapping

from mnist_bench.base.errors import MnistBenchError
from mnist_bench.devices.access import DeviceAccess, Follower, SeenDevice
from mnist_bench.session.inbox import Inbox


class Following:
    """Begun by `begin`, which returns at once: a kind may have libraries to read and servers to start.

    `seen` gets the name of a kind and all its devices at each change, `troubled` why they cannot be seen.
    """

    def __init__(
        self,
        inbox: Inbox,
        access: Mapping[str, DeviceAccess],
        seen: Callable[[str, tuple[SeenDevice, ...]], object],
        troubled: Callable[[str, MnistBenchError | None], object],
    ) -> None:
        self._inbox = inbox
        self._access = access
        self._seen, self._troubled = seen, troubled
        self._last: dict[str, tuple[SeenDevice, ...]] = {}
        self._followers: list[Follower] = []
        self._closing = threading.Event()
        self._starter = threading.Thread(target=self._start, name="devices", daemon=True)

    def begin(self) -> None:
        """Begin to follow."""
        self._starter.start()

    def close(self, limit_s: float) -> None:
        """End; waits for `limit_s` at most."""
        deadline = time.monotonic() + limit_s
        self._closing.set()
        if self._starter.ident is not None:
            self._starter.join(limit_s)
        for follower in self._followers:
            follower.close(max(0.0, deadline - time.monotonic()))

    def _start(self) -> None:
        for kind, access in self._access.items():
            follower = access.follower(
                lambda seen, kind=kind: self._post(lambda: self._tell_seen(kind, seen)),  # type: ignore[misc]
                lambda trouble, kind=kind: self._post(lambda: self._troubled(kind, trouble)),  # type: ignore[misc]
            )
            if self._closing.is_set():
                return
            self._followers.append(follower)
            follower.start()

    def _post(self, call: Callable[[], object]) -> None:
        self._inbox.post(lambda: None if self._closing.is_set() else call())

    def _tell_seen(self, kind: str, seen: tuple[SeenDevice, ...]) -> None:
        if self._last.get(kind) != seen:
            self._last[kind] = seen
            self._seen(kind, seen)
