"""The colour and marker of each backend, by its id: the same in the window and in every report."""

from collections.abc import Iterable, Mapping
from typing import Final

from mnist_bench.engines.backends import first_backends, local_backends

BACKEND_COLORS: Final = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
"""Okabe and Ito's, distinguishable with any colour vision."""


def mark_of(index: int) -> int:
    """Which of as many marks and line styles goes with the colour of this index: from the seventh on, the colours come
    again with others.
    """
    return (index + index // len(BACKEND_COLORS)) % len(BACKEND_COLORS)


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
            free = [index for index in reversed(range(len(BACKEND_COLORS))) if index not in taken]
            wanted = own.get(backend_id)
            given[backend_id] = wanted if wanted in free else (free or [max(taken) + 1])[0]
    return given
