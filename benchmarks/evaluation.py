"""Evaluating MNIST's 10,000 test images in the real window: its progress, its stalls, and how quick a cancel is."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from benchmarks.children import child, window_environment
from benchmarks.figures import Figure, NotMeasured, Setup, at_least, at_most
from benchmarks.stalls import stall_figure
from mnist_bench.base.errors import InputError
from mnist_bench.digits.datasets import load_digits
from mnist_bench.digits.mnist import find_mnist

_LEAST_STEPS = 20.0
_MOST_CANCEL_S = 0.2


def measure(setup: Setup) -> Iterator[Figure]:
    """Both backends; one evaluation to its end, then some that are cancelled on their way."""
    try:
        data = find_mnist(setup.data).resolve()
        load_digits(data)
    except InputError as error:
        raise NotMeasured(str(error)) from error
    with window_environment(offscreen=True) as environment:
        yield from _measure(setup, data, environment)


def _measure(setup: Setup, data: Path, environment: Mapping[str, str]) -> Iterator[Figure]:
    with child("benchmarks.evaluation_child", str(data), environment=environment) as window:
        whole = None if setup.quick else window.ask(cancel_after_s=None)
        cancelled = [window.ask(cancel_after_s=0.3 + 0.13 * index) for index in range(setup.times(10, 1))]
    runs = cancelled if whole is None else [whole, *cancelled]
    longest = max(run["longest_stall_ms"] for run in runs)
    detail = (
        f"{len(runs)} evaluations, {sum(run['seconds'] for run in runs):.0f} s; p99 {runs[0]['p99_stall_ms']:.1f} ms"
    )
    load = ("evaluate", "--data", str(data), "--backend", "torch-fp32", "--backend", "qnnpack-int8")
    yield stall_figure("evaluating in the window", longest, detail, load, environment, 1)
    detail = f"{runs[0]['images']:,} answers of both backends in {runs[0]['seconds']:.1f} s"
    yield Figure(
        "evaluating in the window: steps of progress", runs[0]["steps"], "steps", at_least(_LEAST_STEPS), detail
    )
    waits = [run["cancel_s"] for run in cancelled]
    detail = f"the longest of {len(waits)}; all: {', '.join(f'{wait:.3f}' for wait in waits)} s"
    yield Figure("evaluating in the window: cancel answered", max(waits), "s", at_most(_MOST_CANCEL_S), detail)
