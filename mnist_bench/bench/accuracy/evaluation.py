"""An evaluation: what several backends said of the same digits, and which digits those were."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from mnist_bench.base.bytes import sha256_hex
from mnist_bench.base.errors import InputError, MnistBenchError
from mnist_bench.bench import versions
from mnist_bench.bench.accuracy.evaluate import AccuracyResult
from mnist_bench.bench.conditions import Conditions
from mnist_bench.digits.datasets import LabelledDigits, load_digits
from mnist_bench.digits.orders import UPRIGHT, OtherOrder, named_with_order
from mnist_bench.engines.backends import title_of


@dataclass(frozen=True, slots=True)
class DigitSet:
    """Which digits were read, without the images themselves.

    Attributes:
        name: for people, without folders.
        count: how many there are.
        sha256: of the images and labels, in hexadecimal: the same digits have the same.
        source: the folder or file that they were read from; empty where they came from none.
        order: how the images were taken to be stored: one of ORDERS in digits/orders.py.
        notes: sentences on how they were read, and what was left out.
    """

    name: str
    count: int
    sha256: str
    source: str = ""
    order: str = UPRIGHT
    notes: tuple[str, ...] = ()

    @classmethod
    def of(cls, digits: LabelledDigits) -> Self:
        """That of these digits."""
        source = "" if digits.source is None else str(digits.source)
        sha256 = sha256_hex(digits.images.tobytes(), digits.labels.tobytes())
        return cls(digits.name, len(digits), sha256, source, digits.order, digits.notes)

    @property
    def title(self) -> str:
        """The name, and the order where it is not the usual one."""
        return named_with_order(self.name, self.order)

    def load(self) -> LabelledDigits:
        """The digits again, from where they were read; InputError where they are not there or not the same any more."""
        gone = f"The digits of {self.name} cannot be shown again"
        if not self.source:
            raise InputError(f"{gone}: they were not read from a file.")
        if self.source.startswith(("//", "\\\\")):  # Windows would tell that computer who asks
            raise InputError(f"{gone}: {self.source} lies on another computer.", advice="Evaluate on it again.")
        try:
            digits = load_digits(Path(self.source), order=self.order).first(self.count)
        except MnistBenchError as error:
            raise InputError(f"{gone}: {error.message}", advice="Put the data back where it was.") from error
        if DigitSet.of(digits).sha256 != self.sha256:
            raise InputError(f"{gone}: {self.source} now holds different digits.", advice="Evaluate again.")
        return digits


@dataclass(frozen=True, eq=False)
class Evaluation:
    """The answers of several backends about the same digits.

    Attributes:
        baseline: the id of the backend that the others are compared with.
        results: in order, for each backend that read any digits; if it ended early, for those that it had read.
        failures: by the id of each backend that ended early, a sentence that says why.
        cancelled: whether a person ended it early.
        other_order: where the network reads many more of them if they are stored in another order, which that is.
    """

    conditions: Conditions
    digits: DigitSet
    baseline: str
    results: tuple[AccuracyResult, ...]
    failures: dict[str, str] = field(default_factory=dict)
    cancelled: bool = False
    other_order: OtherOrder | None = None

    @property
    def notes(self) -> tuple[str, ...]:
        """What a person who sees the figures should know of the digits and of the engines, in sentences."""
        order = () if self.other_order is None else (self.other_order.sentence,)
        return *self.digits.notes, *order, *versions.sentences(self.engines)

    @property
    def engines(self) -> tuple[versions.Engine | None, ...]:
        """The title and version of each backend's engine, in order; None where it told none."""
        return tuple(one.engine for one in self.results)

    @property
    def complete(self) -> bool:
        """Whether every backend read every digit."""
        return not self.cancelled and not self.failures

    @property
    def titles(self) -> dict[str, str]:
        """Each backend's title by its id."""
        read = {one.backend_id: one.title for one in self.results}
        return {**read, **{backend_id: title_of(backend_id) for backend_id in self.without_result}}

    def result_of(self, backend_id: str) -> AccuracyResult | None:
        """The result of the backend with this id, if it read any digits."""
        return next((one for one in self.results if one.backend_id == backend_id), None)

    @property
    def without_result(self) -> list[str]:
        """The ids of the backends that failed before they had read any digits."""
        return [backend_id for backend_id in self.failures if self.result_of(backend_id) is None]
