"""Each answer is compared with PyTorch's for the same weights."""

import json
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
import torch
import torch.nn.functional as F  # noqa: N812 - its usual name
from numpy.typing import NDArray

from mnist_bench.formats.errors import FormatError
from mnist_bench.formats.evaluate import evaluate
from mnist_bench.formats.foreign import ForeignGraph, Unsupported
from mnist_bench.formats.keras import read, recognises
from tests.formats.hostile import at_most_more_memory, damaged
from tests.formats.keras_files import functional, layer, numbers, sequential, tensor, write_archive, write_h5

Array = NDArray[Any]

KERNEL, BIAS = numbers(3, 3, 1, 4), numbers(4)
DENSE, DENSE_BIAS = numbers(14 * 14 * 4, 10), numbers(10)
CONV = layer("Conv2D", "conv", filters=4, kernel_size=[3, 3], strides=[2, 2], padding="same", activation="relu")
OUT = layer("Dense", "dense", units=10, activation="softmax")
CHAIN = sequential(CONV, layer("Dropout", "dropout", rate=0.5), layer("Flatten", "flatten"), OUT)
WEIGHTS = {"conv": [KERNEL, BIAS], "dense": [DENSE, DENSE_BIAS]}
BY_CLASS = {"conv2d": WEIGHTS["conv"], "dense": WEIGHTS["dense"]}


def images(*shape: int) -> Array:
    return np.random.default_rng(2).random((3, *shape), np.float32)


def same_convolution(x: torch.Tensor, kernel: Array, bias: Array, stride: int = 1) -> torch.Tensor:
    """TensorFlow's, of images (height, width, channels): with the odd line of padding behind."""
    image = x.permute(0, 3, 1, 2)
    total = max((-(-image.shape[2] // stride) - 1) * stride + kernel.shape[0] - image.shape[2], 0)
    before, after = total // 2, total - total // 2
    padded = F.pad(image, (before, after, before, after))
    weight = torch.from_numpy(kernel.transpose(3, 2, 0, 1).copy())
    return F.conv2d(padded, weight, torch.from_numpy(bias), stride).permute(0, 2, 3, 1)


def dense(x: torch.Tensor, kernel: Array, bias: Array) -> torch.Tensor:
    return x.reshape(len(x), -1) @ torch.from_numpy(kernel) + torch.from_numpy(bias)


def answers_of_chain(x: Array) -> torch.Tensor:
    features = same_convolution(torch.from_numpy(x), KERNEL, BIAS, 2).relu()
    return dense(features, DENSE, DENSE_BIAS).softmax(1)


def assert_answers(graph: ForeignGraph, x: Array, wanted: torch.Tensor) -> None:
    assert np.allclose(evaluate(graph, x), wanted.numpy(), rtol=1e-4, atol=1e-5)


def refused(graph: ForeignGraph) -> list[tuple[str, str, str]]:
    return [
        (node.name, node.operator.what, node.operator.why)
        for node in graph.nodes
        if isinstance(node.operator, Unsupported)
    ]


# Files


def test_a_chain_with_same_padding_in_h5_whatever_its_name(tmp_path: Path) -> None:
    path = write_h5(tmp_path / "digits.model", CHAIN, WEIGHTS)
    assert recognises(path.read_bytes()[:64], path)
    graph = read(path)
    assert (graph.format, graph.name, graph.input_shape) == ("Keras HDF5", "digits", (28, 28, 1))
    assert_answers(graph, images(28, 28, 1), answers_of_chain(images(28, 28, 1)))


@pytest.mark.parametrize("compression", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_the_same_chain_in_a_keras_archive(tmp_path: Path, compression: int) -> None:
    path = write_archive(tmp_path / "a.keras", CHAIN, BY_CLASS, compression)
    assert recognises(path.read_bytes()[:64], path)
    assert_answers(read(path), images(28, 28, 1), answers_of_chain(images(28, 28, 1)))


def test_a_keras_1_file_with_its_own_names_and_channels_first(tmp_path: Path) -> None:
    kernel = numbers(4, 1, 3, 3)
    config = {
        "class_name": "Sequential",
        "config": [
            layer("Convolution2D", "c", nb_filter=4, nb_row=3, nb_col=3, subsample=[1, 1], border_mode="valid",
                  dim_ordering="th", activation="linear", bias=True, batch_input_shape=[None, 1, 28, 28]),
            layer("MaxPooling2D", "p", pool_size=[2, 2], strides=[2, 2], border_mode="valid", dim_ordering="th"),
            layer("Flatten", "f"),
            layer("Dense", "d", output_dim=10, activation="tanh", bias=True),
        ],
    }  # fmt: skip
    features = numbers(4 * 13 * 13, 10)
    graph = read(write_h5(tmp_path / "a.h5", config, {"c": [kernel, BIAS], "d": [features, DENSE_BIAS]}))
    x = images(1, 28, 28)
    pooled = F.max_pool2d(F.conv2d(torch.from_numpy(x), torch.from_numpy(kernel), torch.from_numpy(BIAS)), 2)
    assert_answers(graph, x, dense(pooled, features, DENSE_BIAS).tanh())


def test_theano_turned_its_kernels_around(tmp_path: Path) -> None:
    turned = {"conv": [KERNEL[::-1, ::-1], BIAS], "dense": [DENSE, DENSE_BIAS]}
    graph = read(write_h5(tmp_path / "a.h5", CHAIN, turned, backend="theano"))
    assert_answers(graph, images(28, 28, 1), answers_of_chain(images(28, 28, 1)))


# Graphs


@pytest.mark.parametrize("dialect", ["keras 2", "keras 3"])
def test_a_residual_graph_with_a_concatenation_in_both_dialects(tmp_path: Path, dialect: str) -> None:
    def reads(*names: str) -> Any:
        if dialect == "keras 2":
            return [[[name, 0, 0, {}] for name in names]]
        tensors = [tensor(name) for name in names]
        return [{"args": tensors if len(names) == 1 else [tensors], "kwargs": {}}]

    same = {"kernel_size": 3, "padding": "same"}
    config = functional(
        ["input", 0, 0] if dialect == "keras 3" else [["input", 0, 0]],
        [["dense", 0, 0]],
        (layer("InputLayer", "input", batch_shape=[None, 28, 28, 1]), []),
        (layer("Dense", "dense", units=10), reads("pool")),  # the order of a file is any
        (layer("Conv2D", "a", filters=4, **same), reads("input")),
        (layer("Conv2D", "b", filters=4, **same), reads("a")),
        (layer("Add", "sum"), reads("a", "b")),
        (layer("Concatenate", "both", axis=-1), reads("sum", "a")),
        (layer("GlobalAveragePooling2D", "pool"), reads("both")),
    )
    second, third, last = numbers(3, 3, 4, 4), numbers(4, seed=3), numbers(8, 10)
    weights = {"a": [KERNEL, BIAS], "b": [second, third], "dense": [last, DENSE_BIAS]}
    graph = read(write_h5(tmp_path / "a.h5", config, weights))
    x = images(28, 28, 1)
    a = same_convolution(torch.from_numpy(x), KERNEL, BIAS)
    both = torch.cat([same_convolution(a, second, third) + a, a], 3)
    assert_answers(graph, x, dense(both.mean((1, 2)), last, DENSE_BIAS))


@pytest.mark.parametrize(
    ("mode", "joined"), [("sum", lambda x: x + x), ("concat", lambda x: np.concatenate([x, x], 1))]
)
def test_keras_1_joins_values_with_one_class(tmp_path: Path, mode: str, joined: Callable[[Array], Array]) -> None:
    config = functional(
        [["input", 0, 0]],
        [["both", 0, 0]],
        (layer("InputLayer", "input", batch_input_shape=[None, 5]), []),
        (layer("Merge", "both", mode=mode, concat_axis=-1), [[["input", 0, 0], ["input", 0, 0]]]),
    )
    x = images(5)
    assert np.allclose(evaluate(read(write_h5(tmp_path / "a.h5", config, {})), x), joined(x))


def test_a_model_in_a_model_shares_its_weights_out_trained_ones_first(tmp_path: Path) -> None:
    mean, variance, gamma, beta = (np.abs(numbers(4, seed=seed)) + 0.5 for seed in (4, 5, 6, 7))
    convolution = layer("Conv2D", "conv", filters=4, kernel_size=3, padding="same")
    inner = sequential(convolution, layer("BatchNormalization", "bn", epsilon=0.01), OUT_OF_IMAGE, shape=(28, 28, 1))
    inner["config"]["name"] = "inner"
    config = sequential(inner, layer("Softmax", "softmax"), shape=None)
    last = numbers(4, 10)
    in_order: list[Array] = [KERNEL, BIAS, gamma, beta, last, DENSE_BIAS, mean, variance]
    graph = read(write_h5(tmp_path / "a.h5", config, {"inner": in_order}))
    x = images(28, 28, 1)
    features = same_convolution(torch.from_numpy(x), KERNEL, BIAS).permute(0, 3, 1, 2)
    factors = (torch.from_numpy(each) for each in (mean, variance, gamma, beta))
    normal = F.batch_norm(features, next(factors), next(factors), next(factors), next(factors), eps=0.01)
    wanted = normal.permute(0, 2, 3, 1) @ torch.from_numpy(last) + torch.from_numpy(DENSE_BIAS)
    assert np.allclose(evaluate(_without_softmax(graph), x), wanted.numpy(), rtol=1e-4, atol=1e-4)


OUT_OF_IMAGE = layer("Dense", "out", units=10)  # on an image: for each pixel


def _without_softmax(graph: ForeignGraph) -> ForeignGraph:
    *nodes, last = graph.nodes
    return replace(graph, nodes=tuple(nodes), output=last.inputs[0])


def test_a_layer_that_is_used_twice_has_the_same_weights_twice(tmp_path: Path) -> None:
    kernel, bias = numbers(3, 3, 1, 1), numbers(1)
    config = functional(
        [["input", 0, 0]],
        [["dense", 0, 0]],
        (layer("InputLayer", "input", batch_input_shape=[None, 28, 28, 1]), []),
        (layer("Conv2D", "c", filters=1, kernel_size=3, padding="same"), [[["input", 0, 0]], [["c", 0, 0]]]),
        (layer("Flatten", "flatten"), [[["c", 1, 0]]]),
        (layer("Dense", "dense", units=10), [[["flatten", 0, 0]]]),
    )
    last = numbers(784, 10)
    graph = read(write_h5(tmp_path / "a.h5", config, {"c": [kernel, bias], "dense": [last, DENSE_BIAS]}))
    x = images(28, 28, 1)
    twice = same_convolution(same_convolution(torch.from_numpy(x), kernel, bias), kernel, bias)
    assert_answers(graph, x, dense(twice, last, DENSE_BIAS))


# Layers, one at a time: an image (8, 6, 4) of channels last, or features


def leaky(x: torch.Tensor) -> torch.Tensor:
    return F.leaky_relu(x, 0.2)


DEPTHWISE, POINTWISE, SLOPES = numbers(3, 3, 4, 2), numbers(1, 1, 8, 5), numbers(4)
VARIANCE = np.abs(numbers(4, seed=9)) + 0.1


def channels_first(operation: Callable[[torch.Tensor], torch.Tensor]) -> Callable[[torch.Tensor], torch.Tensor]:
    return lambda x: operation(x.permute(0, 3, 1, 2)).permute(0, 2, 3, 1)


def each_channel(x: torch.Tensor) -> torch.Tensor:
    return F.conv2d(x, torch.from_numpy(DEPTHWISE.transpose(2, 3, 0, 1).reshape(8, 1, 3, 3).copy()), groups=4)


def separable(x: torch.Tensor) -> torch.Tensor:
    return F.conv2d(each_channel(x), torch.from_numpy(POINTWISE.transpose(3, 2, 0, 1).copy()))


def normalised(x: torch.Tensor) -> torch.Tensor:
    return F.batch_norm(x, torch.from_numpy(SLOPES), torch.from_numpy(VARIANCE), eps=1e-3)


LAYERS: list[tuple[dict[str, Any], list[Array], Callable[[torch.Tensor], torch.Tensor]]] = [
    (layer("DepthwiseConv2D", "x", kernel_size=3, depth_multiplier=2, use_bias=False), [DEPTHWISE],
     channels_first(each_channel)),
    (layer("SeparableConv2D", "x", kernel_size=3, depth_multiplier=2, use_bias=False), [DEPTHWISE, POINTWISE],
     channels_first(separable)),
    (layer("MaxPooling2D", "x", pool_size=3, strides=1, padding="same"), [],
     channels_first(lambda x: F.max_pool2d(x, 3, 1, 1))),
    (layer("AveragePooling2D", "x", pool_size=[2, 3], strides=None), [],
     channels_first(lambda x: F.avg_pool2d(x, (2, 3)))),
    (layer("GlobalMaxPooling2D", "x"), [], lambda x: x.amax((1, 2))),
    (layer("GlobalAveragePooling2D", "x", keepdims=True), [], lambda x: x.mean((1, 2), keepdim=True)),
    (layer("Flatten", "x", data_format="channels_last"), [], lambda x: x.reshape(len(x), -1)),
    (layer("Flatten", "x", data_format="channels_first"), [], lambda x: x.permute(0, 2, 3, 1).reshape(len(x), -1)),
    (layer("Reshape", "x", target_shape=[6, -1, 4]), [], lambda x: x.reshape(len(x), 6, 8, 4)),
    (layer("Permute", "x", dims=[3, 1, 2]), [], lambda x: x.permute(0, 3, 1, 2)),
    (layer("ZeroPadding2D", "x", padding=[[1, 2], [3, 0]]), [], lambda x: F.pad(x, (0, 0, 3, 0, 1, 2))),
    (layer("ZeroPadding2D", "x", padding=[1, 2]), [], lambda x: F.pad(x, (0, 0, 2, 2, 1, 1))),
    (layer("BatchNormalization", "x", axis=[3], scale=False, center=False), [SLOPES, VARIANCE],
     channels_first(normalised)),
    (layer("Normalization", "x", axis=[-1]), [SLOPES, VARIANCE, np.array(3)],
     lambda x: (x - torch.from_numpy(SLOPES)) / torch.from_numpy(VARIANCE).sqrt()),
    (layer("Normalization", "x", axis=[], mean=[[0.5]], variance=[[0.25]]), [], lambda x: (x - 0.5) / 0.5),
    (layer("Rescaling", "x", scale=2.0, offset=-1.0), [], lambda x: 2 * x - 1),
    (layer("PReLU", "x", shared_axes=[1, 2]), [SLOPES.reshape(1, 1, 4)],
     channels_first(lambda x: F.prelu(x, torch.from_numpy(SLOPES)))),
    (layer("ReLU", "x", max_value=6.0, negative_slope=0.0, threshold=0.0), [], F.relu6),
    (layer("ReLU", "x", max_value=None, negative_slope=0.2, threshold=0.0), [], leaky),
    (layer("LeakyReLU", "x", alpha=0.2), [], leaky),
    (layer("LeakyReLU", "x", negative_slope=0.2), [], leaky),
    (layer("ELU", "x", alpha=0.5), [], lambda x: F.elu(x, 0.5)),
    (layer("Activation", "x", activation="leaky_relu"), [], leaky),
    (layer("Activation", "x", activation="relu6"), [], F.relu6),
    (layer("Activation", "x", activation={"class_name": "LeakyReLU", "config": {"negative_slope": 0.2}}), [], leaky),
    (layer("Activation", "x", activation={"class_name": "function", "config": "sigmoid"}), [], torch.sigmoid),
    (layer("Dropout", "x", rate=0.5), [], lambda x: x),
    (layer("RandomRotation", "x", factor=0.1), [], lambda x: x),
]  # fmt: skip


@pytest.mark.parametrize(
    ("entry", "weights", "wanted"), LAYERS, ids=lambda value: value.get("class_name") if isinstance(value, dict) else ""
)
def test_a_layer_computes_as_keras_does(
    tmp_path: Path, entry: dict[str, Any], weights: list[Array], wanted: Callable[[torch.Tensor], torch.Tensor]
) -> None:
    graph = read(write_h5(tmp_path / "a.h5", sequential(entry, shape=(8, 6, 4)), {"x": weights}))
    x = 8 * images(8, 6, 4) - 4
    assert_answers(graph, x, wanted(torch.from_numpy(x)))


@pytest.mark.parametrize(
    ("function", "arguments", "wanted"),
    [
        ("math.truediv", [["input", 0, 0, {"y": 255.0, "name": None}]], lambda x: x / 255),
        ("math.subtract", [["input", 0, 0, {"y": 0.5}]], lambda x: x - 0.5),
        ("math.subtract", [["_CONSTANT_VALUE", -1, 1.0, {"y": ["input", 0, 0]}]], lambda x: 1 - x),
        ("__operators__.add", [["input", 0, 0, {"y": ["input", 0, 0]}]], lambda x: x + x),
        ("nn.relu", [["input", 0, 0, {"name": None}]], lambda x: x),
        ("expand_dims", [["input", 0, 0, {"axis": -1}]], lambda x: x[..., None]),
        ("reshape", [["input", 0, 0, {"shape": [-1, 784]}]], lambda x: x.reshape(-1, 784)),
    ],
)
def test_arithmetic_of_tensorflow_in_a_model(
    tmp_path: Path, function: str, arguments: Any, wanted: Callable[[Array], Array]
) -> None:
    config = functional(
        [["input", 0, 0]],
        [["f", 0, 0]],
        (layer("InputLayer", "input", batch_input_shape=[None, 28, 28]), []),
        (layer("TFOpLambda", "f", function=function), [arguments]),
    )
    x = images(28, 28)
    assert np.allclose(evaluate(read(write_h5(tmp_path / "a.h5", config, {})), x), wanted(x), atol=1e-6)


# Notes, and what is refused


def test_a_rescaling_in_front_tells_the_unit_of_the_pixels(tmp_path: Path) -> None:
    config = sequential(layer("Rescaling", "r", scale=1 / 255, offset=0.0), layer("Flatten", "f"), shape=(28, 28))
    assert read(write_h5(tmp_path / "a.h5", config, {})).pixel_scale == 1.0


def test_dropout_that_stays_switched_on_is_left_out_and_told(tmp_path: Path) -> None:
    config = functional(
        [["input", 0, 0]],
        [["live", 0, 0]],
        (layer("InputLayer", "input", batch_input_shape=[None, 10]), []),
        (layer("Dropout", "live", rate=0.5), [[["input", 0, 0, {"training": True}]]]),
    )
    (note,) = read(write_h5(tmp_path / "a.h5", config, {})).notes
    assert "'live' (Dropout)" in note
    assert "answers differently" in note


@pytest.mark.parametrize(
    ("entry", "what", "why"),
    [
        (layer("Lambda", "x", function=["4wEAAAA="]), "Lambda", ""),
        (layer("LSTM", "x", units=3), "LSTM", ""),
        (layer("ZeroPadding2D", "x", padding=[3000, 3000]), "ZeroPadding2D", "more than 4,000,000 values"),
        ({**layer("Dense", "x", units=3), "module": "mine", "registered_name": "mine>Dense"}, "mine>Dense", ""),
        (layer("Activation", "x", activation="gelu"), "Activation", "with the activation 'gelu'"),
        (layer("ReLU", "x", max_value=1.0), "ReLU", "with the highest value 1.0"),
        (layer("AveragePooling2D", "x", pool_size=3, strides=1, padding="same"), "AveragePooling2D", "leaves out"),
        (layer("Conv2D", "x", filters=2, kernel_size=3, dilation_rate=[2, 2], use_bias=False), "Conv2D", "dilation"),
        (
            layer("Conv2D", "x", filters=3, kernel_size=3, use_bias=False),
            "Conv2D",
            "a kernel of the shape (3, 3, 4, 2)",
        ),
        (layer("Conv2D", "x", filters=2, kernel_size=3), "Conv2D", "without its weights"),
        (layer("Dense", "x", units=2, use_bias=False), "Dense", "a kernel of the shape (3, 3, 4, 2)"),
    ],
)
def test_a_layer_that_is_not_run_is_named_with_where_it_stands(
    tmp_path: Path, entry: dict[str, Any], what: str, why: str
) -> None:
    config = sequential(entry, layer("Flatten", "f"), layer("GRU", "gru"), shape=(8, 6, 4))
    first, last = refused(read(write_h5(tmp_path / "a.h5", config, {"x": [numbers(3, 3, 4, 2)]})))
    assert first[0] == "x"
    assert first[1].startswith(what)
    assert why in first[2]
    assert last == ("gru", "GRU", "")


def test_a_small_file_whose_weights_are_used_without_end_is_refused(tmp_path: Path) -> None:
    names = [f"dense_{index}" for index in range(80)]
    config = sequential(*(layer("Dense", name, units=500, use_bias=False) for name in names), shape=(500,))
    path = write_h5(tmp_path / "a.h5", config, {name: [] for name in names})
    with h5py.File(path, "r+") as file:
        file["all"] = numbers(500, 500)
        for name in names:
            file[f"model_weights/{name}"].attrs["weight_names"] = [b"kernel"]
            file[f"model_weights/{name}/kernel"] = file["all"]
    with pytest.raises(FormatError, match="more than 16,000,000 weights"):
        read(path)


def test_weights_alone_are_refused_with_what_is_missing(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file.attrs["layer_names"] = [b"dense"]
    with pytest.raises(FormatError, match="weights alone"):
        read(tmp_path / "a.h5")
    with h5py.File(tmp_path / "b.h5", "w") as file:
        file["images"] = np.zeros(3)
    with pytest.raises(FormatError, match="no Keras network"):
        read(tmp_path / "b.h5")


def test_a_model_of_a_class_of_its_own_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="class 'DigitNet'"):
        read(write_h5(tmp_path / "a.h5", {"class_name": "DigitNet", "config": {}}, {}))


def test_several_inputs_are_refused_and_of_several_outputs_the_digits_are_used(tmp_path: Path) -> None:
    entries = [
        (layer("InputLayer", "a", batch_input_shape=[None, 12]), []),
        (layer("InputLayer", "b", batch_input_shape=[None, 10]), []),
        (layer("Reshape", "image", target_shape=[6, 2]), [[["a", 0, 0]]]),
        (layer("Dense", "digits", units=10), [[["a", 0, 0]]]),
    ]
    both = functional([["a", 0, 0], ["b", 0, 0]], [["digits", 0, 0]], *entries)
    with pytest.raises(FormatError, match="2 inputs"):
        read(write_h5(tmp_path / "a.h5", both, {}))
    two = functional([["a", 0, 0]], [["image", 0, 0], ["digits", 0, 0]], *entries)
    graph = read(write_h5(tmp_path / "b.h5", two, {"digits": [numbers(12, 10), DENSE_BIAS]}))
    assert [node.name for node in graph.nodes] == ["digits"]
    assert "2 outputs" in graph.notes[0]


def test_an_archive_that_is_encrypted_incomplete_or_a_bomb_is_refused(tmp_path: Path) -> None:
    path = write_archive(tmp_path / "a.keras", CHAIN, {})
    data = bytearray(path.read_bytes())
    at = 0
    while (at := data.find(b"PK\x01\x02", at)) >= 0:  # the directory says of each entry whether it is encrypted
        data[at + 8] |= 1
        at += 4
    (tmp_path / "b.keras").write_bytes(data)
    with pytest.raises(FormatError, match="encrypted"):
        read(tmp_path / "b.keras")

    with zipfile.ZipFile(tmp_path / "c.keras", "w") as archive:
        archive.writestr("config.json", json.dumps(CHAIN))
    with pytest.raises(FormatError, match=r"lacks its file model\.weights\.h5"):
        read(tmp_path / "c.keras")

    with zipfile.ZipFile(tmp_path / "d.keras", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("config.json", b" " * 20_000_000)
    with pytest.raises(FormatError, match="too large"):
        read(tmp_path / "d.keras")


@pytest.mark.parametrize(
    "config",
    [
        "[" * 100_000,
        "{}",
        "null",
        json.dumps(sequential(shape=None)),
        json.dumps(sequential(layer("Dense", "dense", units=10), shape=None)),
        json.dumps(functional([["a", 0, 0]], [["x", 0, 0]])),
        json.dumps(functional([["a", 0, 0]], [["x", 0, 0]], (layer("Add", "x"), [[["x", 0, 0], ["a", 0, 0]]]))),
        json.dumps(sequential(layer("Dense", "a", units=1), layer("Dense", "a", units=1))),
    ],
)
def test_a_configuration_that_makes_no_sense_is_a_sentence(tmp_path: Path, config: str) -> None:
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file.attrs["model_config"] = config
    with pytest.raises(FormatError):
        read(tmp_path / "a.h5")


def test_models_in_models_without_end_are_refused(tmp_path: Path) -> None:
    config = sequential(layer("Flatten", "f"))
    for _ in range(60):
        config = sequential(config, shape=None)
    with pytest.raises(FormatError, match="nests models too deeply"):
        read(write_h5(tmp_path / "a.h5", config, {}))


def test_models_that_are_used_three_times_in_each_other_are_refused_at_once(tmp_path: Path) -> None:
    config: dict[str, Any] = layer("ReLU", "x")
    for level in range(15):
        config["config"]["name"] = "x"
        thrice = [[["input", 0, 0]], [["x", level > 0, 0]], [["x", 1 + (level > 0), 0]]]
        inner: tuple[dict[str, Any], Any] = (layer("InputLayer", "input", batch_input_shape=[None, 10]), [])
        config = functional([["input", 0, 0]], [["x", 2 + (level > 0), 0]], inner, (config, thrice))
    with pytest.raises(FormatError, match="too many layers"):
        read(write_h5(tmp_path / "a.h5", config, {}))


@pytest.mark.parametrize("kind", ["h5", "keras"])
def test_a_damaged_file_is_read_or_refused_in_a_sentence(tmp_path: Path, cases: int, kind: str) -> None:
    path = tmp_path / f"a.{kind}"
    good = (write_h5(path, CHAIN, WEIGHTS) if kind == "h5" else write_archive(path, CHAIN, BY_CLASS)).read_bytes()
    random = np.random.default_rng(3)
    refusals = 0
    with at_most_more_memory(1_000_000_000):
        for _ in range(cases):
            path.write_bytes(damaged(good, random))
            try:
                read(path)
            except FormatError:
                refusals += 1
    assert refusals > cases // 4
