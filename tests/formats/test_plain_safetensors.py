from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from mnist_bench.base.errors import InputError
from mnist_bench.formats.errors import FormatError
from mnist_bench.formats.evaluate import evaluate
from mnist_bench.formats.plain_safetensors import read, recognises
from tests.formats.torch_networks import IMAGES, answers, learning_path


@pytest.mark.parametrize("kind", [torch.float32, torch.bfloat16, torch.float16, torch.float64])
def test_weights_are_guessed_as_a_state_dict_is(tmp_path: Path, kind: torch.dtype) -> None:
    module = learning_path(softmax=False).to(kind)
    save_file(module.state_dict(), tmp_path / "a.safetensors")
    graph, *rivals = read(tmp_path / "a.safetensors")
    assert graph.format == "safetensors"
    assert graph.guessed
    assert rivals
    np.testing.assert_allclose(evaluate(graph, IMAGES), answers(module.float()), atol=1e-5)


def test_layers_are_put_in_the_order_in_which_they_fit(tmp_path: Path) -> None:
    shapes = {"input": (20, 784), "hidden": (30, 20), "answer": (10, 30)}
    save_file({f"{name}.weight": torch.zeros(shape) for name, shape in shapes.items()}, tmp_path / "a.safetensors")
    graph, *_ = read(tmp_path / "a.safetensors")
    assert [node.name for node in graph.nodes if node.name in shapes] == list(shapes)


def test_what_is_no_network_is_named(tmp_path: Path) -> None:
    save_file({"encoder.attn.in_proj_weight": torch.zeros(9, 3)}, tmp_path / "a.safetensors")
    with pytest.raises(FormatError, match=r"attention \(encoder\.attn\)"):
        read(tmp_path / "a.safetensors")


def test_a_damaged_file_is_a_sentence(tmp_path: Path, cases: int) -> None:
    path = tmp_path / "a.safetensors"
    save_file({"0.weight": torch.zeros(10, 784), "0.bias": torch.zeros(10)}, path)
    whole = path.read_bytes()
    assert recognises(whole[:100], path)
    rng = np.random.default_rng(8)
    for _ in range(cases):
        data = bytearray(whole[: rng.integers(1, len(whole) + 1)])
        data[rng.integers(0, min(len(data), 150))] = rng.integers(256)
        path.write_bytes(data)
        try:
            read(path)
        except InputError:
            continue
