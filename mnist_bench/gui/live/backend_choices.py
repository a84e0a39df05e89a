"""Which backends the window offers, how they are written on a card, and the colour that each keeps."""

import contextlib
from collections.abc import Iterable, Mapping
from html import escape

from mnist_bench.base import words
from mnist_bench.base.errors import UsageError
from mnist_bench.engines.backend import Backend
from mnist_bench.engines.backends import all_choices, find_backend, first_backends, local_backends, offered_threads
from mnist_bench.protocol.messages import LoadResult, RunnerInfo

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


def detail_line(backend: Backend, loaded: LoadResult | None, peak_memory_bytes: int) -> str:
    """What a card says under its title: mode, threads, the size of the network, the runner's peak memory."""
    if loaded is None:
        return backend.mode_words
    peak = f" · peak {words.size(peak_memory_bytes)}" if peak_memory_bytes else ""  # 0: the system does not tell
    return f"{backend.mode_words} · {words.size(loaded.network_bytes)}{peak}"


def detail_tip(
    backend: Backend, network_name: str, info: RunnerInfo | None, loaded: LoadResult | None, peak_memory_bytes: int
) -> str:
    """The same and all else that is known of it, as a small table in HTML."""
    rows = [("Backend", backend.id), ("Mode", backend.mode_words), ("Network", network_name)]
    if loaded is not None:
        rows += [
            ("Its parameters", words.size(loaded.network_bytes)),
            ("Loaded in", words.duration(loaded.load_ns)),
        ]
    if peak_memory_bytes:
        rows.append(("Peak memory", f"{words.size(peak_memory_bytes)}, the whole runner"))
    if info is not None:
        rows += [("Runner", f"{info.program} {info.version}"), *info.facts.items()]
    cells = "".join(f"<tr><td>{escape(what)}&nbsp;&nbsp;</td><td>{escape(value)}</td></tr>" for what, value in rows)
    return f"<b>{escape(backend.title)}</b><table>{cells}</table>"
