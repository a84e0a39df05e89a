"""A photograph of 12 megapixels: how long until its answers, and with how much memory."""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from statistics import median

import numpy as np
from PIL import Image

from benchmarks.children import child
from benchmarks.figures import Figure, Setup, at_most
from benchmarks.pictures import sample_digit

_WIDTH, _HEIGHT, _DIGIT = 4000, 3000, 1400
_MOST_S = 1.0
_MOST_MB = 400.0
_KINDS = (("JPEG", {"quality": 92}), ("PNG", {"compress_level": 1}))


def measure(setup: Setup) -> Iterator[Figure]:
    """`mnist-bench classify` from its start to its end, with the native runner, on a photograph made here."""
    picture = _photograph()
    with tempfile.TemporaryDirectory(prefix="mnist-bench-") as folder:
        for kind, options in _KINDS:
            path = Path(folder) / f"photograph.{kind.lower()}"
            picture.save(path, kind, **options)
            _classify(path)  # the first one reads files that nobody has read yet
            runs = [_classify(path) for _ in range(setup.times(9, 1))]
            seconds = [run[0] for run in runs]
            detail = f"median of {len(runs)}, {min(seconds):.2f} to {max(seconds):.2f} s; the start of Python in it"
            yield Figure(f"12 megapixels as {kind}, to its answer", median(seconds), "s", at_most(_MOST_S), detail)
            peak_mb = max(run[1] for run in runs)
            detail = "of the command or its runner, whichever is larger"
            yield Figure(f"12 megapixels as {kind}: peak memory", peak_mb, "MB", at_most(_MOST_MB), detail)


def _photograph() -> Image.Image:
    """A digit on paper with light from one side and a sensor's noise."""
    digit = Image.fromarray(sample_digit()).resize((_DIGIT, _DIGIT), Image.Resampling.BICUBIC)
    light = np.tile(np.linspace(0.9, 0.6, _WIDTH, dtype=np.float32), (_HEIGHT, 1))
    place = np.s_[800 : 800 + _DIGIT, 1300 : 1300 + _DIGIT]
    light[place] *= 1 - 0.75 * np.asarray(digit, np.float32) / 255
    light += np.random.default_rng(0).normal(0, 0.02, light.shape).astype(np.float32)
    bands = [np.clip(light * tint * 255, 0, 255).astype(np.uint8) for tint in (1, 0.97, 0.9)]
    return Image.merge("RGB", [Image.fromarray(band) for band in bands])


def _classify(path: Path) -> tuple[float, float]:
    """Seconds from start to end, and the peak memory in MB."""
    with child("benchmarks.command_child", "classify", "--backend", "native-int8", str(path)) as command:
        answer = command.answer()
    return answer["seconds"], answer["peak_memory_bytes"] / 1e6
