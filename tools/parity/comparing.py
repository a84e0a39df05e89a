"""Two answers to the same question, and whether they are the same: int8 bit for bit, others within a tolerance."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from mnist_bench.network.network import Inputs, Precision
from mnist_bench.protocol.tracing import LayerTrace

Logits = npt.NDArray[np.float32]
"""Float32 (N, 10)."""
Exact = npt.NDArray[np.float64]
"""Logits float64 (N, 10), as exact as need be."""

TOLERANCE = {Precision.FP32: 1e-4, Precision.FP16: 3e-2}
"""By how much a value may differ from fp32's, as a share of the largest of its tensor."""
EXACT_TOLERANCE = 1e-5
"""By how much a bundled network's logit in fp32 may differ from float64's, as a share of the largest."""
_MOST_NOTES = 20
_INHERITING = (
    *("relu", "relu6", "leaky_relu", "elu", "prelu", "tanh", "sigmoid", "add", "add + relu", "concat", "flatten"),
)
"""What may put out less than it reads, and is as far off as that was."""
SMALLEST = 1e-30
"""Where no value is larger, what differs means nothing: at 1e-38 float32 itself loses its digits."""


@dataclass(slots=True)
class Tally:
    """What one kernel set was asked in one precision, and how often its answer differed.

    Attributes:
        what: for the table.
        cases: images, or networks.
        differing: of these.
        furthest: the greatest difference of a logit, as a share of the largest one.
        from_exact: in fp32 the same against what float64 gives.
        notes: the first differences, in words.
    """

    what: str
    precision: Precision
    cases: int = 0
    differing: int = 0
    furthest: float = 0.0
    from_exact: float = 0.0
    notes: list[str] = field(default_factory=list)

    def differs(self, note: str, count: int = 1) -> None:
        """Count `count` cases that differ."""
        self.differing += count
        if len(self.notes) < _MOST_NOTES:
            self.notes.append(note)

    def add_images(self, name: str, expected: Logits, got: Logits) -> None:
        """Count the images whose logits float32 (N, 10) are not the expected ones, or are too far from them."""
        self.cases += len(expected)
        self.furthest = max(self.furthest, share(expected, got))
        wrong = differing_rows(expected, got, self.precision)
        if wrong.any():
            first = int(np.argmax(wrong))
            self.differs(
                f"{name}: image {first} {got[first].tolist()}, not {expected[first].tolist()}", int(wrong.sum())
            )

    def add_exact(self, name: str, exact: Exact, got: Logits, *, is_bundled: bool) -> None:
        """Look at how far logits float32 (N, 10) are from float64's; a bundled network must read the same digits."""
        far = share(exact, got)
        self.from_exact = max(self.from_exact, far)
        if not far <= (EXACT_TOLERANCE if is_bundled else TOLERANCE[Precision.FP32]):
            self.differs(f"{name}: a logit is off float64's by {far:.1e} of the largest")
        if is_bundled and (others := int((exact.argmax(axis=1) != got.argmax(axis=1)).sum())):
            self.differs(f"{name}: {others} digits are not those of float64", others)

    def add_network(self, name: str, found: Sequence[str], furthest: float) -> None:
        """Count one network; `found` says what differs."""
        self.cases += 1
        self.furthest = max(self.furthest, furthest)
        if found:
            self.differs(f"{name}: {'; '.join(found)}")


def share(expected: Logits | Exact, got: Logits, largest: float | None = None) -> float:
    """The greatest difference, as a share of `largest`, by default the largest value expected."""
    difference = float(np.abs(expected.astype(np.float64) - got).max())
    if largest is None:
        largest = float(np.abs(expected).max())
    return difference / max(largest, SMALLEST)


def differing_rows(expected: Logits, got: Logits, precision: Precision) -> npt.NDArray[np.bool_]:
    """Bool (N,): whose logits float32 (N, 10) differ; if not in int8, by more than the tolerance, or in the digit."""
    if precision is Precision.INT8:
        unequal: npt.NDArray[np.bool_] = (expected != got).any(axis=1)
        return unequal
    limit = TOLERANCE[precision] * np.abs(expected).max()
    too_far: npt.NDArray[np.bool_] = (np.abs(expected.astype(np.float64) - got) > limit).any(axis=1)
    # Where the two largest are closer than the tolerance, either of them is the digit.
    chosen = np.take_along_axis(expected, got.argmax(axis=1)[:, np.newaxis], axis=1)[:, 0]
    other_digit = expected.max(axis=1) - chosen > limit
    too_far |= other_digit
    return too_far


def differing_layers(
    expected: Sequence[LayerTrace], got: Sequence[LayerTrace], precision: Precision, inputs: Inputs = ()
) -> tuple[str, ...]:
    """Which operators' outputs differ, in words; of operators that one of the two fuses, the last one's is looked at.

    `inputs` are the values that each operator reads: without it those of a chain.
    """
    theirs = {layer.last: layer for layer in expected}
    if got[-1].last != expected[-1].last:
        return (f"the trace ends behind layer {got[-1].last}, not {expected[-1].last}",)
    found = []
    largest = {0: 1.0}  # of each value; of one that only shrank, of what it was made of
    for layer in got:
        other = theirs.get(layer.last)
        if other is None:
            continue
        if layer.output.shape != other.output.shape:
            found.append(f"{layer.name}: {layer.output.shape}, not {other.output.shape}")
        elif precision is Precision.INT8:
            if count := int((layer.output != other.output).sum()):
                found.append(f"{layer.name} (layer {layer.last}): {count} of {layer.output.size} values differ")
        else:
            # An activation's or a sum's values are as far off as what was read, however small the largest of them is.
            read = inputs[layer.first] if inputs else (layer.first,)
            inherited = max(largest.get(value, 0.0) for value in read) if layer.name in _INHERITING else 0.0
            largest[layer.last + 1] = max(float(np.abs(other.output).max()), inherited)
            if (far := share(other.output, layer.output, largest[layer.last + 1])) > TOLERANCE[precision]:
                found.append(f"{layer.name} (layer {layer.last}): off by {far:.1e} of the largest value")
    return tuple(found)
