"""The native runner's time against the best of LiteRT, ONNX Runtime and ExecuTorch: one image, one thread.

Each is a program in C or C++ that times its own hot loop, from pixel bytes to float logits: pipes are not in it. Blocks
of all of them alternate. An engine that is missing, or does not run a network, is left out in so many words.
"""

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from itertools import chain
from pathlib import Path
from statistics import median

import numpy as np
import numpy.typing as npt

from benchmarks.best_engine import LIBRARIES, against_best
from benchmarks.children import ChildFailed
from benchmarks.executorch.peer import Part, peer
from benchmarks.executorch.programs import build_runner, exported
from benchmarks.figures import Figure, NotMeasured, Setup, say
from benchmarks.imported_networks import made_networks, networks_in
from benchmarks.interleaved import Block, Rounds, run_rounds
from benchmarks.native_engine import native_engine
from benchmarks.peer_networks import PeerNetwork
from benchmarks.pictures import sample_digit
from mnist_bench.base.errors import MnistBenchError
from mnist_bench.engines.backends import find_backend
from mnist_bench.engines.engine import InferenceEngine
from mnist_bench.network.bundled import bundled_names, load_network
from mnist_bench.network.network import PRECISIONS, Network, Precision

_BLOCK_NS = 20_000_000  # short, so that whatever else the machine does meets a round or spares it
_WARM_UP = 20
_SETS = 3  # of processes: where one has its memory is worth 4 % by itself
_SAME = 1e-3  # of the largest logit: all compute the same function

Logits = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Contestant:
    """An engine with a network: the median ns of so many inferences, and its logits of the sample digit."""

    title: str
    time_ns: Callable[[int], float]
    logits: Logits


Enter = Callable[[ExitStack, Network, Precision], Contestant]
"""Starts a contestant, which ends with the stack. Raises NotMeasured, ChildFailed or MnistBenchError."""


def measure(setup: Setup) -> Iterator[Figure]:
    """One ratio for each network and precision: against the engine that native is least ahead of."""
    with tempfile.TemporaryDirectory(prefix="mnist-bench-peer-") as folder:
        rivals = _rivals(Path(folder))
        if not rivals:
            raise NotMeasured("No other engine is here: mnist-bench engines install litert")
        for one in _networks(setup):
            for precision in PRECISIONS:
                if precision is Precision.INT8 and not one.network.is_quantized:
                    say(f"  {one.title} has no int8 parameters")
                    continue
                native = partial(_native, setup.kernels)
                running = fitting(one, precision, native, rivals)
                if running:
                    measured = _measured(one, precision, [native, *running], setup.times(14, 2))
                    yield figure(f"{one.title} {precision}", *measured)


def _networks(setup: Setup) -> Iterator[PeerNetwork]:
    bundled = [PeerNetwork(name, load_network(name)) for name in bundled_names()]
    if setup.quick:
        return iter(bundled[:1])
    return chain(bundled, made_networks(), networks_in(setup.models) if setup.models is not None else ())


def _rivals(folder: Path) -> list[Enter]:
    """How each engine is started that is here; what keeps the others away is told."""
    rivals: list[Enter] = []
    for name in LIBRARIES:
        missing = find_backend(f"{name}-fp32").missing()
        if missing is None:
            rivals.append(partial(_library, name))
        else:
            say(f"  {missing}")
    try:
        rivals.append(partial(_executorch, build_runner(folder)))
    except NotMeasured as error:
        say(f"  {error}")
    return rivals


def _native(kernels: str | None, stack: ExitStack, network: Network, precision: Precision) -> Contestant:
    return _running(native_engine(precision, kernels), stack, network)


def _library(name: str, stack: ExitStack, network: Network, precision: Precision) -> Contestant:
    return _running(InferenceEngine(find_backend(f"{name}-{precision}")), stack, network)


def _running(engine: InferenceEngine, stack: ExitStack, network: Network) -> Contestant:
    """One of this program's own runners, native or around a library."""
    stack.enter_context(engine)
    engine.load(network)
    digit = sample_digit()
    return Contestant(
        engine.backend.kind.title,
        lambda runs: float(np.median(engine.time(digit, _WARM_UP, runs))),
        engine.classify(digit).logits[0],
    )


def _executorch(program: Path, stack: ExitStack, network: Network, precision: Precision) -> Contestant:
    other = stack.enter_context(peer(program, exported(network, precision), sample_digit()))
    return Contestant("ExecuTorch", lambda runs: median(other.times_ns(Part.ALL, _WARM_UP, runs)), other.logits())


def fitting(one: PeerNetwork, precision: Precision, native: Enter, rivals: Sequence[Enter]) -> list[Enter]:
    """The rivals that run the network, and compute what native does; why the others do not is told."""
    found = []
    for enter in rivals:
        with ExitStack() as stack:
            try:
                other = enter(stack, one.network, precision)
                if precision is Precision.FP32:
                    _check_same(native(stack, one.network, precision), other)
                found.append(enter)
            except (NotMeasured, ChildFailed, MnistBenchError) as error:
                say(f"  {one.title} {precision}, one engine less: {error}")
    return found


def _measured(
    one: PeerNetwork, precision: Precision, enters: Sequence[Enter], rounds: int
) -> tuple[tuple[str, ...], Rounds]:
    """The contestants' titles, native's first, and their times."""
    times: list[tuple[float, ...]] = []
    for _ in range(_SETS):
        with ExitStack() as stack:
            contestants = [enter(stack, one.network, precision) for enter in enters]
            times += run_rounds(_blocks(contestants), rounds).times_ns
    return tuple(contestant.title for contestant in contestants), Rounds(tuple(times))


def _blocks(contestants: Sequence[Contestant]) -> list[Block]:
    """A block for each; all of about the same length."""
    blocks: list[Block] = []
    for contestant in contestants:
        runs = max(10, int(_BLOCK_NS / contestant.time_ns(100)))
        blocks.append(partial(contestant.time_ns, runs))
    return blocks


def _check_same(native: Contestant, other: Contestant) -> None:
    """NotMeasured for an engine that computes something else: to compare their times would mean nothing."""
    apart = np.abs(native.logits - other.logits).max()
    if not apart <= _SAME * np.abs(native.logits).max():
        raise NotMeasured(f"{other.title}'s logits are up to {apart:.3g} from native's.")


def figure(what: str, titles: Sequence[str], measured: Rounds) -> Figure:
    """The ratios and times of all, as a figure against the best."""
    every = range(1, len(titles))
    ratios = {titles[which]: median(measured.ratios(0, which)) for which in every}
    times = [f"{titles[which]} {measured.median_us(which):.3g} µs ({ratios[titles[which]]:.2f} x)" for which in every]
    detail = f"{measured.median_us(0):.3g} µs against {', '.join(times)}; {len(measured.times_ns)} rounds"
    return against_best(what, ratios, detail)
