"""Exports networks to ExecuTorch; runs in ExecuTorch's own environment, which has torch and NumPy and nothing of ours.

`python export.py NETWORK.npz FOLDER NAME` writes FOLDER/NAME-fp32.pte and FOLDER/NAME-int8.pte. NETWORK.npz holds an
array `layers` of words ("linear", "conv2d", "relu", "max_pool2d", "flatten"), and for the weighted ones at place I the
arrays `I.weight`, `I.bias` and, for conv2d, `I.padding`. The input is float32 (1, 1, 28, 28) from 0 to 1, or (1, 784)
where the network starts with a flatten, which is left out then: the same values in the same order.
"""

import sys
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from executorch.backends.xnnpack.partition.xnnpack_partitioner import (  # type: ignore[import-not-found]
    XnnpackPartitioner,
)
from executorch.backends.xnnpack.quantizer.xnnpack_quantizer import (  # type: ignore[import-not-found]
    XNNPACKQuantizer,
    get_symmetric_quantization_config,
)
from executorch.exir import to_edge_transform_and_lower  # type: ignore[import-not-found]
from torch import nn
from torchao.quantization.pt2e.quantize_pt2e import convert_pt2e, prepare_pt2e  # type: ignore[import-not-found]

_CALIBRATIONS = 16


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
        kinds[0], example = "", example.reshape(1, -1)
    modules = [_module(kind, place, arrays) for place, kind in enumerate(kinds) if kind]
    return nn.Sequential(*modules).eval().requires_grad_(False), example


def _module(kind: str, place: int, arrays: Mapping[str, np.ndarray]) -> nn.Module:
    match kind:
        case "relu":
            return nn.ReLU()
        case "flatten":
            return nn.Flatten()
        case "max_pool2d":
            return nn.MaxPool2d(2)
    weight, bias = (torch.from_numpy(arrays[f"{place}.{part}"]) for part in ("weight", "bias"))
    module: nn.Linear | nn.Conv2d
    if kind == "linear":
        module = nn.Linear(weight.shape[1], weight.shape[0])
    else:
        height, width = weight.shape[2:]
        padding_height, padding_width = arrays[f"{place}.padding"].tolist()
        module = nn.Conv2d(weight.shape[1], weight.shape[0], (height, width), padding=(padding_height, padding_width))
    module.load_state_dict({"weight": weight, "bias": bias})
    return module


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
