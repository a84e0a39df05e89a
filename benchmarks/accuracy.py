"""Accuracy of the bundled networks on MNIST's 10,000 test images, on every backend of this computer."""

from collections.abc import Iterator

from benchmarks.figures import Figure, NotMeasured, Setup, at_least, at_most
from mnist_bench import open_engine
from mnist_bench.base.errors import InputError
from mnist_bench.bench.accuracy.evaluate import AccuracyResult, evaluate
from mnist_bench.digits.datasets import LabelledDigits, load_digits
from mnist_bench.digits.mnist import find_mnist
from mnist_bench.engines.backends import default_backends
from mnist_bench.network.network import Precision

_CNN, _MLP = "digits-cnn", "digits-mlp"
_LIMITS = {
    (_CNN, "torch-fp32"): 99.65,
    (_CNN, "native-fp32"): 99.65,
    **{(_MLP, backend.id): 99.1 for backend in default_backends()},
}
_MOST_LOST_POINTS = 0.05


def measure(setup: Setup) -> Iterator[Figure]:
    """Right answers in percent, and what digits-cnn loses as int8 in points."""
    digits = test_digits(setup)
    if setup.quick:
        digits = digits.first(500)
    for model in (_CNN, _MLP):
        results = {}
        for backend in default_backends():
            with open_engine(backend.id, model) as engine:
                results[backend.id] = result = evaluate(engine, digits)
            if (model, backend.id) in _LIMITS:
                yield _accuracy(model, backend.title, result, _LIMITS[model, backend.id])
        if model == _CNN:
            for backend in default_backends():
                if backend.precision is Precision.INT8:
                    yield _lost(backend.title, results["torch-fp32"], results[backend.id])


def test_digits(setup: Setup) -> LabelledDigits:
    """MNIST's test images; NotMeasured if they are not here."""
    try:
        return load_digits(find_mnist(setup.data), split="test")
    except InputError as error:
        raise NotMeasured(str(error)) from error


def _accuracy(model: str, title: str, result: AccuracyResult, limit: float) -> Figure:
    detail = f"{result.correct:,} of {result.images:,}, {result.seconds:.1f} s"
    return Figure(f"{model}: accuracy, {title}", 100 * result.accuracy, "%", at_least(limit), detail)


def _lost(title: str, fp32: AccuracyResult, int8: AccuracyResult) -> Figure:
    points = round(100 * (fp32.accuracy - int8.accuracy), 6)  # a difference of hundredths, without float's last bits
    detail = f"int8 {100 * int8.accuracy:.2f} % ({int8.correct:,} of {int8.images:,})"
    return Figure(f"{_CNN}: {title} below PyTorch fp32", points, "points", at_most(_MOST_LOST_POINTS), detail)
