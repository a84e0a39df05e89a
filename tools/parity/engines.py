"""Asks engines what PyTorch is asked, and explains each network that ONNX Runtime or LiteRT computes otherwise."""

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from mnist_bench.base import words
from mnist_bench.base.errors import InputError, MnistBenchError
from mnist_bench.cli.tables import table
from mnist_bench.devices.this_computer import this_abi
from mnist_bench.digits.datasets import LabelledDigits, load_digits
from mnist_bench.digits.mnist import find_mnist
from mnist_bench.digits.samples import labelled_digits
from mnist_bench.engines.backend import Backend
from mnist_bench.engines.backends import find_backend
from mnist_bench.engines.engine import InferenceEngine
from mnist_bench.engines.errors import RunnerLost, RunnerRefused
from mnist_bench.engines.libraries.install import choice_of, install
from mnist_bench.network.bundled import bundled_names, load_network
from mnist_bench.network.network import Network, Precision
from mnist_bench.protocol.messages import Pixels
from tools.parity.comparing import SMALLEST, TOLERANCE, Logits
from tools.parity.engine_values import values_in
from tools.parity.explaining import Reason, explain_difference, explain_refusal
from tools.parity.networks import network_of
from tools.parity.running import TRUTH

SHARED_LIBRARIES = ("onnxruntime", "litert")
"""Engines that the library runner opens."""
NAMES = (*SHARED_LIBRARIES, "executorch")
GRAPHS, QUICK_GRAPHS = 200, 40

_LEAST_EQUAL = 0.999  # of the bytes of int8 logits
_MOST_POINTS_APART = 0.02
_MOST_STEPS = 1
_IMAGE_TITLES = ("images", "engine", "accuracy", "PyTorch's", "equal logits", "furthest")
_GRAPH_TITLES = ("random networks", "engine", "cases", "equal", "near", "otherwise", "refused", "furthest")


def split_by_installation(chosen: str, *, fetch: bool = False) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The engines with `chosen` in their name or title that run here, and why each other one is left out.

    With `fetch`, those that are not installed are installed first; InputError and others where that fails.
    """
    present, absent = [], []
    for name in NAMES:
        backend = find_backend(f"{name}-int8")
        if chosen.lower() not in f"{name} {backend.kind.title}".lower():
            continue
        if fetch and (abi := this_abi()) is not None:
            install_if_missing(name, abi)
        missing = backend.missing()
        if missing is None:
            present.append(name)
        else:
            absent.append(f"Left out: {missing} (or ARGS=--fetch).")
    return tuple(present), tuple(absent)


def install_if_missing(name: str, abi: str) -> None:
    """Install an engine for `abi`; InputError and others where that fails."""
    choice = choice_of(name, abi)
    if choice.installed is None:
        install(choice)


def digits_to_read(data: Path | None, count: int) -> LabelledDigits:
    """The first `count` of MNIST's test digits; without MNIST the bundled ones."""
    try:
        return load_digits(find_mnist(data), "test").first(count)
    except InputError:
        return labelled_digits().first(count)


@dataclass(frozen=True, slots=True)
class ImageTally:
    """What an engine makes of a bundled model: of `images` it reads `right` rightly, PyTorch `own_right`.

    `equal` is the share of logits that are the same, and `furthest` what `apart` says of all images.
    """

    model: str
    engine: str
    precision: Precision
    images: int
    right: int
    own_right: int
    equal: float
    furthest: float

    @property
    def is_wrong(self) -> bool:
        """Whether it is further from PyTorch's answers than rounding explains."""
        other = 100 * abs(self.right - self.own_right) / self.images > _MOST_POINTS_APART
        unequal = self.precision is Precision.INT8 and self.equal < _LEAST_EQUAL
        return other or unequal or self.furthest > _limit(self.precision)

    @property
    def row(self) -> tuple[str, ...]:
        """For the table."""
        shares = (words.accuracy(count / self.images) for count in (self.right, self.own_right))
        return (
            f"{self.precision}, {self.model}, {self.images:,}",
            self.engine,
            *shares,
            f"{100 * self.equal:.3f} %",
            _distance(self.furthest, self.precision),
        )


@dataclass(slots=True)
class GraphTally:
    """How many random networks an engine computes as PyTorch does, and which not.

    Attributes:
        near: of `cases`, those that differ by one step at most, or by TOLERANCE of the largest logit.
        otherwise: those further apart, with where in the network, by the kind of reason.
        refused: likewise, those that the engine did not take.
        unexplained: those for which no reason was found, in words.
    """

    engine: str
    precision: Precision
    cases: int = 0
    equal: int = 0
    near: int = 0
    furthest: float = 0.0
    otherwise: dict[str, list[str]] = field(default_factory=dict)
    refused: dict[str, list[str]] = field(default_factory=dict)
    unexplained: list[str] = field(default_factory=list)

    def add(self, name: str, expected: Logits, got: Logits, step: float, explain: Callable[[], Reason | None]) -> None:
        """Count a network by its logits float32 (N, 10); `step` is that of int8 ones."""
        distance = float(apart(expected, got, step, self.precision).max())
        self.cases += 1
        self.furthest = max(self.furthest, distance)
        if (expected == got).all():
            self.equal += 1
        elif distance <= _limit(self.precision):
            self.near += 1
        else:
            self._explain(self.otherwise, name, explain(), f"off by {_distance(distance, self.precision)}")

    def refuse(self, name: str, sentence: str, reason: Reason | None) -> None:
        """Count a network that was refused with this sentence."""
        self.cases += 1
        self._explain(self.refused, name, reason, sentence)

    def _explain(self, group: dict[str, list[str]], name: str, reason: Reason | None, sentence: str) -> None:
        if reason is None:
            group.setdefault("for no known reason", []).append(name)
            self.unexplained.append(f"{name}: {sentence}")
        else:
            group.setdefault(reason.kind, []).append(f"{name} ({reason.where})")

    @property
    def row(self) -> tuple[str, ...]:
        """For the table."""
        counts = (self.equal, self.near, *(sum(map(len, group.values())) for group in (self.otherwise, self.refused)))
        furthest = _distance(self.furthest, self.precision)
        return str(self.precision), self.engine, *(f"{count:,}" for count in (self.cases, *counts)), furthest

    @property
    def notes(self) -> list[str]:
        """Which are computed otherwise or refused, and why; in sentences."""
        groups = (("computed otherwise", self.otherwise), ("refused", self.refused))
        notes = [
            f"{self.precision}, {self.engine}, {what}: {kind}: {', '.join(names)}."
            for what, group in groups
            for kind, names in group.items()
        ]
        return notes + [f"{self.precision}, {self.engine}, unexplained: {one}" for one in self.unexplained]


def apart(expected: Logits, got: Logits, step: float, precision: Precision) -> npt.NDArray[np.float64]:
    """Float64 (N,): of each row the greatest difference; in int8 in steps, in fp32 as a share of the row's largest."""
    distances: npt.NDArray[np.float64] = np.abs(expected.astype(np.float64) - got).max(axis=1)
    if precision is Precision.INT8:
        return np.rint(distances / step).astype(np.float64)
    largest: npt.NDArray[np.float64] = np.maximum(np.abs(expected).max(axis=1), SMALLEST).astype(np.float64)
    return distances / largest


def compare_images(
    networks: Sequence[Network], digits: LabelledDigits, precision: Precision, names: Sequence[str]
) -> list[ImageTally]:
    """Each network's logits for all digits, by each engine."""
    tallies = []
    with ExitStack() as stack:
        truth, *engines = (stack.enter_context(InferenceEngine(one)) for one in _backends(precision, names))
        for network in networks:
            truth.load(network)
            expected = truth.classify(digits.images)
            for engine in engines:
                engine.load(network)
                got = engine.classify(digits.images)
                distances = apart(expected.logits, got.logits, _step(network), precision)
                right, own_right = (int((one.digits == digits.labels).sum()) for one in (got, expected))
                equal = float((got.logits == expected.logits).mean())
                furthest = float(distances.max())
                title = engine.backend.kind.title
                tallies.append(
                    ImageTally(network.name, title, precision, len(digits), right, own_right, equal, furthest)
                )
    return tallies


def compare_graphs(
    count: int, images: Pixels, precision: Precision, names: Sequence[str], first: int = 0
) -> list[GraphTally]:
    """The logits of `count` random networks from number `first` on, those that PyTorch runs, by each engine."""
    backends = _backends(precision, names)
    tallies = [GraphTally(backend.kind.title, precision) for backend in backends[1:]]
    number = first - 1
    done = 0
    with ExitStack() as stack:
        truth, *engines = (stack.enter_context(InferenceEngine(one)) for one in backends)
        while done < count:
            number += 1
            network = network_of(number)
            try:
                truth.load(network)
                expected = truth.classify(images).logits
            except RunnerRefused:
                continue  # the comparison of kernel sets tells of these
            done += 1
            for name, engine, tally in zip(names, engines, tallies, strict=True):
                _ask(name, number, network, images, expected, engine, tally)
    return tallies


def _ask(
    name: str,
    number: int,
    network: Network,
    images: Pixels,
    expected: Logits,
    engine: InferenceEngine,
    tally: GraphTally,
) -> None:
    try:
        engine.load(network)
        got = engine.classify(images).logits
    except MnistBenchError as error:
        reason = explain_refusal(name, network) if tally.precision is Precision.INT8 else None
        tally.refuse(str(number), error.message, reason)
        if isinstance(error, RunnerLost):
            engine.start()
        return

    def explain() -> Reason | None:
        if tally.precision is not Precision.INT8:
            return None
        try:
            values = values_in(engine.backend, network, images)
        except MnistBenchError:
            return None
        return explain_difference(network, images, got, values)

    tally.add(str(number), expected, got, _step(network), explain)


def compare(
    names: Sequence[str],
    precisions: Sequence[Precision],
    digits: LabelledDigits | None,
    images: Pixels,
    graphs: int,
    first: int,
    say: Callable[[str], None],
) -> bool:
    """Compare and print two tables, and a note on each network that is not computed as PyTorch does.

    `digits` are for the bundled models, `images` for `graphs` random networks from number `first` on. Whether anything
    is further apart than allowed and not explained.
    """
    if not names:
        return False
    answers: list[ImageTally] = []
    tallies: list[GraphTally] = []
    for precision in precisions:
        if digits is not None:
            say(f"{precision}: engines, {len(digits):,} images ...")
            answers += compare_images([load_network(name) for name in bundled_names()], digits, precision, names)
        # ExecuTorch has to export each network, which takes 10 s: only if nothing else is asked for.
        if asked := [name for name in names if name in SHARED_LIBRARIES] or names:
            say(f"{precision}: engines, {graphs} random networks ...")
            tallies += compare_graphs(graphs, images, precision, asked, first)
    if answers:
        print("", table(_IMAGE_TITLES, [one.row for one in answers], numbers=(2, 3, 4, 5)), sep="\n")
    if tallies:
        print("", table(_GRAPH_TITLES, [one.row for one in tallies], numbers=range(2, 8)), "", sep="\n")
    print("\n".join(note for tally in tallies for note in tally.notes))
    return any(one.is_wrong for one in answers) or any(tally.unexplained for tally in tallies)


def _backends(precision: Precision, names: Sequence[str]) -> list[Backend]:
    """PyTorch's, and the engines'."""
    return [find_backend(text) for text in (TRUTH[precision], *(f"{name}-{precision}" for name in names))]


def _step(network: Network) -> float:
    """Of the logits in int8."""
    assert network.activations is not None
    return network.activations[len(network.logit_operators) - 1].scale


def _limit(precision: Precision) -> float:
    return _MOST_STEPS if precision is Precision.INT8 else TOLERANCE[precision]


def _distance(distance: float, precision: Precision) -> str:
    return words.plural(round(distance), "step") if precision is Precision.INT8 else f"{distance:.1e}"
