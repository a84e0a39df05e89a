"""Augmentation: varies digit images in shape and ink, a whole batch at a time."""

import math
from dataclasses import dataclass

import torch
from torch.nn import functional

SIDE = 28
_GRID = 6  # the elastic field's own resolution
_ELASTIC_PX = 1.1
_DILATED, _ERODED, _BLURRED = 0.25, 0.20, 0.10  # shares of the images; no image gets two of them
_GAINED, _ERASED = 0.40, 0.12


@dataclass(frozen=True, slots=True)
class Geometry:
    """How far a digit is turned, stretched and moved at strength 1: the largest value either way."""

    rotation_degrees: float = 15.0
    log_scale: float = 0.15
    log_aspect: float = 0.10
    shear: float = 0.20
    shift_px: float = 2.0


def augment(
    images: torch.Tensor, strength: float, generator: torch.Generator, geometry: Geometry | None = None
) -> torch.Tensor:
    """Digit images (N, 1, 28, 28), float32 in 0..1, as other hands and pens would have drawn them.

    `strength` scales every deformation (0: as it is, but for ink effects' shares); all chance comes from `generator`.
    """
    moved = _move(images, strength, generator, geometry or Geometry())
    return _ink(moved, strength, generator)


def _uniform(generator: torch.Generator, count: int, low: float, high: float) -> torch.Tensor:
    return torch.rand(count, generator=generator) * (high - low) + low


def _move(images: torch.Tensor, strength: float, generator: torch.Generator, geometry: Geometry) -> torch.Tensor:
    """Rotation, scale, aspect, shear, shift and an elastic field, all in one resampling."""
    count = len(images)

    def either_way(most: float) -> torch.Tensor:
        return _uniform(generator, count, -most * strength, most * strength)

    angle = either_way(math.radians(geometry.rotation_degrees))
    scale, aspect = either_way(geometry.log_scale), either_way(geometry.log_aspect)
    shear = either_way(geometry.shear)
    across, down = torch.exp(scale + aspect / 2), torch.exp(scale - aspect / 2)
    cos, sin = torch.cos(angle), torch.sin(angle)
    pixel = 2 / SIDE  # grid_sample's coordinates run from -1 to 1
    rows = [
        torch.stack([cos * across, (shear * cos - sin) * down, either_way(geometry.shift_px * pixel)], dim=1),
        torch.stack([sin * across, (shear * sin + cos) * down, either_way(geometry.shift_px * pixel)], dim=1),
    ]
    grid = functional.affine_grid(torch.stack(rows, dim=1), [count, 1, SIDE, SIDE], align_corners=False)
    amplitude = _uniform(generator, count, 0, _ELASTIC_PX * strength * pixel)
    coarse = torch.randn(count, 2, _GRID, _GRID, generator=generator) * amplitude[:, None, None, None]
    field = functional.interpolate(coarse, size=(SIDE, SIDE), mode="bicubic", align_corners=True)
    return functional.grid_sample(images, grid + field.permute(0, 2, 3, 1), padding_mode="zeros", align_corners=False)


def _ink(images: torch.Tensor, strength: float, generator: torch.Generator) -> torch.Tensor:
    """Thicker, thinner or blurred lines; more or less ink; now and then a hole."""
    count = len(images)
    choice = torch.rand(count, generator=generator)
    blend = _uniform(generator, count, 0, 0.9 * strength)[:, None, None, None]

    def chosen(low: float, share: float) -> torch.Tensor:
        return ((choice >= low) & (choice < low + share)).nonzero().flatten()

    out = images.clone()
    thick = chosen(0, _DILATED)
    out[thick] = torch.lerp(images[thick], functional.max_pool2d(images[thick], 3, 1, 1), blend[thick])
    thin = chosen(_DILATED, _ERODED)
    out[thin] = torch.lerp(images[thin], -functional.max_pool2d(-images[thin], 3, 1, 1), blend[thin] * 0.7)
    soft = chosen(_DILATED + _ERODED, _BLURRED)
    out[soft] = torch.lerp(images[soft], functional.avg_pool2d(images[soft], 3, 1, 1), blend[soft])

    gain = torch.exp(_uniform(generator, count, -0.35 * strength, 0.6 * strength))
    gain[torch.rand(count, generator=generator) >= _GAINED] = 1.0
    out = (out * gain[:, None, None, None]).clamp_(0, 1)

    size = torch.randint(3, 7, (count,), generator=generator)
    size[torch.rand(count, generator=generator) >= _ERASED * strength] = 0
    corner = torch.randint(2, SIDE - 7, (2, count, 1), generator=generator)
    axis = torch.arange(SIDE)
    inside = (axis >= corner) & (axis < corner + size[:, None])  # (2, N, 28)
    hole = inside[0, :, :, None] & inside[1, :, None, :]
    return out.masked_fill_(hole[:, None], 0.0)
