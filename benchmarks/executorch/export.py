"""Exports networks to ExecuTorch; runs in ExecuTorch's own environment, which has torch and NumPy and nothing of ours.

`python export.py NETWORK.npz FOLDER NAME` writes FOLDER/NAME-fp32.pte and FOLDER/NAME-int8.pte. NETWORK.npz holds an
array `layers` of operators' kinds ("linear", "conv2d", "relu", ...), and for the one at place I the arrays `I.inputs`
(the values that it reads: 0 is the image, J + 1 the output of operator J), `I.weight` and `I.bias` if it has them, and
its fields by their names. The input is float32 (1, 1, 28, 28) from 0 to 1, or (1, 784) where the network starts with a
flatten, which is left out then: the same values in the same order.
"""

import sys
import warnings
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from executorch.backends.xnnpack.partition.xnnpack_partitioner import XnnpackPartitioner
from executorch.backends.xnnpack.quantizer.xnnpack_quantizer import (
    XNNPACKQuantizer,
    get_symmetric_quantization_config,
)
from executorch.exir import to_edge_transform_and_lower
from torch import nn
from torchao.quantization.pt2e.quantize_pt2e import convert_pt2e, prepare_pt2e  # type: ignore[import-not-found]

_CALIBRATIONS = 16
_Fields = Mapping[str, np.ndarray]  # of one operator


def main(network: str, folder: str, name: str) -> None:
    """Write both precisions of one network."""
    torch.manual_seed(0)
    with np.load(network) as arrays:
        module, example = _modules(arrays)
    for precision, ready in (("fp32", module), ("int8", _quantized(module, example))):
        program = to_edge_transform_and_lower(
            torch.export.export(ready, (example,)), partitioner=[XnnpackPartitioner()]
        ).to_executorch()
        _check_delegated(program.executorch_program.execution_plan[0])
        Path(folder, f"{name}-{precision}.pte").write_bytes(program.buffer)


def _modules(arrays: Mapping[str, np.ndarray]) -> tuple[nn.Module, torch.Tensor]:
    kinds = [str(kind) for kind in arrays["layers"]]
    example = torch.rand(1, 1, 28, 28)
    if kinds[0] == "flatten":
        kinds[0], example = "identity", example.reshape(1, -1)
    modules, reads = [], []
    for place, kind in enumerate(kinds):
        if kind not in _MODULES:
            sys.exit(f"it has a {kind}, which is not exported here")
        own = f"{place}."
        fields = {name.removeprefix(own): arrays[name] for name in arrays if name.startswith(own)}
        modules.append(_MODULES[kind](fields))
        reads.append(fields["inputs"].tolist())
    return _Graph(modules, reads).eval().requires_grad_(False), example


class _Graph(nn.Module):
    """Modules in the order of their execution, each with the values that it reads."""

    def __init__(self, modules: Sequence[nn.Module], reads: Sequence[Sequence[int]]) -> None:
        super().__init__()
        self.steps, self.reads = nn.ModuleList(modules), reads

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        values = [image]
        for module, read in zip(self.steps, self.reads, strict=True):
            values.append(module(*(values[value] for value in read)))
        return values[-1]


class _Add(nn.Module):
    def forward(self, first: torch.Tensor, second: torch.Tensor) -> torch.Tensor:
        return first + second


class _Concat(nn.Module):
    def forward(self, *values: torch.Tensor) -> torch.Tensor:
        return torch.cat(values, 1)


def _linear(fields: _Fields) -> nn.Module:
    out, features = fields["weight"].shape
    return _with_weights(nn.Linear(features, out), fields)


def _conv2d(fields: _Fields) -> nn.Module:
    out, per_group, height, width = fields["weight"].shape
    (down, across), groups = fields["stride"].tolist(), int(fields["groups"])
    top, left, bottom, right = fields["padding"].tolist()
    is_even = (top, left) == (bottom, right)
    padding = (top, left) if is_even else (0, 0)
    module = nn.Conv2d(per_group * groups, out, (height, width), (down, across), padding, groups=groups)
    convolution = _with_weights(module, fields)
    return convolution if is_even else nn.Sequential(nn.ZeroPad2d((left, right, top, bottom)), convolution)


def _with_weights(module: nn.Module, fields: _Fields) -> nn.Module:
    module.load_state_dict({part: torch.from_numpy(fields[part]) for part in ("weight", "bias")})
    return module


def _max_pool2d(fields: _Fields) -> nn.Module:
    return nn.MaxPool2d(fields["kernel"].tolist(), fields["stride"].tolist(), _padding(fields))


def _avg_pool2d(fields: _Fields) -> nn.Module:
    kernel, stride, padding = fields["kernel"].tolist(), fields["stride"].tolist(), _padding(fields)
    counts = any(padding)  # XNNPACK can count none of it, which is the same where there is none
    return nn.AvgPool2d(kernel, stride, padding, count_include_pad=counts)


def _padding(fields: _Fields) -> tuple[int, int]:
    """Along height and width, on both sides."""
    top, left, bottom, right = fields["padding"].tolist()
    if (top, left) != (bottom, right):
        sys.exit("it has a pooling with more padding on one side than on the other, which is not exported here")
    return top, left


_MODULES: dict[str, Callable[[_Fields], nn.Module]] = {
    "identity": lambda _: nn.Identity(),
    "linear": _linear,
    "conv2d": _conv2d,
    "relu": lambda _: nn.ReLU(),
    "relu6": lambda _: nn.ReLU6(),
    "leaky_relu": lambda fields: nn.LeakyReLU(float(fields["slope"])),
    "elu": lambda fields: nn.ELU(float(fields["alpha"])),
    "tanh": lambda _: nn.Tanh(),
    "sigmoid": lambda _: nn.Sigmoid(),
    "max_pool2d": _max_pool2d,
    "avg_pool2d": _avg_pool2d,
    "flatten": lambda _: nn.Flatten(),
    "add": lambda _: _Add(),
    "concat": lambda _: _Concat(),
}


def _quantized(module: nn.Module, example: torch.Tensor) -> nn.Module:
    """Per channel and symmetric, as XNNPACK wants it; calibrated on noise, which is enough for a time."""
    quantizer = XNNPACKQuantizer().set_global(get_symmetric_quantization_config(is_per_channel=True))
    prepared = prepare_pt2e(torch.export.export(module, (example,)).module(), quantizer)
    for _ in range(_CALIBRATIONS):
        prepared(torch.rand_like(example))
    converted: nn.Module = convert_pt2e(prepared)
    return converted


def _check_delegated(plan: Any) -> None:
    """What is compared is XNNPACK: nothing may be left to ExecuTorch's portable kernels."""
    left = [operator.name for operator in plan.operators]
    if len(plan.delegates) != 1 or left:
        sys.exit(f"XNNPACK did not take all of the network: {left}")


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    main(*sys.argv[1:])
