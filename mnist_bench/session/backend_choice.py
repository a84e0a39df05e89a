"""Which backends are selected at first, their order, and the colour that each keeps."""

import contextlib
from collections.abc import Iterable, Mapping

from mnist_bench.base.errors import UsageError
from mnist_bench.engines.backend import Backend
from mnist_bench.engines.backends import all_choices, find_backend, first_backends, offered_threads

MOST_CHOSEN = 6


def remembered(ids: Iterable[str], device_titles: Mapping[str, str]) -> tuple[Backend, ...]:
    """The backends with these ids that there still are, at most six; the first ones if none is left.

    Those of other devices are as good as there, wherever their device is: their card waits for it, under the title
    that `device_titles` has for its id.
    """
    found: dict[str, Backend] = {}
    for text in ids:
        with contextlib.suppress(UsageError):
            backend = find_backend(text, device_titles)
            found[backend.id] = backend
    return in_order(found.values())[:MOST_CHOSEN] or first_backends()


def in_order(backends: Iterable[Backend]) -> tuple[Backend, ...]:
    """The order of the cards: as they are offered, one thread first, other devices last."""
    offered = [backend.id for threads in offered_threads() for backend in all_choices(threads)]
    places = {backend_id: place for place, backend_id in enumerate(offered)}

    def key(backend: Backend) -> tuple[bool, int, str]:
        return bool(backend.device.id), places.get(backend.id, len(places)), backend.id

    return tuple(sorted(backends, key=key))
