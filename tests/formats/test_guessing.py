"""Guesses of networks that many people train, from the shapes of their weights alone."""

from collections.abc import Mapping

import numpy as np
import pytest

from mnist_bench.formats.errors import FormatError
from mnist_bench.formats.foreign import ForeignGraph
from mnist_bench.formats.state_dict import guess_state_dict

Shapes = Mapping[str, tuple[int, ...]]

POOL = " and max pooling of 2 x 2."
FIRST: dict[str, tuple[Shapes, tuple[str, ...]]] = {
    "PyTorch's example": (
        {"conv1": (32, 1, 3, 3), "conv2": (64, 32, 3, 3), "fc1": (128, 9216), "fc2": (10, 128)},
        (
            "conv1: stride 1, no padding; then relu.",
            f"conv2: stride 1, no padding; then relu{POOL}",
            "fc1; then relu.",
        ),
    ),
    "PyTorch's older example": (
        {"conv1": (10, 1, 5, 5), "conv2": (20, 10, 5, 5), "fc1": (50, 320), "fc2": (10, 50)},
        (
            f"conv1: stride 1, no padding; then relu{POOL}",
            f"conv2: stride 1, no padding; then relu{POOL}",
            "fc1; then relu.",
        ),
    ),
    "LeNet-5": (
        {"c1": (6, 1, 5, 5), "c2": (16, 6, 5, 5), "c3": (120, 16, 5, 5), "f1": (84, 120), "f2": (10, 84)},
        (
            f"c1: stride 1, padding 2; then relu{POOL}",
            f"c2: stride 1, no padding; then relu{POOL}",
            "c3: stride 1, no padding; then relu.",
            "f1; then relu.",
        ),
    ),
    "blocks of two": (
        {"0": (8, 1, 3, 3), "2": (8, 8, 3, 3), "5": (16, 8, 3, 3), "7": (16, 16, 3, 3), "11": (10, 784)},
        (
            "layer 0: stride 1, padding 1; then relu.",
            f"layer 2: stride 1, padding 1; then relu{POOL}",
            "layer 5: stride 1, padding 1; then relu.",
            f"layer 7: stride 1, padding 1; then relu{POOL}",
        ),
    ),
    "a convolution as the answer": (
        {"0": (16, 1, 3, 3), "3": (32, 16, 3, 3), "6": (10, 32, 7, 7)},
        (
            f"layer 0: stride 1, padding 1; then relu{POOL}",
            f"layer 3: stride 1, padding 1; then relu{POOL}",
            "layer 6: stride 1, no padding.",
        ),
    ),
    "a mean over the image": (
        {"0": (16, 1, 3, 3), "3": (32, 16, 3, 3), "6": (64, 32, 3, 3), "fc": (10, 64)},
        (
            f"layer 0: stride 1, padding 1; then relu{POOL}",
            f"layer 3: stride 1, padding 1; then relu{POOL}",
            f"layer 6: stride 1, padding 1; then relu{POOL}",
            "An average pooling to 1 x 1 stands in front of fc.",
        ),
    ),
    "depthwise": (
        {"0": (8, 1, 3, 3), "3": (8, 1, 3, 3), "5": (16, 8, 1, 1), "fc": (10, 16 * 49)},
        (
            f"layer 0: stride 1, padding 1; then relu{POOL}",
            "layer 3: stride 1, padding 1; then relu.",
            f"layer 5: stride 1, no padding; then relu{POOL}",
        ),
    ),
    "one layer": ({"fc": (10, 784)}, ()),
    "a larger image": ({"fc1": (20, 1024), "fc2": (10, 20)}, ("Its image has 32 x 32 pixels.", "fc1; then relu.")),
}


def guesses(shapes: Shapes) -> list[ForeignGraph]:
    rng = np.random.default_rng(9)
    weights = {f"{name}.weight": rng.normal(size=shape).astype(np.float32) for name, shape in shapes.items()}
    return guess_state_dict(weights, "state dict", "a")


@pytest.mark.parametrize("name", FIRST)
def test_the_likeliest_comes_first(name: str) -> None:
    shapes, expected = FIRST[name]
    assert guesses(shapes)[0].guessed == expected


def test_a_learning_path_network_is_known_by_its_names_and_shapes() -> None:
    shapes = {"linear_stack.0": (96, 784), "linear_stack.3": (256, 96), "linear_stack.6": (10, 256)}
    first, second, *_ = guesses(shapes)
    assert first.guessed == ("linear_stack.0; then tanh.", "linear_stack.3; then sigmoid.")
    assert second.guessed == ("linear_stack.0; then relu.", "linear_stack.3; then relu.")
    other = guesses({name.replace("linear", "dense"): shape for name, shape in shapes.items()})
    assert other[0].guessed == ("dense_stack.0; then relu.", "dense_stack.3; then relu.")


RIVALS: dict[str, tuple[Shapes, tuple[str, ...]]] = {
    "stride instead of pooling": (
        {"conv1": (16, 1, 3, 3), "conv2": (32, 16, 3, 3), "fc": (10, 1568)},
        ("conv1: stride 2, padding 1; then relu.", "conv2: stride 2, padding 1; then relu."),
    ),
    "average pooling and tanh": (
        {"conv1": (6, 1, 5, 5), "conv2": (16, 6, 5, 5), "fc1": (84, 400), "fc2": (10, 84)},
        (
            "conv1: stride 1, padding 2; then tanh and average pooling of 2 x 2.",
            "conv2: stride 1, no padding; then tanh and average pooling of 2 x 2.",
            "fc1; then tanh.",
        ),
    ),
    "a block with a way around it": (
        {"stem": (8, 1, 3, 3), "a": (8, 8, 3, 3), "b": (8, 8, 3, 3), "fc": (10, 392)},
        (
            "stem: stride 2, padding 1; then relu.",
            "a: stride 1, padding 1; then relu.",
            f"b: stride 1, padding 1; then a residual connection from the input of a and relu{POOL}",
        ),
    ),
    "depthwise with relu6 and an average pooling": (
        {"0": (8, 1, 3, 3), "3": (8, 1, 3, 3), "6": (16, 8, 1, 1), "12": (10, 16 * 49)},
        (
            "layer 0: stride 2, padding 1; then relu6.",
            "layer 3: stride 1, padding 1; then relu6.",
            "layer 6: stride 1, no padding; then relu6 and average pooling of 2 x 2.",
        ),
    ),
    "numbered blocks and a mean behind the answer": (
        {
            "features.0.0": (8, 1, 3, 3),
            "features.1.0": (8, 8, 3, 3),
            "features.3.0": (16, 8, 3, 3),
            "features.5.0": (24, 16, 3, 3),
            "head": (10, 24, 1, 1),
        },
        (
            "features.0.0: stride 1, padding 1; then relu.",
            f"features.1.0: stride 1, padding 1; then relu{POOL}",
            f"features.3.0: stride 1, padding 1; then relu{POOL}",
            "features.5.0: stride 1, padding 1; then relu.",
            "head: stride 1, no padding.",
            "An average pooling to 1 x 1 stands in front of the output.",
        ),
    ),
    "linear layers without an activation": (
        {"0": (8, 1, 3, 3), "fc1": (32, 8 * 196), "fc2": (10, 32)},
        (f"layer 0: stride 1, padding 1; then relu{POOL}",),
    ),
}


@pytest.mark.parametrize("name", RIVALS)
def test_what_else_people_train_is_among_the_rivals(name: str) -> None:
    shapes, expected = RIVALS[name]
    assert expected in [graph.guessed for graph in guesses(shapes)]


def test_batch_norms_behind_activations_are_told_by_their_numbers() -> None:
    norm = {f"2.{part}": np.ones(8, np.float32) for part in ("weight", "bias", "running_mean", "running_var")}
    weights = {"0.weight": np.ones((8, 1, 3, 3), np.float32), **norm, "5.weight": np.ones((10, 8 * 196), np.float32)}
    graph, *_ = guess_state_dict(weights, "state dict", "a")
    assert graph.guessed == ("layer 0: stride 1, padding 1; then relu and batch norm and max pooling of 2 x 2.",)


def test_layers_that_do_not_follow_each_other_are_named() -> None:
    with pytest.raises(FormatError, match="b takes 30 values where a gives 20"):
        guesses({"a": (20, 784), "b": (10, 30)})
    with pytest.raises(FormatError, match="No strides, paddings and poolings were found"):
        guesses({"conv": (8, 1, 3, 3), "fc": (10, 12345)})


def test_a_layer_that_has_only_a_number_is_called_a_layer() -> None:
    graph = guesses({"1": (32, 784), "3": (10, 32)})[0]
    assert graph.guessed[0].startswith("layer 1; then ")
