import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from mnist_bench.errors import InputError
from mnist_bench.training.checkpoint import load_checkpoint, save_checkpoint
from mnist_bench.training.data import load_training_data
from mnist_bench.training.recipes import RECIPES
from mnist_bench.training.trainer import Trainer

RECIPE = replace(RECIPES["digits-mlp"], distillation=None)


@pytest.fixture
def trainer(digits_file: Path) -> Trainer:
    return Trainer(RECIPE, 1, 5, load_training_data(RECIPE, digits_file, None, 1, threading.Event()), None)


@pytest.fixture
def checkpoint(trainer: Trainer, tmp_path: Path) -> Path:
    path = tmp_path / "state.checkpoint"
    trainer.run_step()
    trainer.finish_epoch()
    save_checkpoint(path, trainer, "this one")
    return path


def test_everything_comes_back(trainer: Trainer, checkpoint: Path) -> None:
    other = Trainer(RECIPE, 2, 5, trainer.data, None)
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
