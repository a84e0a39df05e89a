"""Networks as Arm's Learning Path makes them, through the real process that imports them."""

import contextlib
import os
import pickle
import time
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

import mnist_bench
from mnist_bench.digits.samples import labelled_digits
from mnist_bench.engines.models import OpenedModel, open_model
from mnist_bench.network.network import Network
from mnist_bench.runners.torch_modules import as_module, float_steps, pixels_to_float
from tests.formats.torch_networks import learning_path, program, saved, script

NETWORKS = {
    f"{'tanh' if tanh else 'relu'}{' softmax' if softmax else ''}": (tanh, softmax)
    for tanh in (True, False)
    for softmax in (True, False)
}
DIGITS = labelled_digits()
PIXELS = pixels_to_float(torch.tensor(DIGITS.images))


def trained(name: str) -> nn.Module:
    """A network of the Learning Path after a little training, in training mode, as its notebook leaves it."""
    tanh, softmax = NETWORKS[name]
    module = learning_path(tanh=tanh, softmax=softmax)
    optimizer = torch.optim.Adam(module.parameters(), lr=3e-3)
    labels = torch.tensor(DIGITS.labels.astype(np.int64))
    for _ in range(25):
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(module(PIXELS), labels)
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
    return module


@pytest.fixture(scope="module", params=NETWORKS)
def module(request: pytest.FixtureRequest) -> nn.Module:
    return trained(request.param)


def weights(module: nn.Module, path: Path) -> Path:
    return saved(module.state_dict(), path)


def torchscript(module: nn.Module, path: Path) -> Path:
    return script(module.eval(), path, how="trace")


def live(module: nn.Module, path: Path) -> Path:
    """Its optimisation page's file: traced in training mode."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch calls TorchScript deprecated
        image = torch.zeros(1, 1, 28, 28)
        traced = torch.jit.trace(module.train(), image, check_trace=False)  # type: ignore[no-untyped-call]
        traced._save_for_lite_interpreter(str(path))
    return path


FILES: dict[str, tuple[str, Callable[[nn.Module, Path], Path]]] = {
    "state dict": ("model_weights.pth", weights),
    "TorchScript": ("model.pth", torchscript),
    "live .ptl": ("optimized_model.ptl", live),
}


def outputs(module: nn.Module) -> np.ndarray:
    with torch.no_grad():
        values: np.ndarray = module.eval()(PIXELS).numpy()
    return values


def assert_same(network: Network, module: nn.Module) -> None:
    """The network's logits are the module's; if that ends in a softmax, its probabilities are."""
    ours, theirs = outputs(as_module(float_steps(network))), outputs(module)
    if np.allclose(theirs.sum(axis=1), 1):
        ours = np.exp(ours) / np.exp(ours).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-4 * np.abs(theirs).max())


def notes(opened: OpenedModel) -> str:
    assert opened.report is not None
    return " ".join(opened.report.notes)


@pytest.mark.parametrize("kind", FILES)
def test_its_files_are_imported_right(module: nn.Module, kind: str, tmp_path: Path) -> None:
    name, save = FILES[kind]
    path = save(module, tmp_path / name)
    begin = time.monotonic()
    opened = open_model(path)
    print(f"{name} imported in {time.monotonic() - begin:.1f} s")
    assert opened.report is not None
    assert opened.network.is_quantized
    assert opened.report.normalisation["name"] == "255"
    assert bool(opened.report.guessed) == (kind == "state dict")
    assert ("answers a little differently" in notes(opened)) == (kind == "live .ptl")
    assert ("Compared with its own program" in notes(opened)) == (kind != "state dict")
    assert_same(opened.network, module)


class MakesFolder:
    """Unpickling it makes a folder."""

    def __init__(self, path: str) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Callable[[str], None], tuple[str]]:
        return os.mkdir, (self.path,)


class Restored(nn.Module):
    """Passes on what it reads, and has a method that runs when it is loaded."""

    @torch.jit.export
    def __getstate__(self) -> bool:
        return self.training

    @torch.jit.export
    def __setstate__(self, state: bool) -> None:
        self.training = state

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x


def test_a_torch_export_program_runs_nothing_of_the_file(tmp_path: Path) -> None:
    """torch.export.load would unpickle the sample inputs."""
    good, bad, marker = tmp_path / "good.pt2", tmp_path / "bad.pt2", tmp_path / "marker"
    program(learning_path(), good)
    with zipfile.ZipFile(good) as whole, zipfile.ZipFile(bad, "w") as changed:
        for name in whole.namelist():
            is_sample = "sample_inputs" in name
            changed.writestr(name, pickle.dumps(MakesFolder(str(marker))) if is_sample else whole.read(name))
    assert open_model(bad).report is not None
    assert not marker.exists()
    with contextlib.suppress(Exception), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.export.load(bad)
    assert marker.exists(), "PyTorch itself does run it"


def test_torchscript_that_runs_code_when_it_is_loaded_is_not_executed(tmp_path: Path) -> None:
    module = nn.Sequential(nn.Flatten(), nn.Linear(784, 10), Restored())
    path = script(module.eval(), tmp_path / "model.pt", how="script")
    assert "run code when they are loaded" in notes(open_model(path))


def test_the_module_in_its_notebook_is_taken_over() -> None:
    module = trained("tanh softmax")
    network = mnist_bench.from_torch(module, torch.zeros(1, 1, 28, 28))
    assert module.training, "its mode is left as it was"
    assert_same(network, module)
