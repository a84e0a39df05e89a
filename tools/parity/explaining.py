"""Why an engine's int8 answer is further than a step from QNNPACK's, or why it takes no such network: found by checks.

QNNPACK computes each operator once more from what the engine itself gave it, so that every operator answers for its own
difference alone. docs/library-runner.md says the same in words.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch.nn import functional

from mnist_bench.formats.xnnpack import steep_operators
from mnist_bench.network.layers import Conv2d, Linear, Operator
from mnist_bench.network.network import Network
from mnist_bench.protocol.messages import Pixels
from mnist_bench.runners.torch_modules import pixels_to_quantized, quantized_steps
from tools.parity.comparing import Logits
from tools.parity.engine_values import Values

OVERFLOW = "a sum times its scale leaves 32 bits, and one of the two puts out the byte at the other end"
GROWTH = "operators round otherwise, by one step, of which a later operator makes more"
STEEP = "a scale of sums is 256 or more, which XNNPACK does not take"

_BY_XNNPACK = ("litert", "executorch")
_LARGEST = 2.0**31 * (1 - 1e-6)  # engines scale in float32


@dataclass(frozen=True, slots=True)
class Reason:
    """`kind` is one of the texts above; `where` names the operators."""

    kind: str
    where: str


def explain_difference(network: Network, images: Pixels, logits: Logits, values: Values) -> Reason | None:
    """Why an engine's `logits` (N, 10) for uint8 images (N, 28, 28) are not QNNPACK's; `values` are those inside it.

    None where an operator differs for no known reason, or where the values do not lead to these logits.
    """
    torch.backends.quantized.engine = "qnnpack"
    steps = quantized_steps(network)
    exact = {0: pixels_to_quantized(torch.tensor(images))}
    theirs, apart = dict(exact), {0: 0}  # `apart`: the steps between the two, of each value
    overflowing, rounding, growing = [], [], []
    for step in steps:
        end, name = step.last + 1, f"{step.name} (layer {step.last})"
        step.run(exact)
        alone = step.run(theirs)
        own = alone.int_repr().numpy()
        got = values.get(step.last, own)  # a file leaves out what only passes bytes on
        off = got.astype(np.int64) - own
        scale, zero_point = alone.q_scale(), alone.q_zero_point()
        if (np.abs(off) > 1).any():
            wrong = _overflow(network.operators[step.first], theirs[step.inputs[0]], scale, off)
            if wrong is None:
                return None
            overflowing.append(f"{name} {wrong}")
        elif off.any():
            rounding.append(name)
        theirs[end] = torch._make_per_tensor_quantized_tensor(torch.tensor(got), scale, zero_point)
        apart[end] = int(np.abs(got.astype(np.int64) - exact[end].int_repr().numpy()).max())
        growth = apart[end] - max(apart[value] for value in step.inputs)
        growing.append((growth, apart[end], name))
    if np.abs(theirs[end].dequantize().numpy() - logits).max() > scale / 2 or apart[end] <= 1:
        return None
    if overflowing:
        return Reason(OVERFLOW, "; ".join(overflowing))
    _, steps_there, where = max(growing)
    return Reason(GROWTH, f"1 step at {rounding[0]}, {steps_there} at {where}")


def explain_refusal(engine: str, network: Network) -> Reason | None:
    """Why an engine refuses the int8 file of `network`; None where that is not known."""
    if engine not in _BY_XNNPACK or not (steep := steep_operators(network)):
        return None
    operators = network.operators
    return Reason(STEEP, ", ".join(f"{operators[index].kind} (layer {index}): {steep[index]:.3g}" for index in steep))


def _overflow(operator: Operator, read: torch.Tensor, scale: float, off: npt.NDArray[np.int64]) -> str | None:
    """Who wraps around wherever the engine's bytes are more than a step `off` QNNPACK's; None if it is not that.

    On x86, numbers that are too large for 32 bits become the smallest one: what QNNPACK does with large sums. What is
    too small becomes it rightly, but XNNPACK then adds a zero point that is negative in its signed bytes.
    """
    if not isinstance(operator, Conv2d | Linear):
        return None
    scaled = _scaled_sums(operator, read, scale)[np.abs(off) > 1]
    if (np.abs(scaled) < _LARGEST).any() or (off < -1).any():
        return None
    return "in both" if scaled.min() < 0 < scaled.max() else "in QNNPACK" if scaled.min() > 0 else "in the engine"


def _scaled_sums(operator: Conv2d | Linear, read: torch.Tensor, scale: float) -> npt.NDArray[np.float64]:
    """The sums of an operator in steps of its output, `scale`, before they are rounded."""
    assert operator.quantized is not None
    numbers = read.int_repr().double() - read.q_zero_point()
    weights = torch.tensor(operator.quantized.values, dtype=torch.float64)
    if isinstance(operator, Linear):
        sums = functional.linear(numbers, weights).numpy()
    else:
        top, left, bottom, right = operator.sides
        padded = functional.pad(numbers, (left, right, top, bottom))
        sums = functional.conv2d(padded, weights, stride=operator.stride, groups=operator.groups).numpy()
    units = read.q_scale() * operator.quantized.scales.astype(np.float64).reshape(-1, *[1] * (sums.ndim - 2))
    scaled: npt.NDArray[np.float64] = (sums * units + operator.bias.reshape(units.shape)) / scale
    return scaled
