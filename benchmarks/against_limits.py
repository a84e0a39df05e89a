"""The limits of against.py's ratios: what the native runner may cost, compared with the one before Winograd."""

from enum import StrEnum

from mnist_bench.network.network import Precision

NO_SLOWER = 1.02
"""Of what has no limit of its own: portable kernels, and networks that none was set for."""
SIZE = 1.6


class Measure(StrEnum):
    """What is measured of both sides."""

    HOT = "hot"  # the runner's own times in a hot loop
    COLD = "cold"  # of single inferences, between which the core's caches are used for something else
    EVALUATING = "evaluating"  # the wall time for each image of an evaluation


_HOT = {
    ("digits-cnn", "avx512vnni"): (0.52, 0.83),
    ("digits-cnn", "avx2"): (0.57, 0.60),
    ("digits-cnn", "avxvnni"): (0.57, 0.42),
    ("CNN", "avx512vnni"): (0.40, NO_SLOWER),
    ("MLP", "avx512vnni"): (0.87, 0.87),
    ("MLP", "avxvnni"): (0.87, 0.50),
}
"""By network and kernels, in fp32 and int8."""
_COLD = {"digits-cnn": (0.80, NO_SLOWER)}
_EVALUATING = {"MLP": (1 / 2, 1 / 1.7)}
_ARM64 = {
    ("digits-cnn", "cortex-a53"): (0.53, 0.62),
    ("digits-cnn", "cortex-a76"): (0.53, 0.96, 0.35),
    ("digits-cnn", "max,sme=off"): (0.53, 0.71, 0.35),
    **{("CNN", cpu): (0.41, NO_SLOWER) for cpu in ("cortex-a53", "cortex-a76", "max,sme=off")},
}
"""By network and processor, in fp32 and int8; and of fp16 against the fp32 before."""
_PRECISIONS = (Precision.FP32, Precision.INT8, Precision.FP16)
_BEFORE = {"avxvnni": "avx2", "i8mm": "dotprod"}
"""For each new set, the one that its processors used before."""


def kernels_before(kernels: str | None) -> str | None:
    """The kernels to compare with: the same ones, where there were such before."""
    return _BEFORE.get(kernels, kernels) if kernels is not None else None


def most_time(what: Measure, network: str, kernels: str, *, int8: bool) -> float:
    """The highest ratio of times."""
    if kernels == "portable":
        return NO_SLOWER
    limits = {Measure.HOT: _HOT.get((network, kernels)), Measure.COLD: _COLD.get(network)}
    limits[Measure.EVALUATING] = _EVALUATING.get(network)
    return (limits[what] or (NO_SLOWER, NO_SLOWER))[int8]


def most_instructions(network: str, cpu: str, precision: Precision) -> float:
    """The highest ratio of instructions on an arm64 processor as QEMU calls it."""
    limits = dict(zip(_PRECISIONS, _ARM64.get((network, cpu), ()), strict=False))
    return limits.get(precision, NO_SLOWER)
