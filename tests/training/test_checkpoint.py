import threading
from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from mnist_bench.base.errors import InputError
from mnist_bench.network.network import Network
from mnist_bench.network.wire import network_hash
from mnist_bench.training.checkpoint import load_checkpoint, save_checkpoint
from mnist_bench.training.data import TrainingData, load_training_data
from mnist_bench.training.recipes import RECIPES, ConvolutionalShape, Recipe
from mnist_bench.training.trainer import Trainer

RECIPE = replace(RECIPES["digits-mlp"], distillation=None).with_epochs(5)
TWO_STAGES = replace(
    RECIPES["digits-cnn"].with_epochs(5), shape=ConvolutionalShape((4, 8), pooled_after=frozenset({0, 1}), dropout=0.1)
)


@pytest.fixture
def trainer(digits_file: Path) -> Trainer:
    return Trainer(RECIPE, 1, load_training_data(RECIPE, digits_file, None, 1, threading.Event()), None)


@pytest.fixture
def checkpoint(trainer: Trainer, tmp_path: Path) -> Path:
    path = tmp_path / "state.checkpoint"
    trainer.run_step()
    trainer.finish_epoch()
    save_checkpoint(path, trainer, "this one")
    return path


def test_everything_comes_back(trainer: Trainer, checkpoint: Path) -> None:
    other = Trainer(RECIPE, 2, trainer.data, None)
    load_checkpoint(checkpoint, other, "this one")
    assert (other.step, other.best_epoch, other.best_validation) == (1, 1, trainer.best_validation)
    for mine, its in ((trainer.modules, other.modules), (trainer.averaged, other.averaged)):
        for left, right in zip(mine.state_dict().values(), its.state_dict().values(), strict=True):
            assert torch.equal(left, right)
    one, two = (instance.optimizer.state_dict()["state"] for instance in (trainer, other))
    assert one.keys() == two.keys()
    assert all(torch.equal(value, two[index][key]) for index in one for key, value in one[index].items())


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'\\"step\\": 1', b'\\"step\\":-1'),
        (b'\\"step\\": 1', b'\\"step\\": 9'),
        (b"this one", b"that one"),
        (b"modules.1.weight", b"modules.7.weight"),
        (b"optimizer.0.exp_avg", b"optimizer.9.exp_avg"),
    ],
)
def test_what_does_not_fit_is_refused(trainer: Trainer, checkpoint: Path, old: bytes, new: bytes) -> None:
    data = checkpoint.read_bytes()
    assert old in data
    checkpoint.write_bytes(data.replace(old, new))
    with pytest.raises(InputError):
        load_checkpoint(checkpoint, trainer, "this one")


def test_no_damage_raises_anything_but_an_input_error(trainer: Trainer, checkpoint: Path, cases: int) -> None:
    sound = checkpoint.read_bytes()
    header = 8 + int.from_bytes(sound[:8], "little")
    chance = np.random.default_rng(1)
    refused = 0
    for _ in range(cases):
        data = bytearray(sound)
        for _ in range(chance.integers(1, 5)):
            data[chance.integers(header)] = chance.integers(256)
        checkpoint.write_bytes(data[: chance.integers(len(data)) if chance.random() < 0.5 else None])
        try:
            load_checkpoint(checkpoint, trainer, "this one")
        except InputError:
            refused += 1
    assert refused > cases // 2


def trained(recipe: Recipe, data: TrainingData, checkpoint: Path, stops: Collection[int]) -> Network:
    """The network after all steps; at each of `stops` the training is put into a file and taken up by another."""
    trainer = Trainer(recipe, 1, data, None)
    while trainer.step < trainer.steps:
        trainer.run_step()
        if trainer.step % trainer.steps_per_epoch == 0:
            trainer.finish_epoch()
        if trainer.step in stops:
            save_checkpoint(checkpoint, trainer, "")
            trainer = Trainer(recipe, 1, data, None)
            load_checkpoint(checkpoint, trainer, "")
    return trainer.best_network()


@pytest.mark.parametrize("stop", [3, 8, 9])
def test_both_stages_go_on_as_if_they_were_never_interrupted(digits_file: Path, tmp_path: Path, stop: int) -> None:
    assert [stage.epochs for stage in TWO_STAGES.stages] == [4, 1]
    recipe = replace(TWO_STAGES, batch_size=120)  # two steps in each epoch, and the second stage begins behind step 8
    data = load_training_data(recipe, digits_file, None, 1, threading.Event())
    straight = trained(recipe, data, tmp_path / "state", ())
    assert network_hash(trained(recipe, data, tmp_path / "state", {stop})) == network_hash(straight)


def test_the_last_stage_begins_with_the_best_weights_of_the_first(digits_file: Path) -> None:
    recipe = replace(TWO_STAGES, batch_size=240)
    data = load_training_data(recipe, digits_file, None, 1, threading.Event())
    trainer = Trainer(recipe, 1, data, None)
    for _ in range(4):
        trainer.run_step()
        trainer.finish_epoch()
    before = trainer.best_network()
    trainer.run_step()
    assert not any(isinstance(module, torch.nn.BatchNorm2d | torch.nn.Dropout) for module in trainer.modules)
    assert network_hash(trainer.best_network()) == network_hash(before)
