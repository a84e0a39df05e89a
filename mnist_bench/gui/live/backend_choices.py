"""Which backends the window offers, how they are written on a card, and the colour that each keeps."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from html import escape

from mnist_bench.base import words
from mnist_bench.base.errors import UsageError
from mnist_bench.engines.backend import Backend
from mnist_bench.engines.backends import all_choices, find_backend
from mnist_bench.engines.native import NATIVE_FP32, NATIVE_INT8
from mnist_bench.engines.phones import PREFIX, PhoneBackend
from mnist_bench.engines.torch_backend import QNNPACK_INT8, TORCH_FP32
from mnist_bench.protocol.messages import LoadResult, RunnerInfo

MOST_CHOSEN = 6
THREADS = (1, 2, 4)
_OF_A_PHONE = re.compile(rf"{PREFIX}:.+:(fp32|int8)(:core[0-9]+)?")
_COMMONEST: tuple[Backend, ...] = (TORCH_FP32, QNNPACK_INT8, NATIVE_INT8, NATIVE_FP32)
_OWN_COLORS = {backend.id: color for color, backend in enumerate(_COMMONEST)}


def offered(threads: int) -> tuple[Backend, ...]:
    """Every backend of this computer that can run with this many threads, in each of its modes."""
    return all_choices(threads)


def default_backends() -> tuple[Backend, ...]:
    """What a person sees the first time: PyTorch, QNNPACK, and the native runner where there is one."""
    always = (TORCH_FP32, QNNPACK_INT8)
    return (*always, NATIVE_INT8) if NATIVE_INT8.missing() is None else always


def remembered(ids: Iterable[str], phone_titles: Mapping[str, str] | None = None) -> tuple[Backend, ...]:
    """The backends with these ids that there still are, at most six; the default ones if none is left.

    Those of phones are as good as there, wherever their phone is: their card waits for it, under its model's name if
    `phone_titles` has that for its serial.
    """
    titles = phone_titles or {}
    found: dict[str, Backend] = {}
    for text in ids:
        if text.startswith(PREFIX) and not _OF_A_PHONE.fullmatch(text):
            continue  # "the only phone": adb would have to be asked for it, before the window is there
        try:
            backend = find_backend(text)
        except UsageError:
            continue
        if isinstance(backend, PhoneBackend):
            backend = replace(backend, phone_title=titles.get(backend.serial, backend.serial))
        found[backend.id] = backend
    return in_order(found.values())[:MOST_CHOSEN] or default_backends()


def in_order(backends: Iterable[Backend]) -> tuple[Backend, ...]:
    """The order of the cards: as they are offered, one thread first, phones last."""
    places = {backend.id: place for place, backend in enumerate(one for threads in THREADS for one in offered(threads))}

    def key(backend: Backend) -> tuple[bool, int, str]:
        return isinstance(backend, PhoneBackend), places.get(backend.id, len(places)), backend.id

    return tuple(sorted(backends, key=key))


def give_colors(backends: Iterable[Backend], before: Mapping[str, int]) -> dict[str, int]:
    """A colour index for each backend's id: the one it had, else its own, else one that is free."""
    backends = tuple(backends)
    given = {backend.id: before[backend.id] for backend in backends if backend.id in before}
    for backend in backends:
        if backend.id not in given:
            free = [index for index in reversed(range(MOST_CHOSEN)) if index not in given.values()]
            wanted = _OWN_COLORS.get(backend.id)
            given[backend.id] = wanted if wanted in free else free[0]
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
