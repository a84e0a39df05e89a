"""Estimates the fixed cost of each layer on a backend."""

from dataclasses import dataclass

from mnist_bench.bench.layers.values import BackendLayers


@dataclass(frozen=True, slots=True)
class Overhead:
    """The part of a backend's time that does not depend on arithmetic.

    Attributes:
        weighted_ns: of each of the `weighted` entries that multiply and add.
        plain_ns: of each of the `plain` entries that do not (activations, poolings, flatten).
        total_ns: all of them together.
        share: of the sum of the layers' times, 0 to 1.
    """

    weighted_ns: float
    weighted: int
    plain_ns: float
    plain: int
    share: float

    @property
    def total_ns(self) -> float:
        """The fixed cost of all entries."""
        return self.weighted * self.weighted_ns + self.plain * self.plain_ns


def overhead(layers: BackendLayers) -> Overhead:
    """The fixed cost of a backend's entries, if each one's time is `fixed + multiply-adds x rate`.

    The rate cannot be larger than the least time per multiply-add of any entry. What the cheapest entry takes beyond
    its arithmetic at that rate is counted as the fixed cost of each; for entries without multiply-adds it is the time
    of the cheapest one. It is an estimate: a layer whose weights have left the caches costs more, too. What TorchScript
    saves is the check on it (`dominant_sentence`).
    """
    weighted = [entry for entry in layers.entries if entry.multiply_adds > 0]
    plain = [entry.compute_ns for entry in layers.entries if entry.multiply_adds == 0]
    weighted_ns = 0.0
    if weighted:
        rate = min(entry.compute_ns / entry.multiply_adds for entry in weighted)
        cheapest = min(weighted, key=lambda entry: entry.compute_ns)
        weighted_ns = cheapest.compute_ns - rate * cheapest.multiply_adds
    plain_ns = min(plain, default=0.0)
    total = len(weighted) * weighted_ns + len(plain) * plain_ns
    share = total / layers.sum_ns if layers.sum_ns else 0.0
    return Overhead(weighted_ns, len(weighted), plain_ns, len(plain), share)
