"""Accuracy results for tests: answers that are made, not asked for."""

from collections.abc import Sequence

import numpy as np

from mnist_bench.bench.accuracy.evaluate import AccuracyResult


def result_of(
    labels: Sequence[int], predictions: Sequence[int], *, backend_id: str = "torch-fp32", logit: float = 5.0
) -> AccuracyResult:
    """A result in which the logit of what was said is `logit` and every other 0."""
    logits = np.zeros((len(labels), 10), np.float32)
    logits[np.arange(len(labels)), list(predictions)] = logit
    return AccuracyResult(backend_id, np.array(labels, np.uint8), logits, 1_000 * len(labels), 0.5, backend_id)


def random_result(seed: int, images: int = 1_000, accuracy: float = 0.95) -> AccuracyResult:
    """Labels that depend on the number of images alone, and answers that are mostly right."""
    labels = np.random.default_rng(0).integers(0, 10, images)
    chance = np.random.default_rng(seed)
    wrong = chance.random(images) > accuracy
    said = np.where(wrong, chance.integers(0, 10, images), labels)
    logits = chance.normal(0, 1, (images, 10)).astype(np.float32)
    logits[np.arange(images), said] += chance.uniform(2, 9, images).astype(np.float32)
    return AccuracyResult(f"made-{seed}", labels.astype(np.uint8), logits, 1, 1.0, f"Made {seed}")
