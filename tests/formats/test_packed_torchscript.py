"""Archives that torch.utils.mobile_optimizer prepared for XNNPACK, which this torch cannot make: written here."""

import struct
import zipfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch.nn import functional

from mnist_bench.formats.evaluate import evaluate
from mnist_bench.formats.foreign import Unsupported
from mnist_bench.formats.torch_file import read
from tests.formats.torch_networks import IMAGES

FloatArray = npt.NDArray[np.float32]
NONE = b"N"


def number(value: int) -> bytes:
    return b"J" + struct.pack("<i", value)


def text(value: str) -> bytes:
    return b"X" + struct.pack("<I", len(value)) + value.encode()


def numbers(values: Sequence[int]) -> bytes:
    """A list of whole numbers, as TorchScript writes it."""
    return b"ctorch.jit._pickle\nbuild_intlist\n(](" + b"".join(map(number, values)) + b"etR"


def of(module: str, name: str, *fields: bytes) -> bytes:
    """An object of a class of TorchScript, and the state that it is given."""
    return f"c__torch__.torch.classes.{module}\n{name}\n".encode() + b")\x81(" + b"".join(fields) + b"tb"


class Constants:
    """The constants of an archive and their storages."""

    def __init__(self) -> None:
        self.storages: list[bytes] = []

    def tensor(self, array: FloatArray) -> bytes:
        self.storages.append(array.tobytes())
        name = str(len(self.storages) - 1)
        storage = b"(" + text("storage") + b"ctorch\nFloatStorage\n" + text(name) + text("cpu") + number(array.size)
        sizes = b"(" + b"".join(map(number, array.shape)) + b"t"
        steps = b"(" + b"".join(number(step // array.itemsize) for step in array.strides) + b"t"
        end = b"\x89ccollections\nOrderedDict\n)RtR"
        return b"ctorch._utils\n_rebuild_tensor_v2\n(" + storage + b"tQ" + number(0) + sizes + steps + end

    def write(self, path: Path, values: Sequence[bytes], body: str) -> Path:
        """The archive, whose forward has this body."""
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("a/data.pkl", b"\x80\x02c__torch__\nNet\n)\x81}X\x10\x00\x00\x00mobile_optimized\x88sb.")
            head = "class Net(Module):\n  def forward(self: __torch__.Net, x: Tensor) -> Tensor:\n"
            archive.writestr("a/code/__torch__.py", head + body)
            archive.writestr("a/constants.pkl", b"\x80\x02(" + b"".join(values) + b"t.")
            for name, data in enumerate(self.storages):
                archive.writestr(f"a/constants/{name}", data)
        return path


def normal(*shape: int) -> FloatArray:
    return np.random.default_rng(len(shape)).normal(size=shape).astype(np.float32)


def convolution(constants: Constants, *, stride: int, padding: int, groups: int, low: bytes, high: bytes) -> bytes:
    weight, bias = constants.tensor(normal(4, 1, 3, 3)), constants.tensor(normal(4))
    fields = [numbers([stride] * 2), numbers([padding] * 2), numbers([1, 1]), number(groups), low, high]
    return of("xnnpack", "Conv2dOpContext", weight, bias, *fields)


BODY = (
    "    _0 = ops.prepacked.conv2d_clamp_run(x, CONSTANTS.c0)\n"
    "    _1 = torch.flatten(torch.max_pool2d(_0, [2, 2]), 1)\n"
    "    return ops.prepacked.linear_clamp_run(_1, CONSTANTS.c1)\n"
)


def test_packed_weights_are_read_with_their_clamps(tmp_path: Path) -> None:
    constants = Constants()
    zero = b"G" + struct.pack(">d", 0.0)
    packed = convolution(constants, stride=2, padding=1, groups=1, low=zero, high=NONE)
    weight, bias = normal(10, 196), normal(10)
    linear = of("xnnpack", "LinearOpContext", constants.tensor(weight), constants.tensor(bias), NONE, NONE)
    (graph,) = read(constants.write(tmp_path / "a.ptl", [packed, linear], BODY))
    x = torch.from_numpy(IMAGES)
    x = functional.conv2d(x, torch.from_numpy(normal(4, 1, 3, 3)), torch.from_numpy(normal(4)), stride=2, padding=1)
    x = functional.max_pool2d(torch.relu(x), 2).flatten(1)
    expected = functional.linear(x, torch.from_numpy(weight), torch.from_numpy(bias))
    np.testing.assert_allclose(evaluate(graph, IMAGES), expected, atol=1e-4)


def test_packed_weights_of_an_unknown_form_are_named(tmp_path: Path) -> None:
    constants = Constants()
    packed = of("xnnpack", "TransposeConv2dOpContext", constants.tensor(normal(4, 1, 3, 3)))
    (graph,) = read(constants.write(tmp_path / "a.ptl", [packed, packed], BODY))
    named = [node.operator.what for node in graph.nodes if isinstance(node.operator, Unsupported)]
    assert named == ["TransposeConv2dOpContext"]  # what is behind it is not followed
