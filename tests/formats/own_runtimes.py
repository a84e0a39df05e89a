"""Runs exported files by the runtimes that they are made for, and compares their answers with the network's."""

import os
import threading
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from ai_edge_litert.interpreter import Interpreter

from mnist_bench.digits.samples import labelled_digits
from mnist_bench.network.network import Network, Precision
from mnist_bench.runners.torch_modules import (
    as_module,
    float_steps,
    pixels_to_float,
    pixels_to_quantized,
    quantized_steps,
)
from mnist_bench.training.examples import Examples
from mnist_bench.training.quantize import quantize

os.environ["ORT_DISABLE_TELEMETRY"] = "1"  # read when the library is loaded
import onnxruntime

Array = npt.NDArray[Any]
Images = npt.NDArray[np.uint8]

_PIECE = 500  # images at a time


def by_its_own_runtime(path: Path, images: Images) -> Array:
    """The logits (N, 10) of images (N, 28, 28), of any exported file by its ending."""
    if path.suffix == ".onnx":
        return by_onnx_runtime(path.read_bytes(), images)
    return by_litert(path.read_bytes(), images) if path.suffix == ".tflite" else by_pytorch(path, images)


def by_onnx_runtime(data: bytes, images: Images) -> Array:
    """The logits (N, 10) of images (N, 28, 28)."""
    settings = onnxruntime.SessionOptions()
    settings.intra_op_num_threads = settings.inter_op_num_threads = 1
    settings.add_session_config_entry("session.x64quantprecision", "1")  # exact int8 on every x86
    session = onnxruntime.InferenceSession(data, settings, ["CPUExecutionProvider"])
    pieces = [session.run(None, {"pixels": piece[:, np.newaxis]})[0] for piece in _pieces(images)]
    return np.concatenate(pieces)


def by_litert(data: bytes, images: Images) -> Array:
    """The logits (N, 10) of images (N, 28, 28); of an int8 file the numbers that its bytes stand for."""
    interpreter = Interpreter(model_content=data, num_threads=1)
    interpreter.allocate_tensors()
    [given], [answer] = interpreter.get_input_details(), interpreter.get_output_details()
    rows = []
    for image in images[..., np.newaxis]:
        pixels = (image / 255).astype(np.float32) if given["dtype"] == np.float32 else (image - 128.0).astype(np.int8)
        interpreter.set_tensor(given["index"], pixels[np.newaxis])
        interpreter.invoke()
        rows.append(interpreter.get_tensor(answer["index"])[0])
    scale, zero_point = answer["quantization"]
    logits = np.array(rows)
    return logits if scale == 0 else (logits - np.float32(zero_point)) * np.float32(scale)


def by_pytorch(path: Path, images: Images) -> Array:
    """The logits (N, 10) of images (N, 28, 28), of a TorchScript, .ptl or .pt2 file by its ending."""
    module: Any
    if path.suffix == ".pt2":
        module = torch.export.load(path).module()
    elif path.suffix == ".ptl":
        from torch.jit.mobile import _load_for_lite_interpreter

        module = _load_for_lite_interpreter(str(path))  # type: ignore[no-untyped-call]
    else:
        module = torch.jit.load(str(path))  # type: ignore[no-untyped-call]
    pixels = [torch.from_numpy((piece[:, np.newaxis] / 255).astype(np.float32)) for piece in _pieces(images)]
    with torch.no_grad():
        return np.concatenate([module(piece).numpy() for piece in pixels])


def by_this_program(network: Network, precision: Precision, images: Images) -> Array:
    """The logits (N, 10) of images (N, 28, 28), as its PyTorch runners have them."""
    is_int8 = precision is Precision.INT8
    torch.backends.quantized.engine = "qnnpack"
    module = as_module(quantized_steps(network) if is_int8 else float_steps(network)).eval()
    convert = pixels_to_quantized if is_int8 else pixels_to_float
    with torch.no_grad():
        answers = [module(convert(torch.tensor(piece))) for piece in _pieces(images)]
    return np.concatenate([(answer.dequantize() if is_int8 else answer).numpy() for answer in answers])


def _pieces(images: Images) -> list[Images]:
    return np.array_split(images, -(-len(images) // _PIECE))


def calibrated(network: Network) -> Network:
    """The network with int8 parameters as the product finds them, on some of the bundled digits."""
    digits = labelled_digits()
    return quantize(network, Examples.of(digits.images[::4], digits.labels[::4]), threading.Event())


def logit_scale(network: Network) -> float:
    """The size of one step of a quantized network's logits."""
    assert network.activations is not None
    return network.activations[len(network.logit_operators) - 1].scale


def assert_same_logits(found: Array, expected: Array, tolerance: float = 1e-4) -> None:
    """Within `tolerance` of the largest logit, and the same digits."""
    np.testing.assert_allclose(found, expected, rtol=0, atol=tolerance * np.abs(expected).max())
    assert_same_digits(found, expected, tie=2 * tolerance * float(np.abs(expected).max()))


def assert_same_digits(found: Array, expected: Array, tie: float) -> None:
    """The same digits, but where the two largest logits are no further apart than `tie`."""
    rows = np.arange(len(expected))
    behind = expected.max(axis=1) - expected[rows, found.argmax(axis=1)]
    assert behind.max() <= tie


def assert_same_steps(found: Array, expected: Array, scale: float) -> None:
    """Nearly all within one step of int8, and the same digits but where logits are that close."""
    assert (steps_apart(found, expected, scale) <= 1).mean() >= 0.999
    assert_same_digits(found, expected, tie=1.5 * scale)


def steps_apart(found: Array, expected: Array, scale: float) -> Array:
    """How many steps of int8 logits are between the two."""
    return np.abs(np.rint((found - expected) / scale))
