"""Puts the same questions to PyTorch and to every kernel set, and counts where the answers differ."""

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial

import numpy as np

from mnist_bench.devices.lane import Lane
from mnist_bench.devices.this_computer import SubprocessTransport
from mnist_bench.engines.backends import find_backend
from mnist_bench.engines.engine import Deadlines, InferenceEngine
from mnist_bench.engines.errors import EngineError, RunnerLost, RunnerRefused
from mnist_bench.network.errors import NetworkError
from mnist_bench.network.network import Network, Precision
from mnist_bench.network.wire import check_runs_in
from mnist_bench.protocol.messages import Pixels
from mnist_bench.protocol.tables import ErrorCode
from mnist_bench.protocol.tracing import LayerTrace
from tests.runners.reference import float_logits
from tools.parity.comparing import Exact, Logits, Tally, differing_layers, differing_rows, share
from tools.parity.kernel_sets import KernelSet
from tools.parity.networks import network_of

PATIENT = Deadlines(load=600.0, answer=600.0)  # an emulator on a busy machine takes its time
_EXACT_AT_ONCE = 250
TRUTH = {Precision.FP32: "torch-fp32", Precision.INT8: "qnnpack-int8", Precision.FP16: "torch-fp32"}


@dataclass(slots=True)
class Refusals:
    """Networks that PyTorch would not execute or a precision cannot hold, and why: others were drawn in their place."""

    reasons: dict[str, int] = field(default_factory=dict)

    def add(self, reason: str) -> None:
        """Count one."""
        self.reasons[reason] = self.reasons.get(reason, 0) + 1


@contextmanager
def started(precision: Precision, sets: Sequence[KernelSet]) -> Iterator[tuple[InferenceEngine, list[InferenceEngine]]]:
    """PyTorch's engine, and one for each kernel set, all running."""
    with ExitStack() as stack:
        truth = stack.enter_context(InferenceEngine(find_backend(TRUTH[precision]), lane=Lane()))
        yield truth, [stack.enter_context(_engine(one, precision)) for one in sets]


def _engine(one: KernelSet, precision: Precision) -> InferenceEngine:
    def connect() -> SubprocessTransport:
        return SubprocessTransport(one.command())

    return InferenceEngine(find_backend(f"native-{precision}"), connect=connect, lane=Lane(), deadlines=PATIENT)


def compare_images(
    networks: Sequence[Network], images: Pixels, precision: Precision, sets: Sequence[KernelSet]
) -> tuple[Tally, ...]:
    """Each network's logits for uint8 images (N, 28, 28), by each kernel set."""
    tallies = [Tally(one.title, precision) for one in sets]
    with started(precision, sets) as (truth, engines), ThreadPoolExecutor(os.cpu_count()) as pool:
        for network in networks:
            truth.load(network)
            expected = truth.classify(images).logits

            exact = _exact_logits(network, images, precision)
            question = partial(_ask_images, network, images, expected, exact)
            list(pool.map(question, sets, engines, tallies))
    return tuple(tallies)


def _exact_logits(network: Network, images: Pixels, precision: Precision) -> Exact | None:
    """What float64 gives, against which fp32 alone is held, some images at a time: it needs a MB and more for each."""
    if precision is not Precision.FP32:
        return None
    starts = range(0, len(images), _EXACT_AT_ONCE)
    return np.concatenate([float_logits(network, images[start : start + _EXACT_AT_ONCE]) for start in starts])


def _ask_images(
    network: Network,
    images: Pixels,
    expected: Logits,
    exact: Exact | None,
    one: KernelSet,
    engine: InferenceEngine,
    tally: Tally,
) -> None:
    with _told(tally, network.name, engine):
        engine.load(network)
        got = engine.classify(images[:: one.stride]).logits
        tally.add_images(network.name, expected[:: one.stride], got)
        if exact is not None:
            tally.add_exact(network.name, exact[:: one.stride], got, is_bundled=True)


def _ask_network(
    name: str,
    network: Network,
    images: Pixels,
    expected: Logits,
    layers: Sequence[LayerTrace],
    exact: Exact | None,
    engine: InferenceEngine,
    tally: Tally,
) -> None:
    with _told(tally, name, engine):
        engine.load(network)
        got = engine.classify(images).logits
        found = list(differing_layers(layers, engine.trace(images[-1]), tally.precision, network.inputs))
        wrong = differing_rows(expected, got, tally.precision)
        if wrong.any():
            found.append(f"the logits of {wrong.sum()} of {len(images)} images differ")
        tally.add_network(name, found, share(expected, got))
        if exact is not None:
            tally.add_exact(name, exact, got, is_bundled=False)


@contextmanager
def _told(tally: Tally, name: str, engine: InferenceEngine) -> Iterator[None]:
    """What an engine could not do is a difference; a runner that it lost is started again."""
    try:
        yield
    except EngineError as error:
        tally.cases += 1
        tally.differs(f"{name}: {error}")
        if isinstance(error, RunnerLost):
            engine.start()


def compare_networks(
    count: int,
    images: Pixels,
    precision: Precision,
    sets: Sequence[KernelSet],
    first: int = 0,
    progress: Callable[[int], None] = lambda _: None,
) -> tuple[tuple[Tally, ...], Refusals]:
    """`count` random networks from number `first` on: logits for all `images`, and each layer's output for the last."""
    tallies, refusals = [Tally(one.title, precision) for one in sets], Refusals()
    number, done = first, 0
    with started(precision, sets) as (truth, engines), ThreadPoolExecutor(os.cpu_count()) as pool:
        while done < count:
            network, name = network_of(number), f"network {number}"
            number += 1
            try:
                check_runs_in(network, precision)
                truth.load(network)
                expected, layers = truth.classify(images).logits, truth.trace(images[-1])
            except NetworkError as error:
                refusals.add(error.message)
                continue
            except RunnerRefused as error:
                if error.code not in (ErrorCode.UNSUPPORTED, ErrorCode.FAILED):
                    raise
                refusals.add(error.message)
                continue

            exact = _exact_logits(network, images, precision)
            question = partial(_ask_network, name, network, images, expected, layers, exact)
            chosen = [place for place, one in enumerate(sets) if done % one.stride == 0]
            list(pool.map(question, [engines[place] for place in chosen], [tallies[place] for place in chosen]))
            done += 1
            progress(done)
    return tuple(tallies), refusals
