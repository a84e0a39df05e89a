"""From graphs that a reader found to a network and what is told of it."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch

from mnist_bench.base.errors import UsageError
from mnist_bench.digits.samples import labelled_digits
from mnist_bench.formats import importing
from mnist_bench.formats.errors import FormatError
from mnist_bench.formats.evaluate import evaluate
from mnist_bench.formats.foreign import ForeignGraph, Identity, LogSoftmax, Reshape, Unsupported
from mnist_bench.formats.importing import Guess, choose_guess, import_graph
from mnist_bench.formats.lower import rewrite
from mnist_bench.formats.normalisation import parse_normalisation
from mnist_bench.network.layers import Flatten, Linear, MaxPool2d, Operator
from tests.foreign_graphs import chain

DIGITS = labelled_digits()


def nearest_mean(share: float = 1.0) -> Linear:
    """A classifier of pixel / 255 that knows this share of the pixels."""
    pixels = DIGITS.images.reshape(len(DIGITS), -1) / 255
    means = np.stack([pixels[DIGITS.labels == digit].mean(axis=0) for digit in range(10)])
    means[:, int(share * 784) :] = 0
    return Linear((2 * means).astype(np.float32), (-(means**2).sum(axis=1)).astype(np.float32))


def guess(share: float, sentence: str) -> ForeignGraph:
    graph = chain((1, 28, 28), Flatten(), nearest_mean(share), format="PyTorch state dict")
    return replace(graph, guessed=("It was taken for a digit classifier.", sentence))


def test_all_that_was_found_is_told() -> None:
    operators: tuple[Operator | Identity | Reshape | LogSoftmax, ...]
    operators = (Reshape((784,)), Identity("dropout"), nearest_mean(), LogSoftmax())
    imported = import_graph([chain((28, 28, 1), *operators, format="ONNX")])
    assert imported.format == "ONNX"
    assert imported.operators == ("flatten", "linear", "softmax")
    assert imported.normalisation.normalisation.name == "255"
    assert imported.guessed == ()
    assert any("Dropout" in note for note in imported.notes)
    assert any("log_softmax" in note for note in imported.notes)
    assert imported.network.name == "made up"
    told = json.loads(json.dumps(imported.to_object()))
    assert told["normalisation"]["name"] == "255"
    assert told["normalisation"]["right"] == imported.normalisation.right
    assert set(told) == {"format", "operators", "normalisation", "guessed", "guess", "guesses", "notes"}


def test_a_guess_that_reads_few_digits_is_told_to_be_doubtful() -> None:
    def doubts(graph: ForeignGraph) -> list[str]:
        return [note for note in import_graph([graph]).notes if "may well be wrong" in note]

    assert doubts(guess(0.3, ""))
    assert not doubts(guess(1, ""))
    assert not doubts(replace(guess(0.3, ""), guessed=()))


def test_a_persons_normalisation_is_folded_in() -> None:
    imported = import_graph([guess(1, "")], parse_normalisation("0.25,0.5"))
    linear = imported.network.operators[1]
    assert isinstance(linear, Linear)
    np.testing.assert_allclose(linear.weight, nearest_mean().weight * 2, rtol=1e-5)
    np.testing.assert_allclose(
        linear.bias, nearest_mean().bias - nearest_mean().weight.sum(axis=1) * 0.5, rtol=1e-4, atol=1e-3
    )


def test_a_later_guess_is_taken_only_where_it_reads_clearly_more() -> None:
    poor, good = guess(0.45, "It has half an eye."), guess(1, "It has two eyes.")
    assert import_graph([poor, good]).guessed == good.guessed
    assert import_graph([good, poor]).guessed == good.guessed
    nearly = guess(0.9, "It has an eye and a half.")
    assert import_graph([nearly, good]).guessed == nearly.guessed


@pytest.mark.parametrize(
    ("found", "chosen"),
    [
        # Right digits of 200 and surprise of each guess, as networks that were trained on MNIST had them.
        ([(166, 0.529), (169, 0.464)], 0),  # relu, elu: a smoother activation is surer of digits of other styles
        ([(174, 0.391), (181, 0.358)], 1),  # maximum, mean
        ([(150, 0.823), (157, 0.716), (161, 0.631), (165, 0.583)], 2),  # relu, tanh, leaky relu, elu
        ([(168, 0.640), (171, 0.505), (179, 0.346)], 2),
        ([(175, 0.463), (181, 0.421)], 0),
    ],
)
def test_the_first_guess_is_taken_that_the_surest_does_not_clearly_beat(
    found: list[tuple[int, float]], chosen: int
) -> None:
    guesses = [Guess(number, guess(1, "It has two eyes."), *one) for number, one in enumerate(found)]
    assert choose_guess(guesses, None, 6.6).number == chosen
    assert choose_guess(guesses, 1, 6.6).number == 1


def test_a_person_can_name_the_guess() -> None:
    poor, good = guess(0.45, "It has half an eye."), guess(1, "It has two eyes.")
    found = import_graph([poor, good])
    told = found.to_object()
    assert (told["guess"], [one["number"] for one in told["guesses"]]) == (1, [0, 1])
    assert [one["words"] for one in told["guesses"]] == [" ".join(one.guessed) for one in (poor, good)]
    chosen = import_graph([poor, good], number=0)
    assert (chosen.guess, chosen.guessed, len(chosen.guesses)) == (0, poor.guessed, 2)
    many = [guess(1, "It has two eyes."), *(guess(0.9, f"{eyes}") for eyes in range(9)), poor]
    assert import_graph(many, number=10).guessed == poor.guessed, "one that was not offered"
    with pytest.raises(UsageError, match=r"no guess 2 .* 0 to 1"):
        import_graph([poor, good], number=2)
    assert import_graph([good]).guesses == ()


@pytest.mark.parametrize(("how", "first"), [("centred", "conv2d"), ("enlarged", "resize_bilinear")])
def test_a_network_of_32_pixels_gets_its_digits_as_it_was_trained(how: str, first: str) -> None:
    pixels = DIGITS.images[:, None] / np.float32(255)
    if how == "centred":
        images = np.pad(pixels, ((0, 0), (0, 0), (2, 2), (2, 2)))
    else:
        images = torch.nn.functional.interpolate(torch.from_numpy(pixels), (32, 32), mode="bilinear").numpy()
    means = np.stack([images[DIGITS.labels == digit].mean(axis=0).reshape(-1) for digit in range(10)])
    nearest = Linear(2 * means, -(means**2).sum(axis=1))
    pooled = MaxPool2d((1, 1), (1, 1))  # so that the padding is not taken out of the linear's columns
    imported = import_graph([chain((1, 32, 32), pooled, Flatten(), nearest)])
    assert imported.network.operators[0].kind == first
    assert any(f"28 x 28 are {how}" in note for note in imported.notes)
    ours = evaluate(chain((1, 28, 28), *imported.network.operators), pixels[:20])
    np.testing.assert_allclose(ours, images[:20].reshape(20, -1) @ nearest.weight.T + nearest.bias, atol=1e-3)


def test_guesses_that_read_about_as_many_digits_are_named() -> None:
    nearly, good = guess(0.9, "It has an eye and a half."), guess(1, "It has two eyes.")
    notes = import_graph([nearly, good, guess(0.45, "It has half an eye.")]).notes
    assert [note for note in notes if "guess" in note] == [
        f"Another guess reads {import_graph([good]).normalisation.right} of 200 digits: It has two eyes."
    ]


def test_a_guess_that_cannot_be_imported_is_passed_over() -> None:
    broken = replace(chain((1, 28, 28), Unsupported("LSTM"), Flatten()), guessed=("It was taken for one.",))
    assert import_graph([broken, guess(1, "")]).guessed == guess(1, "").guessed
    with pytest.raises(FormatError, match="LSTM at unsupported0"):
        import_graph([broken, replace(broken, name="other")])


def test_a_network_that_would_compute_something_else_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def wrong(graph: ForeignGraph) -> ForeignGraph:
        last = graph.nodes[-1]
        assert isinstance(last.operator, Linear)
        other = Linear(last.operator.weight, last.operator.bias + 0.1)
        return replace(graph, nodes=(*graph.nodes[:-1], replace(last, operator=other)))

    monkeypatch.setattr(importing, "rewrite", lambda graph: wrong(rewrite(graph)))
    with pytest.raises(FormatError, match="would not compute what the file's does"):
        import_graph([guess(1, "")])


def test_the_network_answers_as_the_file_does() -> None:
    graph = guess(1, "")
    own = evaluate(graph, (DIGITS.images[:, None] / 255 - 0.1307) / 0.3081)
    imported = import_graph([graph], parse_normalisation("mean"))
    flat, linear = imported.network.operators
    assert isinstance(linear, Linear)
    again = evaluate(chain((1, 28, 28), flat, linear), DIGITS.images[:, None] / np.float32(255))
    np.testing.assert_array_equal(again.argmax(axis=1), own.argmax(axis=1))
