"""Which backends are chosen to begin with, in which order they stand, and the colour that each keeps."""

import contextlib
from collections.abc import Iterable, Mapping

from mnist_bench.base.errors import UsageError
from mnist_bench.engines.backend import Backend
from mnist_bench.engines.backends import all_choices, find_backend, first_backends, local_backends, offered_threads

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


def give_colors(backend_ids: Iterable[str], before: Mapping[str, int]) -> dict[str, int]:
    """A colour index for each backend's id: the one it had, else its own, else one that no other has had.

    Those of `before` are kept, so that a backend that is only in a saved result, or comes back, looks as it did.
    """
    commonest = dict.fromkeys(backend.id for backend in (*first_backends(), *local_backends()))
    own = {backend_id: color for color, backend_id in enumerate(commonest)}
    given = dict(before)
    for backend_id in backend_ids:
        if backend_id not in given:
            taken = given.values()
            free = [index for index in reversed(range(MOST_CHOSEN)) if index not in taken] or [max(taken) + 1]
            wanted = own.get(backend_id)
            given[backend_id] = wanted if wanted in free else free[0]
    return given
