import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from mnist_bench.formats.errors import FormatError
from mnist_bench.formats.evaluate import evaluate
from mnist_bench.formats.foreign import ForeignGraph, Identity, Unsupported
from mnist_bench.formats.torch_file import read, recognises
from tests.formats.torch_networks import (
    IMAGES,
    SeveralOutputs,
    answers,
    blocks,
    learning_path,
    lenet,
    program,
    quantized_dynamically,
    saved,
    script,
    three_channels,
    with_residual,
)

MODULES: dict[str, Callable[[], nn.Module]] = {
    "learning path": learning_path,
    "learning path with relu": lambda: learning_path(tanh=False, softmax=False),
    "lenet": lenet,
    "blocks": blocks,
    "residual": with_residual,
    "three channels": three_channels,
    "several outputs": SeveralOutputs,
}


def assert_same(graph: ForeignGraph, module: nn.Module) -> None:
    images = IMAGES.reshape(len(IMAGES), *graph.input_shape)
    np.testing.assert_allclose(evaluate(graph, images), answers(module), atol=2e-6)


def only(path: Path) -> ForeignGraph:
    """The graph of a file that holds one: nothing in it was guessed."""
    (graph,) = read(path)
    assert graph.guessed == ()
    return graph


@pytest.mark.parametrize("how", ["script", "trace", "frozen", "lite"])
@pytest.mark.parametrize("name", MODULES)
def test_torchscript_answers_as_the_module_does(tmp_path: Path, name: str, how: str) -> None:
    module = MODULES[name]().eval()
    graph = only(script(module, tmp_path / "a.ptl", how=how))
    assert graph.format == "TorchScript"
    assert len(graph.notes) == (name == "several outputs")
    assert_same(graph, module)


@pytest.mark.parametrize("decomposed", [False, True])
@pytest.mark.parametrize("name", MODULES)
def test_an_exported_program_answers_as_the_module_does(tmp_path: Path, name: str, decomposed: bool) -> None:
    module = MODULES[name]()
    graph = only(program(module, tmp_path / "a.pt2", decomposed=decomposed))
    assert graph.format == "torch.export"
    assert_same(graph, module)


def test_an_exported_program_may_take_any_number_of_images(tmp_path: Path) -> None:
    module = with_residual()
    assert_same(only(program(module, tmp_path / "a.pt2", free_batch=True)), module)


@pytest.mark.parametrize("legacy", [False, True])
@pytest.mark.parametrize("name", ["learning path", "lenet", "blocks"])
def test_the_likeliest_guess_of_a_usual_state_dict_is_right(tmp_path: Path, name: str, legacy: bool) -> None:
    module = MODULES[name]()
    graph, *_ = read(saved(module.state_dict(), tmp_path / "a.pth", legacy=legacy))
    assert graph.guessed
    expected = torch.from_numpy(answers(module))
    shares = expected if name == "learning path" else expected.softmax(1)  # a softmax leaves nothing in the file
    found = torch.from_numpy(evaluate(graph, IMAGES)).softmax(1)
    np.testing.assert_allclose(found, shares, atol=1e-6)


def test_a_rival_guess_has_the_activation_that_the_module_has(tmp_path: Path) -> None:
    module = learning_path(tanh=False, softmax=False)
    graphs = read(saved(module.state_dict(), tmp_path / "a.pth"))
    fits = [graph for graph in graphs if np.allclose(evaluate(graph, IMAGES), answers(module), atol=1e-5)]
    assert [graph.guessed for graph in fits] == [("linear_stack.0; then relu.", "linear_stack.3; then relu.")]


@pytest.mark.parametrize("wrap", ["model_state_dict", "state_dict", "net"])
def test_a_checkpoint_is_read_as_the_state_dict_in_it(tmp_path: Path, wrap: str) -> None:
    module = lenet()
    optimizer = torch.optim.Adam(module.parameters())
    module(torch.from_numpy(IMAGES)).sum().backward()
    optimizer.step()
    wrapped = {"module." + key: value for key, value in module.state_dict().items()}
    checkpoint = {"optimizer": optimizer.state_dict(), "epoch": 3, "loss": 0.1, wrap: wrapped}
    plain, *_ = read(saved(module.state_dict(), tmp_path / "a.pth"))
    graph, *_ = read(saved(checkpoint, tmp_path / "b.ckpt"))
    assert [node.name for node in graph.nodes] == [node.name for node in plain.nodes]
    np.testing.assert_array_equal(evaluate(graph, IMAGES), evaluate(plain, IMAGES))


def test_a_checkpoint_with_several_sets_of_weights_says_which_are_read(tmp_path: Path) -> None:
    trained = lenet()
    mean = {key: value / 2 for key, value in trained.state_dict().items()}
    checkpoint = {"ema": mean, "model": trained.state_dict(), "epoch": 3}
    plain, *_ = read(saved(trained.state_dict(), tmp_path / "a.pth"))
    graph, *_ = read(saved(checkpoint, tmp_path / "b.ckpt"))
    np.testing.assert_array_equal(evaluate(graph, IMAGES), evaluate(plain, IMAGES))
    assert "Its weights are those under model; it also holds ema." in graph.notes
    assert not any("also holds" in note for note in plain.notes)


@pytest.mark.parametrize("mean", ["net_ema", "ema_net"])
def test_the_mean_of_the_weights_beside_them_is_left_out_and_told(tmp_path: Path, mean: str) -> None:
    trained = lenet()
    state = {f"net.{key}": value for key, value in trained.state_dict().items()}
    state |= {f"{mean}.{key}": value / 2 for key, value in trained.state_dict().items()}
    plain, *_ = read(saved(trained.state_dict(), tmp_path / "a.pth"))
    graph, *_ = read(saved({"state_dict": state}, tmp_path / "b.ckpt"))
    np.testing.assert_array_equal(evaluate(graph, IMAGES), evaluate(plain, IMAGES))
    assert f"Its weights are those under net; it also holds {mean}." in graph.notes


def test_two_networks_neither_of_which_is_a_mean_are_refused(tmp_path: Path) -> None:
    state = {f"{part}.{key}": value for part in ("left", "right") for key, value in lenet().state_dict().items()}
    with pytest.raises(FormatError, match="does not say how they are joined"):
        read(saved(state, tmp_path / "a.pth"))


def _optimizer_state() -> dict[str, Any]:
    module = nn.Linear(784, 10)
    optimizer = torch.optim.Adam(module.parameters())
    module(torch.zeros(2, 784)).sum().backward()
    optimizer.step()
    return optimizer.state_dict()


@pytest.mark.parametrize(
    ("held", "words"),
    [
        ({"fc.weight": np.zeros((10, 784)), "fc.bias": np.zeros(10)}, "(fc.weight, fc.bias) are NumPy arrays"),
        ({"model": {"fc.weight": np.zeros((10, 784))}, "accuracy": np.float64(0.9)}, "(model.fc.weight) are NumPy"),
        ({"a.weight": torch.zeros(10, 784), "b.weight": torch.eye(10).to_sparse()}, "(b.weight) are sparse tensors"),
        ({"fc.weight": torch.zeros(10, 784).to_sparse()}, "(fc.weight) are sparse tensors"),
        ({"fc.weight": torch.zeros(10, 784).to(torch.float8_e4m3fn)}, "numbers of the kind 'float8_e4m3fn'"),
        ([torch.zeros(10, 784), torch.zeros(10)], "a list of tensors"),
        (_optimizer_state(), "an optimizer's state"),
        ({"optimizer": _optimizer_state(), "epoch": 3}, "no weights of a network"),
    ],
    ids=["arrays", "a dict of arrays", "one sparse", "sparse", "float8", "list", "optimizer", "checkpoint"],
)
def test_weights_that_are_stored_in_another_way_are_told(tmp_path: Path, held: object, words: str) -> None:
    with pytest.raises(FormatError) as refused:
        read(saved(held, tmp_path / "a.pth"))
    assert words in str(refused.value)
    assert "Save " in refused.value.advice


@pytest.mark.parametrize("legacy", [False, True])
def test_a_whole_sequential_is_known_and_not_guessed(tmp_path: Path, legacy: bool) -> None:
    module = blocks()
    graph = only(saved(module, tmp_path / "a.pth", legacy=legacy))
    assert graph.format == "PyTorch module"
    assert_same(graph, module)


@pytest.mark.parametrize(
    "activation",
    [nn.CELU(2.0), nn.CELU(0.5), nn.SELU(), nn.ELU(0.7)],
    ids=["celu 2", "celu 0.5", "selu", "elu"],
)
@pytest.mark.parametrize("form", ["whole", "trace", "program"])
def test_activations_of_the_kind_of_elu_bend_as_much_as_theirs(
    tmp_path: Path, activation: nn.Module, form: str
) -> None:
    torch.manual_seed(7)
    module = nn.Sequential(nn.Flatten(), nn.Linear(784, 20), activation, nn.Linear(20, 10))
    path = tmp_path / "a.pt2"
    if form == "whole":
        saved(module, path)
    elif form == "trace":
        script(module, path, how="trace")
    else:
        program(module, path)
    assert_same(only(path), module)


def test_a_softmax_over_the_batch_is_not_taken_for_one_over_the_classes(tmp_path: Path) -> None:
    path = saved(nn.Sequential(nn.Flatten(), nn.Linear(784, 10), nn.Softmax(dim=0)), tmp_path / "a.pt")
    assert [node.operator.what for node in only(path).nodes if isinstance(node.operator, Unsupported)] == ["softmax"]


@pytest.mark.parametrize("activation", [nn.RReLU(), nn.Threshold(0.0, 0.0)], ids=["rrelu", "threshold"])
def test_a_whole_sequential_may_have_its_weights_in_parts(tmp_path: Path, activation: nn.Module) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch calls this weight norm deprecated
        first, last = (nn.utils.weight_norm(nn.Linear(*sizes)) for sizes in ((784, 20), (20, 10)))
        path = saved(module := nn.Sequential(nn.Flatten(), first, activation, last), tmp_path / "a.pth")
    assert_same(only(path), module)


class View(nn.Module):
    """What many people write instead of Flatten and Unflatten."""

    def __init__(self, *shape: int) -> None:
        super().__init__()
        self.shape = shape

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x.view(len(x), *self.shape)


def test_a_view_of_an_image_makes_a_row_and_one_of_a_row_is_named(tmp_path: Path) -> None:
    row = nn.Sequential(nn.Conv2d(1, 2, 3), View(1352), nn.Linear(1352, 10))
    assert_same(only(saved(row, tmp_path / "a.pth")), row)
    graph = only(saved(nn.Sequential(nn.Linear(784, 784), View(1, 28, 28), nn.Conv2d(1, 10, 28)), tmp_path / "b.pth"))
    assert [node.operator.what for node in graph.nodes if isinstance(node.operator, Unsupported)] == ["View"]


class _NormInFront(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.norm, self.fc1, self.fc2 = nn.BatchNorm1d(784), nn.Linear(784, 20), nn.Linear(20, 10)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        rows: torch.Tensor = self.fc2(torch.relu(self.fc1(self.norm(x.flatten(1)))))
        return rows


def test_a_whole_module_is_not_read_without_the_activations_that_its_code_calls(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="norm fits no layer"):
        read(saved(_NormInFront(), tmp_path / "a.pth"))


class _Logarithm(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.fc = nn.Linear(784, 10)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.log(torch.softmax(self.fc(x.flatten(1)), dim=1))


@pytest.mark.parametrize("form", ["trace", "script", "program"])
def test_the_logarithm_of_a_softmax_is_a_log_softmax(tmp_path: Path, form: str) -> None:
    module = _Logarithm()
    path = tmp_path / "a.pt2"
    assert_same(only(program(module, path) if form == "program" else script(module, path, how=form)), module)


def test_a_whole_module_of_another_class_runs_its_parts_as_they_were_made(tmp_path: Path) -> None:
    module = learning_path()
    (graph,) = read(saved(module, tmp_path / "a.pth"))
    assert len(graph.guessed) == 1
    assert_same(graph, module)


def test_a_whole_module_whose_activations_are_functions_is_guessed(tmp_path: Path) -> None:
    module = lenet()
    graph, *rivals = read(saved(module, tmp_path / "a.pth"))
    assert graph.guessed[0] == "conv1; then relu and max pooling of 2 x 2."  # its stride and padding are known
    assert rivals
    found = torch.from_numpy(evaluate(graph, IMAGES)).log_softmax(1)
    np.testing.assert_allclose(found, answers(module), atol=1e-6)


@pytest.mark.parametrize("how", ["script", "trace", "lite"])
def test_live_dropout_is_left_out_and_told(tmp_path: Path, how: str) -> None:
    module = learning_path().train()
    graph = only(script(module, tmp_path / "a.ptl", how=how))
    assert any("answers a little differently" in note for note in graph.notes)
    assert sum(node.operator == Identity("dropout") for node in graph.nodes) == 2
    assert_same(graph, module)


@pytest.mark.parametrize("kind", [torch.float16, torch.bfloat16, torch.float64])
def test_weights_of_other_kinds_become_float32(tmp_path: Path, kind: torch.dtype) -> None:
    module = lenet().to(kind)
    graph, *_ = read(saved(module.state_dict(), tmp_path / "a.pth"))
    expected, *_ = read(saved(module.float().state_dict(), tmp_path / "b.pth"))
    np.testing.assert_array_equal(evaluate(graph, IMAGES), evaluate(expected, IMAGES))


@pytest.mark.parametrize("form", ["state dict", "script", "whole"])
def test_dynamic_int8_is_read_as_the_numbers_it_stands_for(tmp_path: Path, form: str) -> None:
    module = learning_path(tanh=False, softmax=False).eval()
    quantized = quantized_dynamically(module)
    path = tmp_path / "a.pth"
    if form == "script":
        script(quantized, path, how="script")
    else:
        saved(quantized.state_dict() if form == "state dict" else quantized, path)
    graphs = read(path)
    assert any("dynamic quantization" in note for note in graphs[0].notes)
    off = [np.abs(evaluate(graph, IMAGES) - answers(module)).max() for graph in graphs]
    assert min(off) < 0.02


class _Attends(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.lstm = nn.LSTM(28, 8, batch_first=True)
        self.norm = nn.LayerNorm(8)
        self.fc = nn.Linear(8, 10)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        rows: torch.Tensor = self.fc(nn.functional.gelu(self.norm(self.lstm(x[:, 0])[0][:, -1])))
        return rows


def test_what_is_not_supported_is_named_with_where_it_stands(tmp_path: Path) -> None:
    module = _Attends().eval()
    with pytest.raises(FormatError, match=r"an LSTM, GRU or RNN \(lstm\); layer or group normalisation \(norm\)"):
        read(saved(module.state_dict(), tmp_path / "a.pth"))
    for path in (script(module, tmp_path / "b.pt", how="trace"), program(module, tmp_path / "c.pt2")):
        named = {node.operator.what for node in only(path).nodes if isinstance(node.operator, Unsupported)}
        assert {"lstm", "gelu", "layer_norm"} <= named


def test_a_state_dict_of_residual_blocks_is_refused_by_their_names(tmp_path: Path) -> None:
    names = ["conv1", "layer1.0.conv1", "layer1.0.conv2", "layer1.0.downsample.0"]
    state = {f"{name}.weight": torch.zeros(4, 1 if name == "conv1" else 4, 3, 3) for name in names}
    state["fc.weight"] = torch.zeros(10, 4)
    with pytest.raises(FormatError, match=r"layer1\.0\.conv1, layer1\.0\.conv2, layer1\.0\.downsample"):
        read(saved(state, tmp_path / "a.pth"))


def test_layers_of_a_list_have_activations_between_them(tmp_path: Path) -> None:
    layers = nn.ModuleList([nn.Linear(784, 30), nn.Linear(30, 20), nn.Linear(20, 10)])
    graph, *_ = read(saved(layers.state_dict(), tmp_path / "a.pth"))
    assert graph.guessed == ("layer 0; then relu.", "layer 1; then relu.")


def test_a_state_dict_that_fits_to_no_image_says_what_does_not(tmp_path: Path) -> None:
    odd = nn.Sequential(nn.Linear(100, 20), nn.ReLU(), nn.Linear(20, 10))
    with pytest.raises(FormatError, match="0 takes 100 values; an image of 28 x 28 pixels has 784"):
        read(saved(odd.state_dict(), tmp_path / "a.pth"))


def test_files_are_recognised_by_what_they_hold(tmp_path: Path) -> None:
    module = lenet()
    paths = [
        saved(module.state_dict(), tmp_path / "a.h5"),
        saved(module.state_dict(), tmp_path / "b.txt", legacy=True),
        script(module, tmp_path / "c.onnx", how="script"),
        program(module, tmp_path / "d"),
    ]
    assert all(recognises(path.read_bytes()[:4096], path) for path in paths)
    others = [
        b"\x80\x02\x00\x00\x00\x00\x00\x00{",
        b"\x89HDF\r\n\x1a\n",
        b"",
        b"PK\x03\x04",
        b"\x1c\x00\x00\x00TFL3",
        b"{}",
    ]
    np.savez(tmp_path / "arrays.npz", a=np.zeros(3))
    others.append((tmp_path / "arrays.npz").read_bytes())
    assert not any(recognises(head, tmp_path / "a.pth") for head in others)
