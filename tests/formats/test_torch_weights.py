import copy
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.utils import parametrizations, prune

from mnist_bench.formats.errors import FormatError
from mnist_bench.formats.evaluate import evaluate
from mnist_bench.formats.layers_found import Array
from mnist_bench.formats.torch_file import read
from mnist_bench.formats.torch_weights import weights_of
from tests.formats.torch_networks import IMAGES, answers, program, saved, script


def arrays_of(module: nn.Module) -> dict[str, Array]:
    return {key: tensor.numpy() for key, tensor in module.state_dict().items()}


def old_weight_norm(layer: nn.Module) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        torch.nn.utils.weight_norm(layer)


def pruned(layer: nn.Module) -> None:
    prune.random_unstructured(layer, "weight", 0.3)  # type: ignore[no-untyped-call]
    prune.random_unstructured(layer, "bias", 0.3)  # type: ignore[no-untyped-call]


COMPOSE: dict[str, Callable[[nn.Module], object]] = {
    "weight norm": parametrizations.weight_norm,
    "weight norm, all of it": lambda layer: parametrizations.weight_norm(layer, dim=-1),
    "weight norm before torch 2": old_weight_norm,
    "spectral norm": parametrizations.spectral_norm,
    "spectral norm before torch 2": torch.nn.utils.spectral_norm,
    "pruned": pruned,
}


@pytest.mark.parametrize("kind", COMPOSE)
@pytest.mark.parametrize("layer", [nn.Conv2d(3, 4, 3), nn.Linear(5, 6)], ids=["convolution", "linear"])
def test_a_weight_is_computed_of_its_parts(layer: nn.Conv2d | nn.Linear, kind: str) -> None:
    torch.manual_seed(1)
    layer = copy.deepcopy(layer)
    COMPOSE[kind](layer)
    layer.eval()(torch.zeros(1, 3, 5, 5))  # older norms compute the weight on use
    found = weights_of(arrays_of(nn.Sequential(layer)))
    assert found.keys() == {"0.weight", "0.bias"}
    np.testing.assert_allclose(found["0.weight"], layer.weight.detach().numpy(), rtol=1e-5, atol=1e-6)
    assert layer.bias is not None
    np.testing.assert_allclose(found["0.bias"], layer.bias.detach().numpy(), rtol=1e-5, atol=1e-6)


def test_parts_that_do_not_fit_are_refused() -> None:
    with pytest.raises(FormatError, match=r"The parts of fc\.weight do not fit"):
        weights_of({"fc.weight_g": np.zeros((1, 7), np.float32), "fc.weight_v": np.zeros((7, 1), np.float32)})


def test_what_training_leaves_beside_the_weights_is_left_out() -> None:
    weights = arrays_of(nn.Linear(3, 2))
    left = {
        "n_averaged": np.array(3),
        "total_ops": np.zeros(1),
        "fc.total_params": np.zeros(1),
        "fc.activation_post_process.scale": np.ones(1, np.float32),
        "fc.weight_fake_quant.activation_post_process.min_val": np.zeros(1, np.float32),
        "criterion.weight": np.ones(10, np.float32),
        "confusion.confmat": np.zeros((10, 10), np.int64),
    }
    wrapped = {f"module._orig_mod.model.fc.{key}": array for key, array in weights.items()}
    assert list(weights_of({**left, **wrapped})) == ["fc.weight", "fc.bias"]


class _Argmax(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.fc = nn.Linear(784, 10)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        logits: torch.Tensor = self.fc(((x / 255 - 0.1307) / 0.3081).flatten(1))
        return logits.argmax(dim=1)


@pytest.mark.parametrize("form", ["script", "program"])
def test_an_argmax_is_left_out_and_a_normalisation_in_front_tells_the_unit_of_pixels(tmp_path: Path, form: str) -> None:
    torch.manual_seed(2)
    module = _Argmax().eval()
    path = tmp_path / "a"
    (graph,) = read(script(module, path, how="trace") if form == "script" else program(module, path))
    assert graph.notes == ("The file ends in an argmax, which is left out: it would give the digit alone.",)
    assert graph.pixel_scale == 1.0
    np.testing.assert_array_equal(evaluate(graph, 255 * IMAGES).argmax(axis=1), answers(module, 255 * IMAGES))


def test_a_batch_norm_in_front_tells_nothing_of_the_unit_of_pixels(tmp_path: Path) -> None:
    module = nn.Sequential(nn.BatchNorm2d(1), nn.Flatten(), nn.Linear(784, 10)).eval()
    (graph,) = read(program(module, tmp_path / "a"))
    assert graph.pixel_scale is None


@pytest.mark.parametrize("wrap", [lambda state: (state, {"lr": 0.1}), lambda state: [state]])
def test_a_state_dict_in_a_list_is_found(tmp_path: Path, wrap: Callable[[object], object]) -> None:
    state = nn.Sequential(nn.Linear(784, 10)).state_dict()
    assert read(saved(wrap(state), tmp_path / "a.pth"))
