"""What each step learns from: a batch of augmented images, their labels, and what a teacher makes of them.

Whatever is random about a batch comes from the seed and the batch's place, so that it can be made again at any time.
"""

from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from mnist_bench.training.augment import augment
from mnist_bench.training.data import TrainingData
from mnist_bench.training.recipes import Recipe


def seed_for(seed: int, *place: int) -> int:
    """A seed of its own for each place in a training."""
    return int(np.random.SeedSequence((seed, *place)).generate_state(1, np.uint64)[0] >> 1)


@dataclass(frozen=True, slots=True)
class Batch:
    """Images uint8 (B, 28, 28) or float32 (B, 1, 28, 28) in 0..1, labels int64 (B,), a teacher's logits (B, 10)."""

    images: torch.Tensor
    labels: torch.Tensor
    taught: torch.Tensor | None

    def inputs(self) -> torch.Tensor:
        """The images as a network takes them: float32 (B, 1, 28, 28) in 0..1."""
        return self.images.unsqueeze(1).float() / 255 if self.images.dtype == torch.uint8 else self.images


class Batches:
    """The batches of a training, by their steps.

    With a recipe's `copies`, the batches of that many epochs are kept, as bytes, and come again in other orders.
    """

    def __init__(self, data: TrainingData, recipe: Recipe, seed: int, teacher: nn.Module | None) -> None:
        self._data, self._recipe, self._seed, self._teacher = data, recipe, seed, teacher
        self.per_epoch = max(1, data.epoch_size // recipe.batch_size)  # a remainder waits for another shuffle
        self._order = torch.empty(0, dtype=torch.int64)
        self._order_epoch = -1
        self._kept: dict[tuple[int, int], Batch] = {}

    def take(self, step: int, strength: float) -> Batch:
        """The batch of that step; `strength` is of no effect where batches come again."""
        epoch, position = divmod(step, self.per_epoch)
        copies = self._recipe.copies
        if copies is None:
            return self._make(epoch, position, strength)
        if epoch >= copies:
            shuffle = torch.Generator().manual_seed(seed_for(self._seed, 3, epoch))
            position = int(torch.randperm(self.per_epoch, generator=shuffle)[position])
        place = (epoch % copies, position)
        if place not in self._kept:
            batch = self._make(*place, self._recipe.stages[0].strength)
            as_bytes = (batch.images.squeeze(1) * 255).round().to(torch.uint8)
            self._kept[place] = Batch(as_bytes, batch.labels, batch.taught)
        return self._kept[place]

    def _make(self, epoch: int, position: int, strength: float) -> Batch:
        if epoch != self._order_epoch:
            generator = torch.Generator().manual_seed(seed_for(self._seed, 1, epoch))
            self._order, self._order_epoch = self._data.epoch_order(epoch, generator), epoch
        size = self._recipe.batch_size
        images, labels = self._data.training.batch(self._order[position * size : (position + 1) * size])
        chance = torch.Generator().manual_seed(seed_for(self._seed, 2, epoch * self.per_epoch + position))
        images = augment(images, strength, chance)
        return Batch(images, labels, self._teach(images))

    @torch.no_grad()
    def _teach(self, images: torch.Tensor) -> torch.Tensor | None:
        if self._teacher is None:
            return None
        with torch.autocast("cpu", torch.bfloat16):
            logits: torch.Tensor = self._teacher(images)
        return logits.float()
