"""Networks in int8 that XNNPACK does not take are refused before LiteRT is given them, and no others."""

import numpy as np
import pytest

from mnist_bench.formats.errors import FormatError
from mnist_bench.formats.export_tflite import export_tflite
from mnist_bench.formats.xnnpack import refuse_steep
from mnist_bench.network.bundled import bundled_names, load_network
from mnist_bench.network.network import Precision
from tests.formats.own_runtimes import by_litert
from tests.networks import steep_network

IMAGES = np.zeros((1, 28, 28), np.uint8)


@pytest.mark.parametrize(("factor", "runs"), [(255.9, True), (256.1, False), (1e30, False)])
def test_litert_itself_draws_the_line_there(factor: float, runs: bool) -> None:
    network = steep_network(factor)
    data = export_tflite(network, Precision.INT8)
    if runs:
        refuse_steep(network, "LiteRT")
        assert (by_litert(data, IMAGES) == 0).all()
        return
    with pytest.raises(FormatError, match=r"sums of linear \(layer 2\) by"):
        refuse_steep(network, "LiteRT")
    with pytest.raises(RuntimeError, match="failed to create XNNPACK runtime"):
        by_litert(data, IMAGES)


def test_bundled_networks_are_not_steep() -> None:
    for name in bundled_names():
        refuse_steep(load_network(name), "LiteRT")
