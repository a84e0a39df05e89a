"""Each answer is compared with PyTorch's for the same weights."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F  # noqa: N812 - its usual name
from numpy.typing import NDArray

from mnist_bench.formats.coreml import read, recognises
from mnist_bench.formats.errors import FormatError
from mnist_bench.formats.evaluate import evaluate
from mnist_bench.formats.foreign import Unsupported
from tests.formats.coreml_files import Fields, array, floats, gray_image, layer, message, write
from tests.formats.hostile import at_most_more_memory, damaged
from tests.formats.keras_files import numbers

Array = NDArray[Any]
KERNEL, BIAS = numbers(4, 1, 2, 2), numbers(4)
DENSE, DENSE_BIAS = numbers(10, 14 * 14 * 4), numbers(10)
CONVOLUTION = {1: 4, 2: 1, 20: (2, 2), 30: (1, 1), 51: {}, 70: 1, 90: floats(KERNEL), 91: floats(BIAS)}
POOLING = {10: (2, 2), 20: (2, 2), 30: {1: {10: [{}, {}]}}, 50: 1}
NETWORK = [
    layer(100, CONVOLUTION, output="conv"),
    layer(130, {10: {}}, inputs=["conv"], output="relu"),
    layer(120, POOLING, inputs=["relu"], output="pool"),
    layer(301, {1: 1}, inputs=["pool"], output="flat"),
    layer(140, {1: 784, 2: 10, 10: 1, 20: floats(DENSE), 21: floats(DENSE_BIAS)}, inputs=["flat"], output="dense"),
    layer(175, {}, inputs=["dense"], output="digit"),
]
SCALER = {1: "image", 10: {10: 1 / 255, 30: -0.5}}


def images(*shape: int) -> Array:
    return np.random.default_rng(2).random((3, *shape), np.float32)


def tensor(values: Array) -> torch.Tensor:
    return torch.from_numpy(np.ascontiguousarray(values, np.float32))


def test_a_network_of_images_with_its_scaler_and_a_flatten_of_channels_last(tmp_path: Path) -> None:
    path = write(tmp_path / "digits.mlmodel", gray_image(), NETWORK, SCALER)
    assert recognises(path.read_bytes()[:64], path)
    graph = read(path)
    assert (graph.format, graph.input_shape, graph.pixel_scale) == ("Core ML", (1, 28, 28), 1.0)
    x = 255 * images(1, 28, 28)
    padded = F.pad(tensor(x) / 255 - 0.5, (0, 1, 0, 1))  # an even kernel: the odd line is behind
    features = F.max_pool2d(F.conv2d(padded, tensor(KERNEL), tensor(BIAS)).relu(), 2).permute(0, 2, 3, 1)
    wanted = (features.reshape(3, -1) @ tensor(DENSE).T + tensor(DENSE_BIAS)).softmax(1)
    assert np.allclose(evaluate(graph, x), wanted.numpy(), rtol=1e-4, atol=1e-5)


def test_an_onnx_file_which_begins_alike_is_not_taken_for_core_ml(tmp_path: Path) -> None:
    path = tmp_path / "a.onnx"
    path.write_bytes(message({1: 8, 2: "a producer", 7: {}}))
    assert not recognises(path.read_bytes()[:64], path)


CHANNELS = numbers(4)
MEAN = numbers(4, seed=5)
VARIANCE = np.abs(numbers(4, seed=9)) + 0.1
GROUPED = numbers(8, 2, 3, 3)


def grouped(x: torch.Tensor) -> torch.Tensor:
    return F.conv2d(F.pad(x, (1, 0, 2, 1)), tensor(GROUPED), None, (2, 1), groups=2)


def normalised(x: torch.Tensor) -> torch.Tensor:
    return F.batch_norm(x, tensor(MEAN), tensor(VARIANCE), tensor(CHANNELS), tensor(BIAS), eps=1e-5)


LAYERS: list[tuple[str, int, Fields, Callable[[torch.Tensor], torch.Tensor]]] = [
    ("groups and four sides of padding", 100,
     {1: 8, 2: 2, 10: 2, 20: (3, 3), 30: (2, 1), 50: {1: {10: [{1: 2, 2: 1}, {1: 1}]}}, 90: floats(GROUPED)}, grouped),
    ("average", 120, {1: 1, 10: (2, 3), 20: (2, 3)}, lambda x: F.avg_pool2d(x, (2, 3))),
    ("last window whole", 120, {10: (3, 3), 20: (2, 2), 32: {}}, lambda x: F.max_pool2d(x, 3, 2, ceil_mode=True)),
    ("global", 120, {1: 1, 60: 1}, lambda x: x.mean((2, 3), keepdim=True)),
    ("linear", 130, {5: {1: 2.0, 2: 1.0}}, lambda x: 2 * x + 1),
    ("leaky", 130, {15: {1: 0.2}}, lambda x: F.leaky_relu(x, 0.2)),
    ("prelu", 130, {25: {1: floats(CHANNELS)}}, lambda x: F.prelu(x, tensor(CHANNELS))),
    ("prelu of one slope", 130, {25: {1: floats(np.array([0.3]))}}, lambda x: F.leaky_relu(x, 0.3)),
    ("tanh", 130, {30: {}}, torch.tanh),
    ("sigmoid", 130, {40: {}}, torch.sigmoid),
    ("elu", 130, {50: {1: 0.5}}, lambda x: F.elu(x, 0.5)),
    ("batchnorm", 160, {1: 4, 15: floats(CHANNELS), 16: floats(BIAS), 17: floats(MEAN),
                        18: floats(VARIANCE)}, normalised),
    ("padding", 200, {1: {1: 0.5}, 10: {10: [{1: 1, 2: 2}, {2: 3}]}}, lambda x: F.pad(x, (0, 3, 1, 2), value=0.5)),
    ("add a number", 230, {1: 0.5}, lambda x: x + 0.5),
    ("multiply by a number", 231, {1: 0.5}, lambda x: 0.5 * x),
    ("scale", 245, {1: (4,), 2: floats(CHANNELS), 3: 1, 4: (1,), 5: floats(np.array([0.5]))},
     lambda x: x * tensor(CHANNELS)[:, None, None] + 0.5),
    ("bias of an image", 250, {1: (1, 8, 6), 2: floats(numbers(1, 8, 6))}, lambda x: x + tensor(numbers(1, 8, 6))),
    ("mean of an image", 280, {1: 1, 3: 1}, lambda x: x.mean((2, 3), keepdim=True)),
    ("reshape", 300, {1: (8, 4, 6)}, lambda x: x.reshape(-1, 8, 4, 6)),
    ("reshape of channels last", 300, {1: (8, 4, 6), 2: 1},
     lambda x: x.permute(0, 2, 3, 1).reshape(-1, 4, 6, 8).permute(0, 3, 1, 2)),
    ("flatten", 301, {}, lambda x: x.reshape(3, -1)),
    ("permute", 310, {1: (0, 2, 1, 3)}, lambda x: x.permute(0, 2, 1, 3)),
    ("clip", 660, {1: 0.0, 2: 6.0}, F.relu6),
    ("transpose", 985, {1: (0, 2, 3, 1)}, lambda x: x.permute(0, 2, 3, 1)),
    ("copy", 600, {}, lambda x: x),
]  # fmt: skip


@pytest.mark.parametrize(("field", "params", "wanted"), [row[1:] for row in LAYERS], ids=[row[0] for row in LAYERS])
def test_a_layer_computes_as_core_ml_does(
    tmp_path: Path, field: int, params: Fields, wanted: Callable[[torch.Tensor], torch.Tensor]
) -> None:
    graph = read(write(tmp_path / "a.mlmodel", array(4, 8, 6), [layer(field, params)], kind=500))
    x = 16 * images(4, 8, 6) - 8
    assert np.allclose(evaluate(graph, x), wanted(tensor(x)).numpy(), rtol=1e-4, atol=1e-5)


def test_values_are_added_joined_and_added_to_constants(tmp_path: Path) -> None:
    layers = [
        layer(290, {1: (4, 1, 1), 2: floats(CHANNELS)}, inputs=[], output="constant"),
        layer(230, {}, inputs=["image", "constant"], output="moved"),
        layer(230, {}, inputs=["image", "moved"], output="sum"),
        layer(320, {}, inputs=["sum", "image"]),
    ]
    graph = read(write(tmp_path / "a.mlmodel", array(4, 8, 6), layers))
    x = images(4, 8, 6)
    assert np.allclose(evaluate(graph, x), np.concatenate([2 * x + CHANNELS[:, None, None], x], 1), atol=1e-6)


def test_axes_of_one_come_and_go(tmp_path: Path) -> None:
    layers = [
        layer(120, {1: 1, 60: 1}, output="mean"),
        layer(1120, {1: (2, -1)}, inputs=["mean"], output="flat"),
        layer(140, {1: 4, 2: 10, 20: floats(numbers(10, 4))}, inputs=["flat"], output="dense"),
        layer(1125, {1: (-1,)}, inputs=["dense"], output="more"),
        layer(1120, {2: 1}, inputs=["more"]),
    ]
    x = images(4, 8, 6)
    answers = evaluate(read(write(tmp_path / "a.mlmodel", array(4, 8, 6), layers)), x)
    assert np.allclose(answers.reshape(3, -1), x.mean((2, 3)) @ numbers(10, 4).T, atol=1e-5)


def test_a_product_with_a_matrix_of_the_file(tmp_path: Path) -> None:
    params = {5: 7, 6: 10, 7: 1, 8: floats(numbers(10, 7)), 9: floats(DENSE_BIAS)}
    graph = read(write(tmp_path / "a.mlmodel", array(7), [layer(1045, params)]))
    assert np.allclose(evaluate(graph, images(7)), images(7) @ numbers(10, 7).T + DENSE_BIAS, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("bits", [1, 3, 8])
@pytest.mark.parametrize("kind", ["linear", "table"])
def test_weights_of_few_bits_are_a_scale_and_a_bias_or_a_table(tmp_path: Path, kind: str, bits: int) -> None:
    integers = np.random.default_rng(4).integers(0, 1 << bits, (10, 7))
    each = integers.reshape(-1, 1) >> np.arange(bits)[::-1] & 1
    table, scale, bias = numbers(1 << bits), numbers(10), numbers(10, seed=5)
    how = {101: {1: scale, 2: bias}} if kind == "linear" else {102: {1: table}}
    weight = {30: np.packbits(each.astype(np.uint8)).tobytes(), 40: {1: bits, **how}}
    path = write(tmp_path / "a.mlmodel", array(7), [layer(140, {1: 7, 2: 10, 20: weight})])
    wanted = integers * scale[:, None] + bias[:, None] if kind == "linear" else table[integers]
    x = images(7)
    assert np.allclose(evaluate(read(path), x), x @ wanted.T, rtol=1e-4, atol=1e-5)


def test_half_precision_weights(tmp_path: Path) -> None:
    weight = numbers(10, 7).astype(np.float16)
    path = write(tmp_path / "a.mlmodel", array(7), [layer(140, {1: 7, 2: 10, 20: {2: weight.tobytes()}})])
    assert np.allclose(evaluate(read(path), images(7)), images(7) @ weight.astype(np.float32).T, atol=1e-5)


def test_colours_have_a_bias_each_and_a_mean_image_is_subtracted(tmp_path: Path) -> None:
    colour = {1: "image", 3: {4: {1: 6, 2: 8, 3: 30}}}  # blue, green, red
    scaler = {10: {10: 2.0, 20: 1.0, 21: 2.0, 22: 3.0}}
    x = images(3, 8, 6)
    graph = read(write(tmp_path / "a.mlmodel", colour, [layer(600, {})], scaler))
    assert np.allclose(evaluate(graph, x), 2 * x + np.array([1, 2, 3])[:, None, None])
    mean = numbers(3, 8, 6)
    graph = read(write(tmp_path / "a.mlmodel", colour, [layer(600, {})], {11: {1: mean}}))
    assert np.allclose(evaluate(graph, x), x - mean, atol=1e-6)


@pytest.mark.parametrize(
    ("field", "params", "what", "why"),
    [
        (500, {}, "custom", ""),
        (4_321, {}, "layer 4321", ""),
        (100, {60: 1}, "convolution", "transposed"),
        (100, {40: (2, 2)}, "convolution", "dilation"),
        (120, {1: 2}, "pooling", "squares"),
        (120, {1: 1, 10: (3, 3), 31: {}, 50: 1}, "pooling", "leaves out"),
        (130, {70: {}}, "activation", "softplus"),
        (160, {1: 4, 5: 1}, "batchnorm", "by what it is given"),
        (100, {1: 4, 2: 4, 90: {30: b"abc"}}, "convolution", "no floats"),
    ],
)
def test_a_layer_that_is_not_run_is_named_with_where_it_stands(
    tmp_path: Path, field: int, params: Fields, what: str, why: str
) -> None:
    layers = [layer(field, params), layer(410, {}, inputs=["out"], output="last")]
    graph = read(write(tmp_path / "a.mlmodel", array(4, 8, 6), layers))
    first, last = ((node.name, node.operator) for node in graph.nodes)
    assert isinstance(first[1], Unsupported)
    assert (first[0], first[1].what) == ("layer out", what)
    assert why in first[1].why
    assert last == ("layer last", Unsupported("gru"))


@pytest.mark.parametrize(("kind", "said"), [(502, "ML Program"), (200, "pipeline"), (301, "another kind of model")])
def test_what_is_no_neural_network_is_refused_by_name(tmp_path: Path, kind: int, said: str) -> None:
    path = tmp_path / "a.mlmodel"
    path.write_bytes(message({1: 7, 2: {1: gray_image()}, kind: {}}))
    assert recognises(path.read_bytes()[:64], path)
    with pytest.raises(FormatError, match=said):
        read(path)


def test_a_damaged_file_is_read_or_refused_in_a_sentence(tmp_path: Path, cases: int) -> None:
    path = write(tmp_path / "a.mlmodel", gray_image(), NETWORK, SCALER)
    good, random, refusals = path.read_bytes(), np.random.default_rng(3), 0
    with at_most_more_memory(1_000_000_000):
        for _ in range(cases):
            path.write_bytes(damaged(good, random))
            try:
                read(path)
            except FormatError:
                refusals += 1
    assert refusals > cases // 4
