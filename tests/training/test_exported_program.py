"""Programs of torch.export, run without torch's loader: they compute what the module does, and run nothing else."""

import io
import json
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn
from torch.nn import functional

from mnist_bench.formats.errors import FormatError
from mnist_bench.formats.evaluate import evaluate
from mnist_bench.formats.normalisation import parse_normalisation
from mnist_bench.formats.torch_file import read
from mnist_bench.training.exported_program import exported_program
from mnist_bench.training.faithful import compare_with_program
from tests.formats.torch_networks import learning_path, program, quantized_dynamically, script

IMAGE = torch.rand(1, 1, 28, 28, generator=torch.Generator().manual_seed(1))


class Convolutions(nn.Module):
    """A residual block, batch norms, poolings, and sizes that are computed."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = nn.Conv2d(1, 4, 3, padding=1), nn.Conv2d(4, 4, 3, padding=1, bias=False)
        self.norm, self.dropout, self.last = nn.BatchNorm2d(4), nn.Dropout(), nn.Linear(4 * 7 * 7, 10)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """The logits."""
        x = functional.max_pool2d(functional.leaky_relu(self.first(x)), 2)
        x = functional.avg_pool2d(x + torch.tanh(self.norm(self.second(x))), 2)
        x = self.dropout(x.reshape(x.shape[0], x.shape[1] * x.shape[2] * x.shape[3]))
        return torch.log_softmax(self.last(x), dim=-1)


def saved(module: nn.Module, images: int = 1) -> bytes:
    file = io.BytesIO()
    torch.export.save(torch.export.export(module, (IMAGE.expand(images, 1, 28, 28),)), file)
    return file.getvalue()


def changed(data: bytes, change: Callable[[dict[str, Any]], None]) -> bytes:
    """The same file with another program."""
    result = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as whole, zipfile.ZipFile(result, "w") as new:
        for name in whole.namelist():
            content = whole.read(name)
            if name.endswith("models/model.json"):
                held = json.loads(content)
                change(held["graph_module"]["graph"])
                content = json.dumps(held).encode()
            new.writestr(name, content)
    return result.getvalue()


@pytest.mark.parametrize("how", ["as it is", "in training", "with any batch", "decomposed"])
def test_it_computes_what_the_module_does(how: str, tmp_path: Path) -> None:
    torch.manual_seed(1)
    module = Convolutions().eval()
    module.dropout.train(how == "in training")
    path = tmp_path / "net.pt2"
    if how == "in training":
        path.write_bytes(saved(module))
    else:
        program(module, path, decomposed=how == "decomposed", free_batch=how == "with any batch")
    with torch.no_grad():
        expected = module.eval()(IMAGE)
    torch.testing.assert_close(exported_program(path.read_bytes())(IMAGE), expected)


def node(target: str, *arguments: dict[str, Any]) -> dict[str, Any]:
    inputs = [{"name": f"a{place}", "arg": one, "kind": 1} for place, one in enumerate(arguments)]
    outputs = [{"as_tensor": {"name": "unused"}}]
    return {"target": target, "inputs": inputs, "outputs": outputs, "metadata": {}, "name": "unused"}


@pytest.mark.parametrize(
    "hostile",
    [
        node("torch.os.mkdir", {"as_string": "made"}),
        node("torch.ops.aten.relu.__class__", {"as_string": "made"}),
        node("torch.ops.aten.relu.overloads"),
        node("torch.ops.aten.from_file.default", {"as_string": "made"}, {"as_bool": True}, {"as_int": 8}),
        node("torch.ops.prims.relu.default", {"as_tensor": {"name": "x"}}),
        node("_operator.attrgetter", {"as_string": "os"}),
        node("#evil:op"),
        node("torch.ops.aten.relu.default", {"as_graph": {"name": "g"}}),
        node("torch.ops.aten.relu.default", {"as_string": "__import__('os').mkdir('made')"}),
        node("torch.ops.aten.relu.default", {"as_sym_int": {"as_expr": {"expr_str": "open('made', 'w')"}}}),
    ],
    ids=lambda hostile: hostile["target"],
)
def test_a_node_that_is_no_known_operator_of_known_arguments_is_not_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, hostile: dict[str, Any]
) -> None:
    monkeypatch.chdir(tmp_path)
    data = changed(saved(Convolutions().eval()), lambda graph: graph["nodes"].insert(0, hostile))
    with pytest.raises((ValueError, TypeError, RuntimeError, NotImplementedError)):
        exported_program(data)(IMAGE)
    assert not list(tmp_path.iterdir())


def test_names_of_values_are_only_names(tmp_path: Path) -> None:
    """torch's loader makes Python code of a graph."""
    data = saved(Convolutions().eval())
    marker = tmp_path / "made"
    evil = f"x): __import__('os').mkdir({str(marker)!r}) #"

    def rename(graph: dict[str, Any]) -> None:
        text = json.dumps(graph).replace('"name": "leaky_relu"', f'"name": {json.dumps(evil)}')
        graph.update(json.loads(text))

    module = changed(data, rename)
    exported_program(module)(IMAGE)
    assert not marker.exists()


def test_an_import_that_would_be_wrong_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "net.pt2"
    path.write_bytes(saved(Convolutions().eval()))
    (graph,) = read(path)
    normalisation = parse_normalisation("255")
    assert "own program on 10 digits" in compare_with_program(path, graph, normalisation)
    monkeypatch.setattr(
        "mnist_bench.training.faithful.evaluate",
        lambda one, inputs: evaluate(one, inputs) * (1.001 if one is graph else 1),
    )
    with pytest.raises(FormatError, match="own program"):
        compare_with_program(path, graph, normalisation)


def test_a_program_for_a_fixed_number_of_images_is_compared_too(tmp_path: Path) -> None:
    path = tmp_path / "net.pt2"
    path.write_bytes(saved(Convolutions().eval(), images=3))
    (graph,) = read(path)
    assert "own program on 10 digits" in compare_with_program(path, graph, parse_normalisation("255"))


def test_a_traced_program_that_computes_in_whole_numbers_is_not_compared(tmp_path: Path) -> None:
    path = script(quantized_dynamically(learning_path()), tmp_path / "net.pt", how="trace")
    (graph,) = read(path)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch calls TorchScript deprecated
        told = compare_with_program(path, graph, parse_normalisation("255"))
    assert "it computes in whole numbers" in told


def test_a_batch_norm_in_training_mode_is_not_compared(tmp_path: Path) -> None:
    path = tmp_path / "net.pt2"

    def train(graph: dict[str, Any]) -> None:
        for one in graph["nodes"]:
            for given in one["inputs"]:
                if given["name"] == "training":
                    given["arg"] = {"as_bool": True}

    path.write_bytes(changed(saved(Convolutions().eval()), train))
    (graph,) = read(path)
    assert "training mode" in compare_with_program(path, graph, parse_normalisation("255"))
