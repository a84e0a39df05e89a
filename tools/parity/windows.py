"""The programs for Windows under Wine: the native runner's kernels, and engines' libraries beside those for Linux."""

import contextlib
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import product

from mnist_bench.base.errors import MnistBenchError
from mnist_bench.devices.lane import Lane
from mnist_bench.engines.backend import Backend
from mnist_bench.engines.backends import find_backend
from mnist_bench.engines.engine import InferenceEngine
from mnist_bench.engines.errors import EngineError, RunnerLost
from mnist_bench.network.network import Network, Precision
from mnist_bench.protocol.messages import Pixels
from tools.parity.comparing import Logits, Tally, differing_layers, differing_rows, share
from tools.parity.engines import SHARED_LIBRARIES, install_if_missing
from tools.parity.kernel_sets import KernelSet
from tools.parity.networks import network_of
from tools.parity.running import PATIENT
from tools.parity.wine import ABI, Wine, absent, started

_KERNELS = tuple(KernelSet(ABI, kernels, cpu="Wine") for kernels in ("portable", "avx2", "avxvnni", "avx512vnni"))

_HERE = "x86_64"
"""Wine is for Linux computers of this kind alone."""
_PARTS = ("bundled models, images", "bundled models, layers", "random networks")


@dataclass(frozen=True, slots=True)
class Windows:
    """What can be compared here.

    Attributes:
        sets: the native runner's kernels.
        engines: by name, those that are installed for Windows and for this computer.
        left_out: what is not compared, and why, in sentences.
        machine: what runs them.
    """

    sets: tuple[KernelSet, ...] = ()
    engines: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    machine: Wine = field(default_factory=Wine)

    def backends(self, name: str, precision: Precision) -> tuple[Backend, Backend]:
        """The engine `name` on this computer, and on Windows."""
        here = find_backend(f"{name}-{precision}")
        return here, replace(here, device=self.machine)


@contextlib.contextmanager
def windows(only: str = "", *, fetch: bool = False) -> Iterator[Windows]:
    """Everything with `only` in its name, in a Wine that is there until the end.

    With `fetch`, engines that are not installed, for Windows or for this computer, are installed first.
    """
    sets = tuple(one for one in _KERNELS if only in one.title)
    engines = tuple(name for name in SHARED_LIBRARIES if only in _title(name))
    with contextlib.ExitStack() as stack:
        if not sets and not engines:
            yield Windows()
        elif (reason := absent()) is not None:
            yield Windows(left_out=(f"Left out: Windows. {reason}",))
        else:
            try:
                machine = stack.enter_context(started())
            except (OSError, subprocess.SubprocessError) as error:
                yield Windows(left_out=(f"Left out: Windows. Wine does not start: {error}",))
            else:
                for name, abi in product(engines, (_HERE, ABI)) if fetch else ():
                    install_if_missing(name, abi)
                yield _ready(machine, sets, engines)


def _ready(machine: Wine, sets: Sequence[KernelSet], engines: Sequence[str]) -> Windows:
    here = Windows(tuple(replace(one, launcher=machine.launcher) for one in sets), machine=machine)
    missing = {name: [one.missing() for one in here.backends(name, Precision.INT8)] for name in engines}
    left_out = [f"Left out: {_title(name)}. {why}" for name, found in missing.items() for why in found if why]
    present = tuple(name for name in engines if not any(missing[name]))
    if "litert" in present and (why := machine.add_runtime()) is not None:
        left_out.append(f"Left out: {_title('litert')}. {why}")
        present = tuple(name for name in present if name != "litert")
    return replace(here, engines=present, left_out=tuple(left_out))


def _title(engine: str) -> str:
    return f"{engine} · {ABI} · Wine"


def compare_engine(
    here: Backend, there: Backend, networks: Sequence[Network], images: Pixels, numbers: Sequence[int], hard: Pixels
) -> dict[str, Tally]:
    """What an engine's library for Windows answers, and where that is not what the one for this computer answers:
    `networks`' logits for uint8 images (N, 28, 28) and each operator's output for the first one, and the logits of the
    random networks `numbers` for `hard` images.
    """
    tallies = {what: Tally(_title(here.kind.name), here.precision) for what in _PARTS}
    of_images, of_layers, of_networks = tallies.values()
    with (
        InferenceEngine(here, lane=Lane()) as ours,
        InferenceEngine(there, lane=Lane(), deadlines=PATIENT) as theirs,
    ):
        for network in networks:
            expected, got = _answer(ours, network, images), _answer(theirs, network, images)
            if isinstance(expected, str) or isinstance(got, str):
                of_images.cases += len(images)
                of_images.differs(f"{network.name}: {_words(got)} on Windows, {_words(expected)} here", len(images))
            else:
                of_images.add_images(network.name, expected, got)
                of_layers.add_network(network.name, _differing_layers(ours, theirs, images[0], here.precision), 0.0)
        for number in numbers:
            network = network_of(number)
            _add(of_networks, f"network {number}", _answer(ours, network, hard), _answer(theirs, network, hard))
    return {what: tally for what, tally in tallies.items() if tally.cases}


def _answer(engine: InferenceEngine, network: Network, images: Pixels) -> Logits | str:
    """Logits float32 (N, 10), or why there are none; a runner that is lost is started again."""
    try:
        engine.load(network)
        return engine.classify(images).logits
    except MnistBenchError as error:
        if isinstance(error, RunnerLost):
            engine.start()
        return error.message


def _differing_layers(
    ours: InferenceEngine, theirs: InferenceEngine, image: Pixels, precision: Precision
) -> Sequence[str]:
    try:
        return differing_layers(ours.trace(image), theirs.trace(image), precision)
    except EngineError as error:
        return (error.message,)


def _words(answer: Logits | str) -> str:
    return f"refused ({answer})" if isinstance(answer, str) else "computed"


def _add(tally: Tally, name: str, expected: Logits | str, got: Logits | str) -> None:
    if isinstance(expected, str) or isinstance(got, str):
        is_same = isinstance(expected, str) and isinstance(got, str)
        tally.add_network(name, () if is_same else (f"{_words(got)} on Windows, {_words(expected)} here",), 0.0)
        return
    wrong = differing_rows(expected, got, tally.precision)
    found = (f"the logits of {wrong.sum()} of {len(wrong)} images differ",) if wrong.any() else ()
    tally.add_network(name, found, share(expected, got))
