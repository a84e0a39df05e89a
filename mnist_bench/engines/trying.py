"""Finds the normalisation of a file that cannot be imported: its engine, if installed, reads the bundled digits."""

import itertools
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial

from mnist_bench.base.errors import Cancelled, MnistBenchError
from mnist_bench.digits.datasets import LabelledDigits
from mnist_bench.digits.samples import labelled_digits
from mnist_bench.engines.backend import Backend
from mnist_bench.engines.engine import InferenceEngine
from mnist_bench.engines.errors import RunnerRefused
from mnist_bench.engines.kinds.table import ENGINE_KINDS
from mnist_bench.formats.normalisation import INVERTED, NAMES, FoundNormalisation, parse_normalisation
from mnist_bench.formats.normalisation_search import ENOUGH, settled
from mnist_bench.network.network import Network, Precision
from mnist_bench.network.original import Fit, OriginalFile


def original_backend(network: Network) -> Backend | None:
    """The backend of this computer that runs the network's file as it is; None if its engine is not installed."""
    backends = (Backend(kind, Precision.ORIGINAL) for kind in ENGINE_KINDS.values())
    fitting = (one for one in backends if one.can_run(network) and one.missing() is None)
    return next(fitting, None)


def try_normalisations(
    network: Network, format_name: str, engine: InferenceEngine, is_cancelled: Callable[[], bool]
) -> tuple[Network, FoundNormalisation]:
    """The network, which is a file as it is, with what reads the most of the bundled digits, tried by `engine`.

    `format_name` is the file's format in words.

    Raises:
        MnistBenchError: the engine does not start, or runs the file with no candidate.
        Cancelled: at the next candidate once `is_cancelled`, which whoever cancels the engine's call sets first.
    """
    digits = labelled_digits()
    tried: dict[tuple[Fit, str], int] = {}
    refused: list[RunnerRefused] = []

    def read(fit: Fit, name: str, digits: LabelledDigits) -> int:
        if is_cancelled():
            raise Cancelled("Cancelled.")
        engine.load(_with_normalisation(network, fit, name))
        try:
            return int((engine.classify(digits.images).digits == digits.labels).sum())
        except RunnerRefused as error:  # an exponential of large pixels, for instance, is not finite
            refused.append(error)
            return 0

    try:
        with engine:
            for fit, name in _candidates(network, tried, len(digits)):
                tried[fit, name] = read(fit, name, digits)
            if refused and not any(tried.values()):
                raise refused[0]
            best = max(tried, key=lambda one: tried[one])[0]
            scores = {name: right for (fit, name), right in tried.items() if fit is best}
            found = settled(format_name, scores, digits, partial(read, best))
    except MnistBenchError as error:
        if is_cancelled():
            raise Cancelled("Cancelled.") from error
        raise
    return _with_normalisation(network, best, found.normalisation.name), found


def _candidates(network: Network, tried: dict[tuple[Fit, str], int], digits: int) -> Iterator[tuple[Fit, str]]:
    """What to try; dark ink on a light ground where nothing else reads enough."""
    own = _original(network).fit
    fits = (own,) if own is Fit.AS_THEY_ARE else (Fit.CENTRED, Fit.ENLARGED)
    yield from itertools.product(fits, NAMES)
    if max(tried.values()) < ENOUGH * digits:
        yield from itertools.product(fits, [INVERTED + name for name in NAMES])


def _with_normalisation(network: Network, fit: Fit, name: str) -> Network:
    """The network with its file's input filled so, and scaled as the normalisation of that name does it."""
    normalisation = parse_normalisation(name)
    original = replace(_original(network), fit=fit, scale=normalisation.scale / 255, offset=normalisation.offset)
    return replace(network, original=original)


def _original(network: Network) -> OriginalFile:
    assert network.original is not None  # noqa: S101 - whoever asks for its normalisation has one
    return network.original
