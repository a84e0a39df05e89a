"""Digit images with their labels, as bytes in memory, and the drawings of which some are made."""

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import torch

from mnist_bench.base.errors import Cancelled
from mnist_bench.digits.centering import INK_PX
from mnist_bench.digits.drawing import Drawing
from mnist_bench.digits.rendering import render_drawing


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


def with_line_width(drawing: Drawing, pixels: float) -> Drawing:
    """The drawing on a pad that it fills, with a pen so wide that its lines are `pixels` wide in the digit image."""
    points = np.array([point for stroke in drawing.strokes for point in stroke])
    span = max(float(np.ptp(points, axis=0).max()), 1.0)
    return replace(drawing, width=span, height=span, pen_width=pixels * span / (INK_PX - pixels))


def rendered(drawings: Sequence[Drawing], widths_px: npt.NDArray[np.float64], stop: threading.Event) -> Examples:
    """Labelled drawings with lines of these widths in the digit image; Cancelled once `stop` is set."""
    images = np.zeros((len(drawings), 28, 28), np.uint8)
    for image, drawing, width in zip(images, drawings, widths_px, strict=True):
        check_stop(stop)
        image[:] = render_drawing(with_line_width(drawing, width))
    return Examples.of(images, np.array([drawing.label for drawing in drawings], np.uint8))


def check_stop(stop: threading.Event) -> None:
    """Raise Cancelled once `stop` is set."""
    if stop.is_set():
        raise Cancelled("Stopped while the data was read; nothing was written.")
