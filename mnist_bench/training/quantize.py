"""Quantizes a network after its training: `python -m mnist_bench.training.quantize --model FILE --out FILE --data DIR`.

Writes a new model file with both precisions. What is found here are the numbers alone (docs/model-file.md): per-channel
symmetric weights within +-127, and for each operator's output the scale and zero point that a histogram of calibration
images asks for. Prints JSON lines (protocol/job_process.py).
"""

import argparse
import threading
import warnings
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from mnist_bench.base.errors import Cancelled, InputError
from mnist_bench.digits.datasets import LabelledDigits, load_digits
from mnist_bench.digits.orders import ORDERS, UPRIGHT, find_other_order
from mnist_bench.network.arrays import FloatArray
from mnist_bench.network.bundled import model_path
from mnist_bench.network.model_file import read_model_file, write_model_file
from mnist_bench.network.network import Network, Precision
from mnist_bench.network.operators.activations import Relu, Relu6
from mnist_bench.network.operators.operator import Operator
from mnist_bench.network.operators.weighted import Weighted
from mnist_bench.network.quantization import (
    INPUT_QUANTIZATION,
    LARGEST_WEIGHT,
    ActivationQuantization,
    QuantizedWeights,
)
from mnist_bench.network.wire import check_runs_in
from mnist_bench.protocol.job_process import ProgressLines, emit, run_task
from mnist_bench.runners.torch_modules import as_module, float_steps, pixels_to_quantized, quantized_steps
from mnist_bench.training.data import render_pens
from mnist_bench.training.examples import Examples
from mnist_bench.training.pen_digits import for_training, read_pen_digits
from mnist_bench.training.recipes import PenRenderings

_SCANNED = 2048  # calibration images of each kind
_PENS = 1024
_SEED = 0
_LARGEST_BIAS = 2.0**30  # in steps: half of what 32 bits hold
_BATCH = 128
_COMPARED = 1000  # calibration images that fp32 and int8 both read
_STOPPED = "Quantizing was stopped; nothing was written."


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m mnist_bench.training.quantize", description="Quantize a network.")
    parser.add_argument("--model", required=True, help="model file or bundled model's name")
    parser.add_argument("--out", type=Path, required=True, help="new model file, with fp32 and int8")
    parser.add_argument("--data", type=Path, required=True, help="digits to calibrate on: a folder or a file")
    parser.add_argument("--order", choices=ORDERS, default=UPRIGHT, help="how its images are stored")
    parser.add_argument("--pen-digits", type=Path, help="UNIPEN file of pen digits, to calibrate on as well")
    return parser.parse_args(arguments)


def main(arguments: Sequence[str], stop: threading.Event) -> None:
    """Quantize as `arguments` say; MnistBenchError on bad input, Cancelled once `stop` is set."""
    options = _parse(arguments)
    torch.set_num_threads(1)
    source = model_path(options.model)
    if options.out.exists() and options.out.samefile(source):
        raise InputError(f"{options.out} is the model to quantize itself.", advice="Give --out another name.")
    model = read_model_file(source)
    check_runs_in(model.network, Precision.FP32)
    digits = load_digits(options.data, "train", order=options.order)
    images = calibration_images(digits, options.pen_digits, stop)
    network = quantize(model.network, images, stop)
    if stop.is_set():
        raise Cancelled(_STOPPED)
    write_model_file(options.out, network, {**model.notes, "calibration": f"{len(images)} images"})
    emit(
        "done",
        file=str(options.out),
        calibration_images=len(images),
        operators=len(network.operators),
        notes=_notes(digits, network),
        **agreement(network, images),
    )


def _notes(digits: LabelledDigits, network: Network) -> list[str]:
    """What a person should know of the digits: what was left out, or that they seem to lie in another order."""
    module = as_module(float_steps(network)).eval()

    @torch.no_grad()
    def predict(images: NDArray[np.uint8]) -> NDArray[np.uint8]:
        digits: torch.Tensor = module(torch.tensor(images).unsqueeze(1).float() / 255).argmax(dim=1)
        return digits.numpy().astype(np.uint8)

    other = find_other_order(digits.images, digits.labels, digits.order, predict)
    return [*digits.notes, *([] if other is None else [f"{other.sentence} To read them so: --order {other.order}"])]


def calibration_images(digits: LabelledDigits, pen_digits: Path | None, stop: threading.Event) -> Examples:
    """Images to observe activations on, of the training set and of writers that are trained on."""
    examples = Examples.of(digits.images[:_SCANNED], digits.labels[:_SCANNED])
    if pen_digits is None:
        return examples
    chance = np.random.default_rng(_SEED)
    pens = for_training(read_pen_digits(pen_digits))
    chosen = [pens[index] for index in chance.permutation(len(pens))[:_PENS]]
    return examples.joined(render_pens(chosen, PenRenderings(), chance, stop))


def quantize(network: Network, images: Examples, stop: threading.Event) -> Network:
    """The same network with int8 parameters beside its fp32 weights; Cancelled once `stop` is set."""
    observed = _observe(network, images, stop)
    operators: list[Operator] = []
    values = [INPUT_QUANTIZATION]
    for index, (operator, read) in enumerate(zip(network.operators, network.inputs, strict=True)):
        before = tuple(values[value] for value in read)
        if isinstance(operator, Weighted):
            smallest_scales = (np.abs(operator.bias) / (before[0].scale * _LARGEST_BIAS)).astype(np.float32)
            operator = replace(operator, quantized=quantize_weights(operator.weight, smallest_scales))
        operators.append(operator)
        values.append(operator.fixed_quantization(before) or observed[index])
    return replace(network, operators=tuple(operators), activations=tuple(values[1:]))


@torch.no_grad()
def agreement(network: Network, images: Examples) -> dict[str, int]:
    """How many of the calibration images, `_COMPARED` at most, int8 reads as fp32 does, and fp32 reads right.

    Nothing without QNNPACK.
    """
    if "qnnpack" not in torch.backends.quantized.supported_engines:
        return {}
    torch.backends.quantized.engine = "qnnpack"
    floats, integers = as_module(float_steps(network)).eval(), as_module(quantized_steps(network)).eval()
    compared = min(len(images), _COMPARED)
    equal, right = 0, 0
    for start in range(0, compared, _BATCH):
        chosen = torch.arange(start, min(start + _BATCH, compared))
        fp32 = floats(images.batch(chosen)[0]).argmax(dim=1)
        int8 = integers(pixels_to_quantized(images.images[chosen])).dequantize().argmax(dim=1)
        equal += int((fp32 == int8).sum())
        right += int((fp32 == images.labels[chosen]).sum())
    return {"compared_images": compared, "read_alike": equal, "read_right": right}


def quantize_weights(weight: FloatArray, smallest_scales: FloatArray | float = 0.0) -> QuantizedWeights:
    """Each output channel's weights in steps of its largest one's 127th part, rounded to nearest even.

    `smallest_scales`, of each output channel, keep a channel of tiny weights from making its bias too many steps.
    """
    largest = np.abs(weight).reshape(len(weight), -1).max(axis=1)
    smallest = np.maximum(smallest_scales, np.finfo(np.float32).eps)
    scales = np.maximum(largest / LARGEST_WEIGHT, smallest).astype(np.float32)
    steps = np.rint(weight / scales.reshape(-1, *[1] * (weight.ndim - 1)))
    return QuantizedWeights(np.clip(steps, -LARGEST_WEIGHT, LARGEST_WEIGHT).astype(np.int8), scales)


@torch.no_grad()
def _observe(network: Network, images: Examples, stop: threading.Event) -> dict[int, ActivationQuantization]:
    """The output quantization of every operator that has its own, by its index: behind its ReLU if it has one."""
    observers = {index: _observer() for index in range(len(network.logit_operators)) if _has_own(network, index)}
    steps = float_steps(network)
    progress = ProgressLines()
    done = 0
    for pixels, _ in images.pieces(_BATCH):
        if stop.is_set():
            raise Cancelled(_STOPPED)
        done += len(pixels)
        values = {0: pixels}
        for index, step in enumerate(steps):
            output = step.run(values)
            _check_finite(output, index, step.name)
            behind = index - 1 if _is_fused(network, index) else index
            if behind in observers and not _is_fused(network, index + 1):
                observers[behind](output)
        progress.show(done, len(images), "Observing calibration images")
    return {index: _quantization(observer) for index, observer in observers.items()}


def _check_finite(output: torch.Tensor, index: int, name: str) -> None:
    if not output.isfinite().all():
        raise InputError(
            f"Operator {index} ({name}) puts out values that are not finite numbers, so it cannot be quantized.",
            advice="Its weights are probably damaged or far too large: check the file, or train the network again.",
        )


def _has_own(network: Network, index: int) -> bool:
    """Whether calibration decides how the operator's output is quantized."""
    return network.operators[index].fixed_quantization((INPUT_QUANTIZATION,)) is None


def _is_fused(network: Network, index: int) -> bool:
    """Whether the operator at `index` is a ReLU that alone reads an output with a quantization of its own."""
    return (
        0 < index < len(network.operators)
        and isinstance(network.operators[index], Relu | Relu6)
        and network.can_fuse(index)
        and _has_own(network, index - 1)
    )


def _observer() -> nn.Module:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # torch.ao.quantization, which FACTS about torch 2.13 keep
        from torch.ao.quantization import HistogramObserver

        return HistogramObserver(dtype=torch.quint8, qscheme=torch.per_tensor_affine, quant_min=0, quant_max=255)


def _quantization(observer: nn.Module) -> ActivationQuantization:
    scale, zero_point = observer.calculate_qparams()  # type: ignore[operator]
    return ActivationQuantization(float(scale), int(zero_point))


if __name__ == "__main__":
    run_task(main)
