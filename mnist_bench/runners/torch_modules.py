"""A network as PyTorch modules: float ones, or QNNPACK's, built from the stored parameters only."""

import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import nn

from mnist_bench.network.layers import ActivationQuantization, Operator
from mnist_bench.network.network import Network
from mnist_bench.network.operators.operator import Quantizations
from mnist_bench.network.quantization import INPUT_QUANTIZATION
from mnist_bench.protocol.serve import Refused
from mnist_bench.protocol.tables import ErrorCode
from mnist_bench.runners.torch_float import float_module
from mnist_bench.runners.torch_quantized import quantized_module

Values = dict[int, torch.Tensor]


class MakeQuantized(Protocol):
    """Makes the module of an operator, perhaps with the ReLU behind it."""

    def __call__(
        self, operator: Operator, before: Quantizations, output: ActivationQuantization, *, fused_relu: bool
    ) -> nn.Module:
        """It reads values of the quantizations `before` and puts out one of `output`."""


@dataclass(frozen=True)
class Step:
    """One module and the operators it executes: from `first` to `last`, by their place in the network.

    `inputs` are the values of the network that it reads. A module that reads several is given them as one list.
    """

    name: str
    first: int
    last: int
    inputs: tuple[int, ...]
    module: nn.Module

    def run(self, values: Values) -> torch.Tensor:
        """The module's output, which is added to `values`."""
        read = [values[value] for value in self.inputs]
        output: torch.Tensor = self.module(read[0] if len(read) == 1 else read)
        values[self.last + 1] = output
        return output


def float_steps(
    network: Network, make: Callable[[Operator], nn.Module] = float_module, kind: torch.dtype = torch.float32
) -> tuple[Step, ...]:
    """Each operator up to the logits as a module, which `make` gives, on floats (N, C, H, W) of a `kind`, which its
    parameters are rounded to.
    """
    return tuple(
        Step(operator.kind, index, index, network.inputs[index], make(operator).to(kind))
        for index, operator in enumerate(network.logit_operators)
    )


def quantized_steps(network: Network, make: MakeQuantized = quantized_module) -> tuple[Step, ...]:
    """Each operator up to the logits as a module that `make` gives, by itself one on quint8 tensors; a ReLU behind
    conv2d, linear or add is fused.
    """
    if network.activations is None:
        raise Refused(ErrorCode.UNSUPPORTED, "The network has no int8 parameters.")
    steps: list[Step] = []
    operators = network.logit_operators
    index = 0
    while index < len(operators):
        operator = operators[index]
        fused = network.has_fused_relu(index)
        last = index + 1 if fused else index
        with _known_deprecations():
            before = network.read_quantizations(index)
            module = make(operator, before, network.activations[last], fused_relu=fused)
        name = f"{operator.kind} + relu" if fused else operator.kind
        steps.append(Step(name, index, last, network.inputs[index], module))
        index = last + 1
    return tuple(steps)


def as_module(steps: Sequence[Step]) -> nn.Module:
    """The steps as one module: of a chain a Sequential, which has the least overhead; otherwise torch.fx's graph."""
    ends = (0, *(step.last + 1 for step in steps))
    if all(step.inputs == (end,) for step, end in zip(steps, ends, strict=False)):
        return nn.Sequential(*[step.module for step in steps])
    graph = torch.fx.Graph()
    values: dict[int, torch.fx.Node] = {0: graph.placeholder("image")}
    for place, step in enumerate(steps):
        read = [values[value] for value in step.inputs]
        values[step.last + 1] = graph.call_module(f"step{place}", (read[0] if len(read) == 1 else read,))
    graph.output(values[ends[-1]])
    return torch.fx.GraphModule({f"step{place}": step.module for place, step in enumerate(steps)}, graph)


def pixels_to_float(images: torch.Tensor, kind: torch.dtype = torch.float32) -> torch.Tensor:
    """uint8 (N, 28, 28) to (N, 1, 28, 28) in 0..1; floats of any `kind` hold a pixel exactly before it is divided."""
    return images.unsqueeze(1).to(kind).div_(255.0)


def pixels_to_quantized(images: torch.Tensor) -> torch.Tensor:
    """uint8 (N, 28, 28) to quint8 (N, 1, 28, 28): a pixel byte is its own quantized value."""
    scale, zero_point = INPUT_QUANTIZATION.scale, INPUT_QUANTIZATION.zero_point
    return torch._make_per_tensor_quantized_tensor(images.unsqueeze(1), scale, zero_point)


def as_torchscript(module: nn.Module) -> nn.Module:
    """The module as a frozen TorchScript one."""
    with _known_deprecations():
        frozen: nn.Module = torch.jit.freeze(torch.jit.script(module.eval()))
    return frozen


@contextmanager
def _known_deprecations() -> Iterator[None]:
    """PyTorch 2.13 announces that quantized tensors and TorchScript will go: that is why it is pinned (docs/adr)."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", r"torch\.quantize_per_tensor, .* are deprecated", UserWarning)
        warnings.filterwarnings("ignore", r"`torch\.jit\.\w+` is", DeprecationWarning)
        warnings.filterwarnings("ignore", "The TorchScript type system doesn't support", UserWarning)  # torch.fx's own
        yield
