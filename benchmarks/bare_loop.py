"""The bare loop that a runner is compared with: a runner's modules without protocol, engine and pipes around them.

`python -m benchmarks.bare_loop torch-fp32 eager`: answers each line {"model", "warm_up", "runs"} on standard input with
{"compute_ns": [...]}, in nanoseconds from pixel bytes to float32 logits.
"""

import json
import sys
from collections.abc import Callable
from time import perf_counter_ns

import numpy as np
import torch

from benchmarks.pictures import sample_digit
from mnist_bench.network.bundled import load_network
from mnist_bench.runners.torch_modules import (
    as_module,
    as_torchscript,
    float_steps,
    pixels_to_float,
    pixels_to_quantized,
    quantized_steps,
)


def make_module(model: str, backend: str, mode: str) -> torch.nn.Module:
    """The modules of a bundled model, as that mode joins them."""
    network = load_network(model)
    steps = quantized_steps(network) if backend == "qnnpack-int8" else float_steps(network)
    module = as_module(steps).eval()
    return as_torchscript(module) if mode == "torchscript" else module


def loop(
    module: torch.nn.Module, convert: Callable[[torch.Tensor], torch.Tensor], warm_up: int, runs: int
) -> list[int]:
    """Time `runs` inferences of one image, one by one, after `warm_up` others."""
    images = sample_digit()[np.newaxis]
    times = []
    for _ in range(warm_up + runs):
        start = perf_counter_ns()
        output = module(convert(torch.from_numpy(images)))
        if output.is_quantized:
            output = output.dequantize()
        output.numpy()
        times.append(perf_counter_ns() - start)
    return times[warm_up:]


def main(backend: str, mode: str) -> None:
    """Answer until the input ends."""
    torch.set_num_threads(1)
    torch.set_grad_enabled(False)
    if backend == "qnnpack-int8":
        torch.backends.quantized.engine = "qnnpack"
    convert = pixels_to_quantized if backend == "qnnpack-int8" else pixels_to_float
    modules: dict[str, torch.nn.Module] = {}
    for line in sys.stdin:
        question = json.loads(line)
        model = question["model"]
        if model not in modules:
            modules = {model: make_module(model, backend, mode)}  # one at a time, as a runner has it
        print(
            json.dumps({"compute_ns": loop(modules[model], convert, question["warm_up"], question["runs"])}), flush=True
        )


if __name__ == "__main__":
    main(*sys.argv[1:])
