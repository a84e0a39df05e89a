"""What a recipe trains and validates on: digit images as bytes, in memory, in each epoch's order."""

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch

from mnist_bench.base.errors import Cancelled, InputError
from mnist_bench.digits.datasets import load_digits
from mnist_bench.digits.drawing import Drawing
from mnist_bench.digits.orders import UPRIGHT
from mnist_bench.digits.rendering import render_drawing
from mnist_bench.training.pen_digits import VALIDATION_WRITERS, PenDigit, by_writers, for_training, read_pen_digits
from mnist_bench.training.recipes import PenRenderings, Recipe

_DIGIT_PX = 20  # the longest side of a digit image's ink


@dataclass(frozen=True, slots=True)
class Examples:
    """Digit images and what they show: images uint8 (N, 28, 28), labels int64 (N,)."""

    images: torch.Tensor
    labels: torch.Tensor

    @classmethod
    def of(cls, images: npt.NDArray[np.uint8], labels: npt.NDArray[np.uint8]) -> "Examples":
        """From arrays of bytes."""
        return cls(torch.tensor(images), torch.tensor(labels.astype(np.int64)))

    def joined(self, *others: "Examples") -> "Examples":
        """These examples, then the others."""
        parts = (self, *others)
        return Examples(torch.cat([part.images for part in parts]), torch.cat([part.labels for part in parts]))

    def __len__(self) -> int:
        return len(self.labels)

    def batch(self, indices: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Images float32 (B, 1, 28, 28) in 0..1, and labels (B,)."""
        return self.images[indices].unsqueeze(1).float() / 255, self.labels[indices]

    def pieces(self, size: int) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
        """All of them in their order, in batches of `size` at most."""
        for start in range(0, len(self), size):
            yield self.batch(torch.arange(start, min(start + size, len(self))))


@dataclass(frozen=True, slots=True)
class TrainingData:
    """What is learned from and what chooses the best epoch. Never holds a test image or a held-out writer.

    For a recipe that finishes, MNIST's validation images are learned from as well, and choose nothing.

    `training` holds `still_images` scanned digits, then `pens` pen digits in each of several renderings. `notes` say
    how the scanned ones were read, and what was left out.
    """

    training: Examples
    validation: Examples
    still_images: int
    pens: int
    renderings: PenRenderings
    notes: tuple[str, ...] = ()

    @property
    def epoch_size(self) -> int:
        """Images in one epoch."""
        return self.still_images + self.pens * self.renderings.per_epoch

    def epoch_order(self, epoch: int, generator: torch.Generator) -> torch.Tensor:
        """Indices into `training` (epoch_size,), shuffled: every scanned digit, and the epoch's renderings."""
        chosen = torch.arange(self.still_images)
        first = epoch * self.renderings.per_epoch
        for rendering in range(first, first + self.renderings.per_epoch):
            start = self.still_images + (rendering % self.renderings.made) * self.pens
            chosen = torch.cat([chosen, torch.arange(start, start + self.pens)])
        return chosen[torch.randperm(len(chosen), generator=generator)]


def load_training_data(
    recipe: Recipe, data: Path, pen_digits: Path | None, seed: int, stop: threading.Event, order: str = UPRIGHT
) -> TrainingData:
    """The training set in `data`, stored in this order, its last images kept for validation, and pen digits by writer.

    InputError where a file cannot be read or there is too little to train on, Cancelled once `stop` is set.
    """
    digits = load_digits(data, split="train", order=order)
    kept = recipe.validation_images
    if len(digits.labels) < 2 * kept:
        kept = len(digits.labels) // 5
    if kept == 0:
        raise InputError(f"{data} holds {len(digits.labels)} training images: too few to train on.")
    pens = () if pen_digits is None else read_pen_digits(pen_digits)
    chance = np.random.default_rng(seed)
    writers = for_training(pens)
    learned = len(digits.labels) if recipe.finishes else len(digits.labels) - kept
    training = Examples.of(digits.images[:learned], digits.labels[:learned])
    validation = Examples.of(digits.images[-kept:], digits.labels[-kept:])
    if writers:
        training = training.joined(*[render_pens(writers, recipe.pens, chance, stop) for _ in range(recipe.pens.made)])
        validation = validation.joined(render_pens(by_writers(pens, VALIDATION_WRITERS), recipe.pens, chance, stop))
    return TrainingData(
        training=training,
        validation=validation,
        still_images=learned,
        pens=len(writers),
        renderings=recipe.pens,
        notes=digits.notes,
    )


def with_line_width(drawing: Drawing, pixels: float) -> Drawing:
    """The drawing with a pen so wide that its lines are `pixels` wide in the digit image, where ink spans 20."""
    points = np.array([point for stroke in drawing.strokes for point in stroke])
    span = max(float(np.ptp(points, axis=0).max()), 1.0)
    return replace(drawing, pen_width=pixels * span / (_DIGIT_PX - pixels))


def render_pens(
    digits: Sequence[PenDigit], pens: PenRenderings, chance: np.random.Generator, stop: threading.Event
) -> Examples:
    """Each pen digit drawn with a pen of random width; Cancelled once `stop` is set."""
    widths = chance.uniform(pens.thinnest_px, pens.thickest_px, len(digits))
    images = np.zeros((len(digits), 28, 28), np.uint8)
    for image, digit, width in zip(images, digits, widths, strict=True):
        if stop.is_set():
            raise Cancelled("Stopped while the data was read; nothing was written.")
        image[:] = render_drawing(with_line_width(digit.drawing, width))
    return Examples.of(images, np.array([digit.drawing.label for digit in digits], np.uint8))
