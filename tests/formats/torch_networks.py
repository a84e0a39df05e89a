"""Networks in PyTorch's own words, and the files that PyTorch makes of them, for tests of their readers."""

import io
import warnings
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import nn
from torch.nn import functional

IMAGES = np.random.default_rng(1).uniform(size=(5, 1, 28, 28)).astype(np.float32)


def learning_path(*, tanh: bool = True, softmax: bool = True) -> nn.Module:
    """The network of Arm's Learning Path "Create and train a PyTorch model for digit classification"."""
    torch.manual_seed(1)
    activations = (nn.Tanh(), nn.Sigmoid()) if tanh else (nn.ReLU(), nn.ReLU())
    stack = [nn.Linear(784, 96), activations[0], nn.Dropout(0.2), nn.Linear(96, 256), activations[1], nn.Dropout(0.2)]
    return _Stack(nn.Sequential(*stack, nn.Linear(256, 10), *([nn.Softmax(dim=1)] if softmax else [])))


class _Stack(nn.Module):
    def __init__(self, stack: nn.Sequential) -> None:
        super().__init__()
        self.flatten = nn.Flatten()
        self.linear_stack = stack

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        logits: torch.Tensor = self.linear_stack(self.flatten(x))
        return logits


class LeNet(nn.Module):
    """Convolutions and linear layers as attributes; all else is functional."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(1, 6, 5)
        self.conv2 = nn.Conv2d(6, 16, 5)
        self.fc1 = nn.Linear(256, 30)
        self.fc2 = nn.Linear(30, 10)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = functional.relu(functional.max_pool2d(self.conv1(x), 2))
        x = functional.relu(functional.max_pool2d(self.conv2(x), 2))
        x = functional.relu(self.fc1(x.view(-1, 256)))
        x = functional.dropout(x, training=self.training)
        return functional.log_softmax(self.fc2(x), dim=1)


def blocks() -> nn.Sequential:
    """Convolutions without bias, each with a batch norm, in one Sequential."""
    torch.manual_seed(3)
    convolutions = [
        *(nn.Conv2d(1, 4, 3, padding=1, bias=False), nn.BatchNorm2d(4), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Conv2d(4, 8, 3, padding=1, bias=False), nn.BatchNorm2d(8), nn.ReLU(), nn.MaxPool2d(2)),
    ]
    module = nn.Sequential(*convolutions, nn.Flatten(), nn.Linear(8 * 49, 10))
    _draw_statistics(module)
    return module


class Residual(nn.Module):
    """What no chain can be: sums, a concatenation, and operators that passes rewrite."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Conv2d(1, 4, 3, padding="same")
        self.norm = nn.BatchNorm2d(4)
        self.down = nn.Conv2d(4, 8, 3, stride=2, padding=1, bias=False)
        self.side = nn.Conv2d(8, 8, 1, groups=2)
        self.prelu = nn.PReLU(8)
        self.shrink = nn.MaxPool2d(3, 2, 1)
        self.ceil = nn.MaxPool2d(2, ceil_mode=True)
        self.drop = nn.Dropout2d()
        self.global_pool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(16, 10)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = (x - 0.1307) / 0.3081
        x = self.drop(functional.relu6(self.norm(self.first(x))))
        x = functional.leaky_relu(self.down(self.shrink(x)), 0.1)
        y = self.prelu(x + functional.elu(self.side(x)))
        joined = torch.cat([torch.tanh(y), torch.sigmoid(x)], dim=1)
        pooled = self.global_pool(self.ceil(joined))
        return functional.softmax(self.fc(pooled.view(pooled.size(0), -1)), dim=-1)


def with_residual() -> nn.Module:
    """A Residual with statistics in its batch norm that are not those of a new one."""
    torch.manual_seed(4)
    module = Residual()
    _draw_statistics(module)
    return module


class ThreeChannels(nn.Module):
    """Repeats the gray image, reorders axes, and reduces without a pooling."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 6, 5, stride=2)
        self.fc = nn.Linear(6 * 13 * 14, 12)
        self.bilinear = nn.Parameter(torch.randn(12, 10))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = functional.selu(self.conv(functional.pad(x.repeat(1, 3, 1, 1), [1, 2, 0, 1], value=0.5)))
        x = x.permute(0, 2, 3, 1).reshape(x.size(0), -1)
        return torch.matmul((self.fc(x).clamp(min=0) - 0.5) / 3, self.bilinear)


class SeveralOutputs(nn.Module):
    """Puts out what it found on the way, and the logits."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(6)
        self.fc1 = nn.Linear(784, 16)
        self.fc2 = nn.Linear(16, 10)

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        hidden = torch.relu(self.fc1(x.squeeze(1).flatten(1)))
        return hidden, self.fc2(hidden)


def three_channels() -> nn.Module:
    """A ThreeChannels with weights of its own."""
    torch.manual_seed(5)
    return ThreeChannels()


def lenet() -> nn.Module:
    """A LeNet with weights of its own."""
    torch.manual_seed(2)
    return LeNet()


def _draw_statistics(module: nn.Module) -> None:
    for part in module.modules():
        if isinstance(part, nn.BatchNorm2d):
            part.running_mean = torch.rand_like(part.weight)
            part.running_var = 0.5 + torch.rand_like(part.weight)
            part.weight.data = 0.5 + torch.rand_like(part.weight)
            part.bias.data = torch.rand_like(part.bias)


def answers(module: nn.Module, images: npt.NDArray[np.float32] = IMAGES) -> npt.NDArray[np.float32]:
    """What PyTorch answers with the module as it is used (eval)."""
    was_training = module.training
    with torch.no_grad():
        outputs = module.eval()(torch.from_numpy(images))
        result: npt.NDArray[np.float32] = (outputs[-1] if isinstance(outputs, tuple) else outputs).numpy()
    module.train(was_training)
    return result


def saved(value: object, path: Path, *, legacy: bool = False) -> Path:
    """`value` in the file that torch.save writes; in its form from before torch 1.6 if `legacy`."""
    torch.save(value, path, _use_new_zipfile_serialization=not legacy)
    return path


def script(module: nn.Module, path: Path, *, how: str) -> Path:
    """The module as TorchScript: `how` is "script", "trace", "frozen", or "lite" for a .ptl."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch calls TorchScript deprecated in each of these
        if how == "trace":
            made = torch.jit.trace(module, torch.zeros(1, 1, 28, 28), check_trace=False)  # type: ignore[no-untyped-call]
        else:
            made = torch.jit.script(module)
        if how == "frozen":
            made = torch.jit.freeze(made.eval())
        if how == "lite":
            made._save_for_lite_interpreter(str(path))
        else:
            made.save(str(path))
    return path


def quantized_dynamically(module: nn.Module) -> nn.Module:
    """The module with int8 weights in its linear layers."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch calls its quantization deprecated
        made: nn.Module = torch.ao.quantization.quantize_dynamic(module, {nn.Linear})  # type: ignore[no-untyped-call]
    return made


def program(module: nn.Module, path: Path, *, decomposed: bool = False, free_batch: bool = False) -> Path:
    """The module as an exported program (.pt2); in core operators alone if `decomposed`."""
    shapes = ({0: torch.export.Dim("batch")},) if free_batch else None
    example = torch.zeros(2 if free_batch else 1, 1, 28, 28)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of torch's own code, on each new Python
        exported = torch.export.export(module.eval(), (example,), dynamic_shapes=shapes)
        torch.export.save(exported.run_decompositions() if decomposed else exported, path)
    return path


def saved_bytes(value: object) -> bytes:
    """What torch.save writes of `value`."""
    file = io.BytesIO()
    torch.save(value, file)
    return file.getvalue()
