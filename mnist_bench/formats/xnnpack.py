"""What XNNPACK, by which LiteRT and ExecuTorch compute, does not take of a network in int8."""

import numpy as np

from mnist_bench.base.words import three_digits
from mnist_bench.formats.errors import FormatError
from mnist_bench.network.layers import Conv2d, Linear
from mnist_bench.network.network import Network

_LIMIT = 256.0  # src/operators/convolution-nhwc.c and fully-connected-nc.c of github.com/google/XNNPACK


def steep_operators(network: Network) -> dict[int, float]:
    """By their places, the operators of a quantized network whose sums are multiplied with 256 or more, and by what.

    The factor is the input's scale times the weights', divided by the output's.
    """
    steep = {}
    for index, operator in enumerate(network.operators):
        if isinstance(operator, Conv2d | Linear) and operator.quantized is not None and network.activations is not None:
            unit = np.float32(network.read_quantizations(index)[0].scale) * operator.quantized.scales
            with np.errstate(over="ignore"):
                largest = float((unit / np.float32(network.activations[index].scale)).max())
            if largest >= _LIMIT:
                steep[index] = largest
    return steep


def refuse_steep(network: Network, engine: str) -> None:
    """FormatError for such a network: LiteRT 2.3.0 and ExecuTorch 1.5.1 fail on it, and sometimes free memory twice."""
    if steep := steep_operators(network):
        index, factor = next(iter(steep.items()))
        raise FormatError(
            f"{engine} does not run this network in int8: it would multiply sums of {network.operators[index].kind} "
            f"(layer {index}) by {three_digits(factor)}, and its XNNPACK takes less than {three_digits(_LIMIT)}.",
            advice="Quantize the network again: `mnist-bench quantize`.",
        )
