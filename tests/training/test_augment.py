import pytest
import torch

from mnist_bench.training.augment import augment


@pytest.fixture
def images() -> torch.Tensor:
    digits = torch.zeros(200, 1, 28, 28)
    digits[:, :, 6:22, 12:16] = 1.0
    return digits


def generator(seed: int = 1) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_the_same_generator_gives_the_same_images(images: torch.Tensor) -> None:
    first, again, other = (augment(images, 1.0, generator(seed)) for seed in (1, 1, 2))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def test_images_stay_images(images: torch.Tensor) -> None:
    out = augment(images, 1.0, generator())
    assert out.shape == images.shape
    assert out.dtype == torch.float32
    assert float(out.min()) >= 0
    assert float(out.max()) <= 1
    assert (out.sum(dim=(1, 2, 3)) > 10).all()  # no digit leaves its image


def test_each_image_is_changed_otherwise(images: torch.Tensor) -> None:
    out = augment(images, 1.0, generator()).flatten(1)
    assert len(torch.unique(out, dim=0)) == len(images)


def test_no_strength_changes_nothing(images: torch.Tensor) -> None:
    torch.testing.assert_close(augment(images, 0.0, generator()), images, atol=1e-4, rtol=0)


def test_more_strength_moves_more(images: torch.Tensor) -> None:
    weak, strong = ((augment(images, strength, generator()) - images).abs().mean() for strength in (0.2, 1.0))
    assert float(weak) < float(strong)


def test_the_images_given_are_left_alone(images: torch.Tensor) -> None:
    before = images.clone()
    augment(images, 1.0, generator())
    assert torch.equal(images, before)
