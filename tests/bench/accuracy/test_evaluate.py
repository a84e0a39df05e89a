"""Accuracy: what is counted, what is told meanwhile, and how it is cancelled."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mnist_bench import open_engine
from mnist_bench.base.errors import Cancelled
from mnist_bench.bench.accuracy.evaluate import AccuracyResult, evaluate
from mnist_bench.bench.accuracy.evaluating import evaluate_all
from mnist_bench.digits.datasets import LabelledDigits, load_digits
from mnist_bench.engines.backends import find_backend
from mnist_bench.engines.engine import InferenceEngine
from mnist_bench.engines.errors import RunnerDied
from mnist_bench.network.bundled import load_network
from mnist_bench.network.network import Network
from tests.engines.conftest import Misbehave
from tests.networks import tiny_network
from tests.runners import reference


def digits(zeros: int, others: int) -> LabelledDigits:
    """A runner whose logits are all zero reads every digit as 0."""
    labels = np.array([0] * zeros + [3] * others, np.uint8)
    return LabelledDigits(np.zeros((len(labels), 28, 28), np.uint8), labels, "made")


@pytest.mark.usefixtures("pieces_of_a_hundred")
def test_every_digit_counts_once_and_progress_follows_each_piece(misbehave: Misbehave) -> None:
    moved: list[tuple[int, int]] = []
    with misbehave("close", "sound").engine as engine:
        engine.load(tiny_network())
        result = evaluate(engine, digits(180, 70), lambda done, total: moved.append((done, total)))
    assert (result.backend_id, result.images, result.correct, result.accuracy) == ("torch-fp32", 250, 180, 0.72)
    assert result.seconds > 0
    assert result.images_per_second == 250 / result.seconds
    assert 0 < result.compute_ns < result.seconds * 1e9
    assert (str(result.labels.dtype), str(result.logits.dtype), result.logits.shape) == ("uint8", "float32", (250, 10))
    assert not result.predictions.any()
    assert moved == [(100, 250), (200, 250), (250, 250)]


@pytest.mark.usefixtures("pieces_of_a_hundred")
def test_it_is_cancelled_between_two_pieces(misbehave: Misbehave) -> None:
    moved: list[int] = []
    with misbehave("close", "sound").engine as engine:
        engine.load(tiny_network())

        def cancel_at_once(done: int, _total: int) -> None:
            moved.append(done)
            engine.cancel()

        with pytest.raises(Cancelled):
            evaluate(engine, digits(1000, 0), cancel_at_once)
        assert moved == [100]
        assert evaluate(engine, digits(3, 1)).accuracy == 0.75


@pytest.mark.usefixtures("pieces_of_a_hundred")
def test_what_was_answered_before_a_cancel_is_kept_for_who_wants_it(misbehave: Misbehave) -> None:
    kept: list[AccuracyResult] = []
    with misbehave("close", "sound").engine as engine:
        engine.load(tiny_network())

        def cancel_after_two_pieces(done: int, _total: int) -> None:
            if done == 200:
                raise Cancelled("enough")

        with pytest.raises(Cancelled, match="enough"):
            evaluate(engine, digits(150, 850), cancel_after_two_pieces, kept.append)
    (partial,) = kept
    assert (partial.images, partial.correct, partial.logits.shape) == (200, 150, (200, 10))


def test_nothing_is_kept_where_nothing_was_answered(misbehave: Misbehave) -> None:
    kept: list[AccuracyResult] = []
    with misbehave("classify", "die").engine as engine:
        engine.load(tiny_network())
        with pytest.raises(RunnerDied):
            evaluate(engine, digits(10, 0), keep_partial=kept.append)
    assert kept == []


def test_a_runner_that_dies_ends_it(misbehave: Misbehave) -> None:
    with misbehave("classify", "die").engine as engine:
        engine.load(tiny_network())
        with pytest.raises(RunnerDied):
            evaluate(engine, digits(10, 0))


@pytest.mark.mnist
@pytest.mark.parametrize(
    ("backend", "reference_logits"),
    [("torch-fp32", reference.float_logits), ("qnnpack-int8", reference.quantized_logits)],
)
def test_real_digits_are_counted_as_the_reference_reads_them(
    mnist: Path, backend: str, reference_logits: Callable[[Network, Any], Any]
) -> None:
    """That they are counted rightly; how well the bundled network reads is another matter."""
    test_set = load_digits(mnist)
    part = LabelledDigits(test_set.images[:2000], test_set.labels[:2000], test_set.name)
    expected = reference_logits(load_network("digits-mlp"), part.images).argmax(axis=1) == part.labels
    with open_engine(backend, "digits-mlp") as engine:
        assert evaluate(engine, part).correct == expected.sum()


def test_a_backend_that_finds_no_memory_says_so_and_the_other_is_evaluated(monkeypatch: pytest.MonkeyPatch) -> None:
    engines = [InferenceEngine(find_backend(one)) for one in ("native-int8", "native-fp32")]

    def no_memory() -> None:
        raise MemoryError

    monkeypatch.setattr(engines[0], "start", no_memory)
    evaluation = evaluate_all(engines, tiny_network(), digits(20, 0))
    assert [one.backend_id for one in evaluation.results] == ["native-fp32"]
    assert "There isn't enough memory." in evaluation.failures["native-int8"]
