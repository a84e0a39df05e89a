"""The training loop: steps, the weights' moving average, validation, and a state that can stop and go on anywhere.

All chance in a step is drawn from the recipe's seed and the step's number, so that a training that was interrupted
and resumed gives the same bytes as one that was not.
"""

import copy
import math
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from mnist_bench.training.architectures import build_modules
from mnist_bench.training.augment import augment
from mnist_bench.training.data import Examples, TrainingData
from mnist_bench.training.recipes import ConvolutionalShape, Recipe

_LAST_PART = 0.25  # of the training, in which the augmentation weakens
_WEAKEST = 0.6
_BATCH_OF_VALIDATION = 500


@dataclass(frozen=True, slots=True)
class Validation:
    """How well the averaged weights read the validation images: `loss` chooses the best epoch.

    Cross-entropy to the smoothed labels, which training lowers: less a matter of luck than the few misread images.
    """

    loss: float
    accuracy: float


def seed_for(seed: int, *place: int) -> int:
    """A seed of its own for each place in a training."""
    return int(np.random.SeedSequence((seed, *place)).generate_state(1, np.uint64)[0] >> 1)


class Trainer:
    """A training under way.

    Attributes:
        step: steps done.
        averaged: the moving average of the weights: what is validated and exported.
        best: the averaged weights of the best epoch so far, with its validation, or None before the first.
    """

    def __init__(self, recipe: Recipe, seed: int, epochs: int, data: TrainingData, teacher: nn.Module | None) -> None:
        self.recipe, self.seed, self.epochs, self.data = recipe, seed, epochs, data
        self._teacher = teacher
        torch.manual_seed(seed_for(seed, 0))
        self.modules = build_modules(recipe.shape)
        if isinstance(recipe.shape, ConvolutionalShape):
            self.modules.to(memory_format=torch.channels_last)
        self.averaged = copy.deepcopy(self.modules).requires_grad_(False).eval()
        self.optimizer = _optimizer(self.modules, recipe)
        self.step = 0
        self.best: dict[str, torch.Tensor] | None = None
        self.best_epoch = 0
        self.best_validation = Validation(math.inf, 0.0)
        self._order = torch.empty(0, dtype=torch.int64)
        self._order_epoch = -1

    @property
    def steps_per_epoch(self) -> int:
        """Full batches in an epoch; a remainder waits for another epoch's shuffle."""
        return max(1, self.data.epoch_size // self.recipe.batch_size)

    @property
    def steps(self) -> int:
        """All steps of the training."""
        return self.epochs * self.steps_per_epoch

    def run_step(self) -> float:
        """One batch: augment, learn, average; returns the loss."""
        epoch, position = divmod(self.step, self.steps_per_epoch)
        if epoch != self._order_epoch:
            generator = torch.Generator().manual_seed(seed_for(self.seed, 1, epoch))
            self._order, self._order_epoch = self.data.epoch_order(epoch, generator), epoch
        seed = seed_for(self.seed, 2, self.step)
        torch.manual_seed(seed)  # for dropout
        size = self.recipe.batch_size
        images, labels = self.data.training.batch(self._order[position * size : (position + 1) * size])
        images = augment(images, self._strength(), torch.Generator().manual_seed(seed))
        for group in self.optimizer.param_groups:
            group["lr"] = self._learning_rate()
        self.modules.train()
        loss = self._loss(images, labels)
        self.optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        self.optimizer.step()
        self.step += 1
        self._average()
        return float(loss)

    def finish_epoch(self) -> Validation:
        """Validate the averaged weights, and keep them if they are the best so far."""
        validation = validate(self.averaged, self.data.validation, self.recipe.label_smoothing)
        if validation.loss < self.best_validation.loss:
            self.best = {key: value.clone() for key, value in self.averaged.state_dict().items()}
            self.best_epoch = self.step // self.steps_per_epoch
            self.best_validation = validation
        return validation

    def _progress(self) -> float:
        return self.step / self.steps

    def _strength(self) -> float:
        late = max(0.0, self._progress() - (1 - _LAST_PART)) / _LAST_PART
        return self.recipe.strength * (1 - (1 - _WEAKEST) * late)

    def _learning_rate(self) -> float:
        peak, warm_up, progress = self.recipe.peak_learning_rate, self.recipe.warm_up, self._progress()
        if progress < warm_up:
            return peak * (0.04 + 0.96 * (1 - math.cos(math.pi * progress / warm_up)) / 2)
        return peak * (1 + math.cos(math.pi * (progress - warm_up) / (1 - warm_up))) / 2

    def _loss(self, images: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        with torch.autocast("cpu", torch.bfloat16, enabled=self.recipe.half_precision):
            logits = self.modules(images)
        logits = logits.float()
        loss = F.cross_entropy(logits, labels, label_smoothing=self.recipe.label_smoothing)
        distillation = self.recipe.distillation
        if self._teacher is None or distillation is None:
            return loss
        heat = distillation.temperature
        with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
            taught = self._teacher(images).float()
        divergence = F.kl_div(
            F.log_softmax(logits / heat, dim=1),
            F.log_softmax(taught / heat, dim=1),
            reduction="batchmean",
            log_target=True,
        )
        return (1 - distillation.weight) * loss + distillation.weight * heat * heat * divergence

    @torch.no_grad()
    def _average(self) -> None:
        """Move the average towards the weights and the batch norms' statistics; faster while it is young."""
        share = 1 - min(self.recipe.average_decay, (1 + self.step) / (10 + self.step))
        for old, new in zip(self.averaged.state_dict().values(), self.modules.state_dict().values(), strict=True):
            if old.is_floating_point():
                old.lerp_(new, share)
            else:
                old.copy_(new)


def _optimizer(modules: nn.Module, recipe: Recipe) -> torch.optim.AdamW:
    """AdamW, which decays weights but not biases and norms."""
    parameters = list(modules.parameters())
    return torch.optim.AdamW(
        [
            {"params": [p for p in parameters if p.ndim > 1], "weight_decay": recipe.weight_decay},
            {"params": [p for p in parameters if p.ndim <= 1], "weight_decay": 0.0},
        ],
        lr=recipe.peak_learning_rate,
    )


@torch.no_grad()
def validate(modules: nn.Module, examples: Examples, label_smoothing: float) -> Validation:
    """Loss and accuracy of modules in evaluation mode, in fp32; the loss is smoothed as the training's is."""
    loss, correct = 0.0, 0
    for indices in torch.arange(len(examples)).split(_BATCH_OF_VALIDATION):
        images, labels = examples.batch(indices)
        logits = modules(images)
        loss += float(F.cross_entropy(logits, labels, reduction="sum", label_smoothing=label_smoothing))
        correct += int((logits.argmax(dim=1) == labels).sum())
    return Validation(loss / len(examples), correct / len(examples))
