"""The training loop: steps, the weights' moving average, validation, and a state that can stop and go on anywhere.

All chance in a step is drawn from the recipe's seed and the step's number, so that a training that was interrupted
and resumed gives the same bytes as one that was not.
"""

import copy
import math
from dataclasses import dataclass

import torch
from torch import nn
from torch.nn import functional

from mnist_bench.base.errors import InputError
from mnist_bench.network.network import Network
from mnist_bench.training.architectures import build_modules, export_network, float_module
from mnist_bench.training.batches import Batch, Batches, seed_for
from mnist_bench.training.data import TrainingData
from mnist_bench.training.examples import Examples
from mnist_bench.training.recipes import Recipe, Stage

_BATCH_OF_VALIDATION = 500


@dataclass(frozen=True, slots=True)
class Validation:
    """How well the averaged weights read the validation images: `loss` chooses the best epoch.

    Cross-entropy to the smoothed labels, which training lowers: less a matter of luck than the few misread images.
    """

    loss: float
    accuracy: float


class Trainer:
    """A training under way.

    Attributes:
        step: steps done, of all stages.
        modules: what learns.
        averaged: the moving average of its weights: what is validated and exported.
        best: the averaged weights of the best epoch so far, with its validation, or None before the first.
    """

    def __init__(
        self, recipe: Recipe, seed: int, data: TrainingData, teacher: nn.Module | None, start: Network | None = None
    ) -> None:
        self.recipe, self.seed, self.data = recipe, seed, data
        self._name = recipe.name if start is None else start.name
        self._batches = Batches(data, recipe, seed, teacher)
        torch.manual_seed(seed_for(seed, 0))
        self.step = 0
        self.best: dict[str, torch.Tensor] | None = None
        self.best_epoch = 0
        self.best_validation = Validation(math.inf, 0.0)
        self._learn(build_modules(recipe.shape) if start is None else _folded(start))

    def _learn(self, modules: nn.Sequential) -> None:
        """Go on with other modules than before."""
        self.modules = modules
        self.averaged = copy.deepcopy(modules).requires_grad_(False).eval()
        self.optimizer = _optimizer(modules, self.recipe)

    @property
    def steps_per_epoch(self) -> int:
        """Batches in an epoch."""
        return self._batches.per_epoch

    @property
    def steps(self) -> int:
        """All steps of the training."""
        return self.recipe.epochs * self.steps_per_epoch

    def stage(self) -> tuple[int, float]:
        """The number of the stage of the next step, and how much of that stage is done: 0 to 1."""
        first = 0
        for number, stage in enumerate(self.recipe.stages):
            steps = stage.epochs * self.steps_per_epoch
            if self.step < first + steps:
                return number, (self.step - first) / steps
            first += steps
        return len(self.recipe.stages) - 1, 1.0

    def best_network(self) -> Network:
        """The best epoch's averaged weights as a network; InputError if there is none."""
        if self.best is None:
            raise InputError("Training diverged: its loss is not a number.", advice="Try another seed or more data.")
        self.averaged.load_state_dict(self.best)
        return export_network(self.averaged, self._name)

    def _enter_last_stage(self) -> None:
        """Start it from the best weights of the first."""
        self._learn(_folded(self.best_network()))
        self.best = {key: value.clone() for key, value in self.averaged.state_dict().items()}

    def continue_at(self, step: int) -> None:
        """Get ready for the weights of a training that has done `step` steps."""
        self.step = step
        number, progress = self.stage()
        if number > 0 and progress > 0:
            self._learn(_folded(export_network(self.averaged, self._name)))

    def run_step(self) -> float:
        """One batch: augment, learn, average; returns the loss."""
        number, progress = self.stage()
        if number > 0 and progress == 0:
            self._enter_last_stage()
        torch.manual_seed(seed_for(self.seed, 2, self.step))  # for dropout
        stage = self.recipe.stages[number]
        batch = self._batches.take(self.step, _strength(stage, progress))
        for group in self.optimizer.param_groups:
            group["lr"] = _learning_rate(stage, progress)
        self.modules.train()
        loss = self._loss(batch)
        self.optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        self.optimizer.step()
        self.step += 1
        young = (1 + self.step) / (10 + self.step) if number == 0 else 1.0  # the first weights are soon forgotten
        self._average(min(stage.average_decay, young))
        return float(loss.detach())

    def finish_epoch(self) -> Validation:
        """Validate the averaged weights, and keep them if they are the best so far, or the newest of a finish."""
        validation = validate(self.averaged, self.data.validation, self.recipe.label_smoothing)
        if validation.loss < self.best_validation.loss or self.recipe.finishes:
            self.best = {key: value.clone() for key, value in self.averaged.state_dict().items()}
            self.best_epoch = self.step // self.steps_per_epoch
            self.best_validation = validation
        return validation

    def _loss(self, batch: Batch) -> torch.Tensor:
        """Cross-entropy to the smoothed labels and, with a teacher, the divergence from its probabilities.

        Distillation after Hinton, Vinyals and Dean, 2015, https://arxiv.org/abs/1503.02531.
        """
        with torch.autocast("cpu", torch.bfloat16, enabled=self.recipe.half_precision):
            logits = self.modules(batch.inputs())
        logits = logits.float()
        loss = functional.cross_entropy(logits, batch.labels, label_smoothing=self.recipe.label_smoothing)
        distillation = self.recipe.distillation
        if batch.taught is None or distillation is None:
            return loss
        heat = distillation.temperature
        divergence = functional.kl_div(
            functional.log_softmax(logits / heat, dim=1),
            functional.log_softmax(batch.taught / heat, dim=1),
            reduction="batchmean",
            log_target=True,
        )
        return (1 - distillation.weight) * loss + distillation.weight * heat * heat * divergence

    @torch.no_grad()
    def _average(self, decay: float) -> None:
        """Move the average towards the weights and the batch norms' statistics."""
        for old, new in zip(self.averaged.state_dict().values(), self.modules.state_dict().values(), strict=True):
            if old.is_floating_point():
                old.lerp_(new, 1 - decay)
            else:
                old.copy_(new)


def _folded(network: Network) -> nn.Sequential:
    """The same network without batch norm and dropout, to go on learning."""
    module = float_module(network).requires_grad_()
    if not isinstance(module, nn.Sequential):
        raise TypeError("only chains are trained")
    return module


def _strength(stage: Stage, progress: float) -> float:
    left = 1 - progress
    if left >= stage.fading:
        return stage.strength
    return stage.weakest + (stage.strength - stage.weakest) * left / stage.fading


def _learning_rate(stage: Stage, progress: float) -> float:
    peak, warm_up = stage.peak_learning_rate, stage.warm_up
    if progress < warm_up:
        return peak * (0.04 + 0.96 * (1 - math.cos(math.pi * progress / warm_up)) / 2)
    return peak * (1 + math.cos(math.pi * (progress - warm_up) / (1 - warm_up))) / 2


def _optimizer(modules: nn.Module, recipe: Recipe) -> torch.optim.AdamW:
    """AdamW, which decays weights but not biases and norms."""
    parameters = list(modules.parameters())
    return torch.optim.AdamW(
        [
            {"params": [p for p in parameters if p.ndim > 1], "weight_decay": recipe.weight_decay},
            {"params": [p for p in parameters if p.ndim <= 1], "weight_decay": 0.0},
        ],
        lr=recipe.stages[0].peak_learning_rate,  # each step sets its own
    )


@torch.no_grad()
def validate(modules: nn.Module, examples: Examples, label_smoothing: float) -> Validation:
    """Loss and accuracy of modules in evaluation mode, in fp32; the loss is smoothed as the training's is."""
    loss, correct = 0.0, 0
    for images, labels in examples.pieces(_BATCH_OF_VALIDATION):
        logits = modules(images)
        loss += float(functional.cross_entropy(logits, labels, reduction="sum", label_smoothing=label_smoothing))
        correct += int((logits.argmax(dim=1) == labels).sum())
    return Validation(loss / len(examples), correct / len(examples))
