"""How ONNX places the windows of convolutions and poolings."""

from mnist_bench.formats.building import NotSupported
from mnist_bench.formats.onnx_node import Node
from mnist_bench.formats.windows import rounded_up, same_padding
from mnist_bench.network.operators.window import Pair, Sides


def window(node: Node, kernel: Pair) -> tuple[Sides, Pair]:
    """Padding and stride of a convolution or pooling."""
    if any(step != 1 for step in node.integers("dilations")):
        raise NotSupported("with dilation")
    stride = node.pair("strides", (1, 1))
    pads = node.integers("pads", (0, 0, 0, 0))
    shape = node.graph.shape(node.value(0))
    if len(pads) != 4 or len(shape) != 4 or min(*stride, *kernel) < 1:
        raise NotSupported(f"on a value of the shape {shape}")
    size = shape[2], shape[3]
    match node.text("auto_pad", "NOTSET"):
        case "SAME_UPPER":
            return same_padding(size, kernel, stride), stride
        case "SAME_LOWER":
            return same_padding(size, kernel, stride, more_in_front=True), stride
        case "VALID":
            return (0, 0, 0, 0), stride
    padding: Sides = pads[0], pads[1], pads[2], pads[3]
    return (rounded_up(size, kernel, stride, padding) if node.integer("ceil_mode", 0) else padding), stride
