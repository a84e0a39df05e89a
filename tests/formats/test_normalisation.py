"""Which scaling of the input is taken, and why."""

from dataclasses import replace

import numpy as np
import pytest

from mnist_bench.base.errors import UsageError
from mnist_bench.digits.datasets import LabelledDigits
from mnist_bench.digits.samples import labelled_digits
from mnist_bench.formats import normalisation_search
from mnist_bench.formats.foreign import ForeignGraph
from mnist_bench.formats.lower import clean
from mnist_bench.formats.normalisation import (
    CANDIDATES,
    NAMES,
    FoundNormalisation,
    Normalisation,
    Source,
    parse_normalisation,
)
from mnist_bench.formats.normalisation_search import (
    choose_normalisation,
    moved,
    settled,
    sketch_normalisations,
    stated_normalisation,
)
from mnist_bench.network.layers import Conv2d, Flatten, Linear, Tanh
from tests.foreign_graphs import chain

DIGITS = labelled_digits()


def classifier(mean: float, deviation: float, *, bias: bool = True) -> ForeignGraph:
    """A network that finds the nearest of the digits' own means, made for (pixel / 255 - mean) / deviation."""
    pixels = DIGITS.images.reshape(len(DIGITS), -1) / 255
    means = np.stack([pixels[DIGITS.labels == digit].mean(axis=0) for digit in range(10)])
    # |x - m|^2 = |x|^2 - 2 x m + |m|^2, where x = input * deviation + mean
    weight = 2 * means * deviation
    biases = 2 * (means * mean).sum(axis=1) - (means**2).sum(axis=1)
    operator = Linear(weight.astype(np.float32), (biases * bias).astype(np.float32))
    return clean(chain((1, 28, 28), Flatten(), operator, format="PyTorch state dict"))


@pytest.mark.parametrize(
    ("text", "black", "white"),
    [
        ("255", 0, 1),
        ("mean", -0.42421, 2.82149),
        ("symmetric", -1, 1),
        ("bytes", 0, 255),
        ("inverted-255", 1, 0),
        ("inverted-mean", 2.82149, -0.42421),
        ("inverted-symmetric", 1, -1),
        ("inverted-bytes", 255, 0),
        ("0.1,0.2", -0.5, 4.5),
        ("inverted-0.1, 0.2", 4.5, -0.5),
    ],
)
def test_each_word_takes_black_and_white_where_it_says(text: str, black: float, white: float) -> None:
    normalisation = parse_normalisation(text)
    assert normalisation.offset == pytest.approx(black, abs=1e-4)
    assert normalisation.scale + normalisation.offset == pytest.approx(white, abs=1e-4)


@pytest.mark.parametrize(
    "text", ["", "256", "mean,std", "0.1", "0,0", "nan,1", "0,inf", "1,2,3", "inverted-", "1e99,1"]
)
def test_other_words_are_refused_with_those_that_there_are(text: str) -> None:
    with pytest.raises(UsageError, match="255, mean, symmetric, bytes"):
        parse_normalisation(text)


def test_formulas_are_what_people_write() -> None:
    assert parse_normalisation("mean").formula == "(x/255 - 0.1307) / 0.3081"
    assert parse_normalisation("inverted-symmetric").formula == "((255 - x)/255 - 0.5) / 0.5"
    assert parse_normalisation("0.1,0.2").formula == "(x/255 - 0.1) / 0.2"
    assert parse_normalisation("bytes").formula == "x, 0 to 255"


@pytest.mark.parametrize("name", [candidate.name for candidate in CANDIDATES])
def test_what_a_network_was_made_for_reads_the_most_digits(name: str) -> None:
    normalisation = parse_normalisation(name)
    deviation = 1 / normalisation.scale
    found = choose_normalisation(classifier(-normalisation.offset * deviation, deviation), DIGITS)
    assert found.normalisation.name == name
    assert found.source is Source.DIGITS
    assert found.right > 150
    assert not found.rivals
    if found.next_best is None:
        assert f"reads {found.right} of 200 digits, and far fewer with any other" in found.sentence
    else:
        assert found.right - found.next_best[1] > 5
        assert f"reads {found.right} of 200 digits, and {found.next_best[1]} with the next best" in found.sentence


@pytest.mark.parametrize(
    ("name", "taken"),
    [("Keras HDF5", "255"), ("TFLite", "255"), ("PyTorch state dict", "mean"), ("TorchScript", "mean")],
)
def test_where_digits_cannot_tell_the_formats_users_decide(name: str, taken: str) -> None:
    # Each class sums weights that sum to nothing, without a bias: no scale or offset changes the digit.
    graph = classifier(0, 1, bias=False)
    last = graph.nodes[-1]
    assert isinstance(last.operator, Linear)
    weight = last.operator.weight - last.operator.weight.mean(axis=1, keepdims=True)
    node = replace(last, operator=Linear(weight, last.operator.bias))
    graph = replace(graph, nodes=(*graph.nodes[:-1], node), format=name)
    found = choose_normalisation(graph, DIGITS)
    assert found.normalisation.name == taken
    assert {rival for rival, _ in found.rivals} == set(NAMES) - {taken}
    assert all(right == found.right for _, right in found.rivals)
    assert "cannot tell it from" in found.sentence


def test_less_contrast_is_taken_where_the_network_is_surer_with_it() -> None:
    # As above, behind a tanh, which blurs what is beyond its reach: the more, the more contrast the input has.
    pixels = DIGITS.images.reshape(len(DIGITS), -1) / 255
    means = np.stack([pixels[DIGITS.labels == digit].mean(axis=0) for digit in range(10)])
    weight = means / np.linalg.norm(means, axis=1, keepdims=True)
    weight -= weight.mean(axis=1, keepdims=True)
    weight *= 0.3 / (pixels @ weight.T).std()
    linear = Linear(weight.astype(np.float32), np.zeros(10, np.float32))
    graph = clean(chain((1, 28, 28), Flatten(), linear, Tanh(), format="PyTorch state dict"))
    found = choose_normalisation(graph, DIGITS)
    assert found.normalisation.name == "255"
    assert "mean" in [name for name, _ in found.rivals]


@pytest.mark.parametrize(
    ("step", "name"), [(1 / 255, "255"), (0.00392157, "255"), (1.0, "bytes"), (2 / 255, "0,0.5"), (0.5, "0,0.00784314")]
)
def test_the_files_own_word_counts_more_than_the_digits(step: float, name: str) -> None:
    graph = replace(classifier(0.5, 0.5), pixel_scale=step)
    found = choose_normalisation(graph, DIGITS)
    assert found.normalisation.name == name
    assert found.source is Source.FILE
    assert "as the file says" in found.sentence


def test_a_file_that_says_its_unit_may_be_made_for_dark_ink() -> None:
    found = choose_normalisation(replace(classifier(1, -1), pixel_scale=1 / 255), DIGITS)
    assert found.normalisation.name == "inverted-255"
    assert found.next_best is not None
    assert found.next_best[0] == "255"
    assert found.source is Source.DIGITS


def test_a_persons_word_is_tried_and_taken() -> None:
    found = stated_normalisation(classifier(0.5, 0.5), DIGITS, parse_normalisation("symmetric"), Source.PERSON)
    assert found == FoundNormalisation(parse_normalisation("symmetric"), Source.PERSON, found.right, 200)
    assert found.right > 100
    assert "as asked for" in found.sentence


def test_guesses_are_sketched_with_the_first_digits() -> None:
    one, other = classifier(0.5, 0.5), classifier(0.1307, 0.3081)
    stated = replace(other, pixel_scale=1.0)
    sketches = sketch_normalisations([one, other, stated], DIGITS)
    assert [found.normalisation.name for found in sketches] == ["symmetric", "mean", "bytes"]
    assert [found.digits for found in sketches] == [50, 50, 50]
    (inverted,) = sketch_normalisations([classifier(1, -1)], DIGITS)
    assert inverted.normalisation.name == "inverted-255"


def test_a_large_network_is_tried_on_fewer_digits() -> None:
    graph = classifier(0.1307, 0.3081)
    # 1,000 channels of the same image, their mean 64 times, and the mean of those: 51 million multiply-adds.
    layers = [
        Conv2d(np.full((outs, ins, 1, 1), 1 / ins, np.float32), np.zeros(outs, np.float32))
        for ins, outs in ((1, 1000), (1000, 64), (64, 1))
    ]
    wide = clean(chain((1, 28, 28), *layers, Flatten(), graph.nodes[-1].operator, format="PyTorch state dict"))
    found = choose_normalisation(wide, DIGITS)
    assert found.normalisation.name == "mean"
    assert found.digits == 50


@pytest.mark.parametrize(("operations", "digits"), [(30_000_000, 50), (60_000_000, 27), (10**9, 10)])
def test_guesses_that_are_large_together_are_sketched_on_fewer_digits(
    monkeypatch: pytest.MonkeyPatch, operations: int, digits: int
) -> None:
    monkeypatch.setattr("mnist_bench.formats.normalisation_search.work", lambda _graph: operations)
    sketches = sketch_normalisations([classifier(0.1307, 0.3081)] * 3, DIGITS)
    assert {(one.normalisation.name, one.digits) for one in sketches} == {("mean", digits)}


def test_the_same_digits_are_not_read_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []
    right = normalisation_search._right

    def count(graph: ForeignGraph, digits: LabelledDigits, tried: Normalisation) -> int:
        read.append(tried.name)
        return right(graph, digits, tried)

    monkeypatch.setattr(normalisation_search, "_right", count)
    monkeypatch.setattr("mnist_bench.formats.normalisation_search.work", lambda _graph: 10**9)
    assert choose_normalisation(classifier(0.1307, 0.3081), DIGITS).digits == 50
    assert len(read) == len(set(read))


def test_digits_are_moved_by_a_pixel_each_way() -> None:
    images = np.zeros((1, 28, 28), np.uint8)
    images[0, 0, 5] = 9
    copies = moved(LabelledDigits(images, np.array([3], np.uint8), "one"))
    assert copies.labels.tolist() == [3] * 5
    assert [np.argwhere(image).tolist() for image in copies.images] == [[[0, 5]], [[1, 5]], [], [[0, 6]], [[0, 4]]]


def test_values_out_of_range_read_no_digit() -> None:
    graph = classifier(0, 1)
    huge = Linear(np.full((784, 784), 1e30, np.float32), np.zeros(784, np.float32))
    nodes = (*graph.nodes[:-1], replace(graph.nodes[-1], name="huge", operator=huge, output="huge"))
    nodes = (*nodes, replace(graph.nodes[-1], inputs=("huge",)))
    with np.errstate(all="raise"):
        choose_normalisation(replace(graph, nodes=nodes), DIGITS)


def biased(bias: float) -> ForeignGraph:
    """A classifier that no offset of its input changes, and with a bias that keeps it from 1 where inputs are small."""
    graph = classifier(0, 1, bias=False)
    last = graph.nodes[-1]
    assert isinstance(last.operator, Linear)
    weight = last.operator.weight - last.operator.weight.mean(axis=1, keepdims=True)
    biases = np.where(np.arange(10) == 1, bias, 0).astype(np.float32)
    return replace(graph, nodes=(*graph.nodes[:-1], replace(last, operator=Linear(weight, biases))))


@pytest.mark.parametrize(("bias", "taken"), [(-10.0, "mean"), (-40.0, "bytes")])
def test_bytes_are_taken_for_a_clear_lead_only(bias: float, taken: str) -> None:
    found = choose_normalisation(biased(bias), DIGITS)
    assert found.normalisation.name == taken
    assert dict(found.rivals).get("bytes", 200 if taken == "bytes" else 0) >= found.right


def test_close_candidates_are_told_apart_by_more_digits() -> None:
    scores = {"255": 152, "mean": 155, "symmetric": 100}
    asked: list[tuple[str, int]] = []

    def read_again(name: str, digits: LabelledDigits) -> int:
        asked.append((name, len(digits)))
        return {"255": 700, "mean": 600}[name]

    found = settled("ONNX", scores, DIGITS, read_again)
    assert (found.normalisation.name, found.right, found.digits) == ("255", 152, 200)
    assert asked == [("255", 1000), ("mean", 1000)]
    assert settled("ONNX", scores, DIGITS, None).normalisation.name == "mean"
