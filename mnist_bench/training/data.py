"""What a recipe trains and validates on: digit images as bytes, in memory, in each epoch's order."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from mnist_bench.base.errors import InputError
from mnist_bench.digits.datasets import load_digits
from mnist_bench.digits.orders import UPRIGHT
from mnist_bench.training.examples import Examples, rendered
from mnist_bench.training.pen_digits import VALIDATION_WRITERS, PenDigit, by_writers, for_training, read_pen_digits
from mnist_bench.training.recipes import PenRenderings, Recipe
from mnist_bench.training.styled import bundled_styles, styled_examples


@dataclass(frozen=True, slots=True)
class Group:
    """Examples of one origin: `made` renderings of `size` images, of which an epoch takes `per_epoch` in turn."""

    size: int
    made: int = 1
    per_epoch: int = 1


@dataclass(frozen=True, slots=True)
class TrainingData:
    """What is learned from and what chooses the best epoch. Never holds a test image or a held-out writer.

    For a recipe that finishes, MNIST's validation images are learned from as well, and choose nothing.

    `training` holds each group's renderings, one group after the other. `notes` say how the scanned digits were read,
    and what was left out.
    """

    training: Examples
    validation: Examples
    groups: tuple[Group, ...]
    notes: tuple[str, ...] = ()

    @property
    def epoch_size(self) -> int:
        """Images in one epoch."""
        return sum(group.size * group.per_epoch for group in self.groups)

    def epoch_order(self, epoch: int, generator: torch.Generator) -> torch.Tensor:
        """Indices into `training` (epoch_size,), shuffled: of each group the renderings whose turn it is."""
        chosen, start = [], 0
        for group in self.groups:
            for turn in range(epoch * group.per_epoch, (epoch + 1) * group.per_epoch):
                first = start + turn % group.made * group.size
                chosen.append(torch.arange(first, first + group.size))
            start += group.size * group.made
        joined = torch.cat(chosen)
        return joined[torch.randperm(len(joined), generator=generator)]


def load_training_data(
    recipe: Recipe, data: Path, pen_digits: Path | None, seed: int, stop: threading.Event, order: str = UPRIGHT
) -> TrainingData:
    """The training set in `data`, stored in this order, its last images kept for validation; pen digits by writer; and
    digits in styles, from templates and from both.

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
    learned = len(digits.labels) if recipe.finishes else len(digits.labels) - kept
    scanned = Examples.of(digits.images[:learned], digits.labels[:learned])
    validation = Examples.of(digits.images[-kept:], digits.labels[-kept:])
    writers, others = for_training(pens), by_writers(pens, VALIDATION_WRITERS)
    training, groups = [scanned], [Group(learned)]
    chosen_by = [validation]
    if writers:
        training += [render_pens(writers, recipe.pens, chance, stop) for _ in range(recipe.pens.made)]
        groups.append(Group(len(writers), recipe.pens.made, recipe.pens.per_epoch))
        chosen_by.append(render_pens(others, recipe.pens, chance, stop))
    share = recipe.styles
    styles = bundled_styles("learned")
    styled = [styled_examples(styles, writers, scanned, share, chance, stop) for _ in range(share.made)]
    groups.append(Group(len(styled[0]), share.made))
    styles = bundled_styles("validation")
    chosen_by.append(styled_examples(styles, others, validation, recipe.validation_styles, chance, stop))
    return TrainingData(
        training=training[0].joined(*training[1:], *styled),
        validation=chosen_by[0].joined(*chosen_by[1:]),
        groups=tuple(groups),
        notes=digits.notes,
    )


def render_pens(
    digits: Sequence[PenDigit], pens: PenRenderings, chance: np.random.Generator, stop: threading.Event
) -> Examples:
    """Each pen digit drawn with a pen of random width; Cancelled once `stop` is set."""
    widths = chance.uniform(pens.thinnest_px, pens.thickest_px, len(digits))
    return rendered([digit.drawing for digit in digits], widths, stop)
