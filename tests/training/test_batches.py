from dataclasses import replace

import pytest
import torch

from mnist_bench.training.batches import Batches
from mnist_bench.training.data import Group, TrainingData
from mnist_bench.training.examples import Examples
from mnist_bench.training.recipes import RECIPES

RECIPE = replace(RECIPES["digits-cnn"], batch_size=8)


@pytest.fixture
def data() -> TrainingData:
    generator = torch.Generator().manual_seed(1)
    images = torch.randint(0, 256, (40 + 6 * 4, 28, 28), generator=generator, dtype=torch.uint8)
    examples = Examples(images, torch.arange(len(images)))
    return TrainingData(examples, examples, (Group(40), Group(4, made=6, per_epoch=2)))


def test_an_epoch_has_every_scanned_digit_and_other_renderings_than_the_last(data: TrainingData) -> None:
    epochs = [set(data.epoch_order(epoch, torch.Generator()).tolist()) for epoch in range(3)]
    assert all(set(range(40)) <= epoch and len(epoch) == 48 for epoch in epochs)
    pens = [epoch - set(range(40)) for epoch in epochs]
    assert pens[0] | pens[1] | pens[2] == set(range(40, 64))


def test_a_batch_can_be_made_again_anywhere(data: TrainingData) -> None:
    for recipe in (RECIPE, replace(RECIPE, copies=2)):
        straight = Batches(data, recipe, 3, None)
        batches = [straight.take(step, 1.0) for step in range(20)]
        later = Batches(data, recipe, 3, None).take(17, 1.0)
        assert torch.equal(later.inputs(), batches[17].inputs())
        assert torch.equal(later.labels, batches[17].labels)


def test_fresh_batches_differ_and_another_seed_gives_others(data: TrainingData) -> None:
    fresh = Batches(data, RECIPE, 3, None)
    images = torch.stack([fresh.take(step, 1.0).inputs() for step in range(12)])
    assert len(torch.unique(images.flatten(1), dim=0)) == 12
    assert not torch.equal(images[0], Batches(data, RECIPE, 4, None).take(0, 1.0).inputs())


def test_kept_batches_come_again_in_another_order(data: TrainingData) -> None:
    cycled = Batches(data, replace(RECIPE, copies=1), 3, None)
    first, second = ([cycled.take(step, 1.0) for step in range(start, start + 6)] for start in (0, 6))
    assert {id(batch) for batch in first} == {id(batch) for batch in second}
    assert [id(batch) for batch in first] != [id(batch) for batch in second]


def test_a_teacher_is_asked_about_the_images_that_are_learned_from(data: TrainingData) -> None:
    def teacher(images: torch.Tensor) -> torch.Tensor:
        return images.float().sum(dim=(1, 2, 3))[:, None].expand(-1, 10)

    module = torch.nn.Module()
    module.forward = teacher
    batch = Batches(data, RECIPE, 3, module).take(0, 1.0)
    assert batch.taught is not None
    torch.testing.assert_close(batch.taught[:, 0], batch.inputs().sum(dim=(1, 2, 3)))
