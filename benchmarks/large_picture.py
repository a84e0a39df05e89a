"""A photograph of 12 megapixels: how long until its answer, and with how much memory."""

from collections.abc import Iterator
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from benchmarks.children import child
from benchmarks.figures import Figure, Setup, at_most
from benchmarks.made_ink import digit_in_hand
from benchmarks.made_photographs import PAPERS, TABLES, photograph
from benchmarks.made_pictures import enlarged
from benchmarks.picture_kinds import seeded

_SIZE = (4000, 3000)
_MOST_S, _MOST_MB = 1.0, 400.0


def measure(setup: Setup) -> Iterator[Figure]:
    """`mnist-bench classify` from its start to its end, with the native runner, on a photograph made here."""
    rng = seeded("12 megapixels", 0, 3)
    small = photograph(rng, digit_in_hand(3, rng), PAPERS["lined"], TABLES["brown wood"])
    with TemporaryDirectory(prefix="mnist-bench-") as folder:
        for kind in ("JPEG", "PNG"):
            path = Path(folder) / f"photograph.{kind.lower()}"
            path.write_bytes(enlarged(small, _SIZE, kind))
            _classify(path)  # the first one reads files that nobody has read yet
            runs = [_classify(path) for _ in range(setup.times(9, 1))]
            seconds = [run[0] for run in runs]
            detail = f"median of {len(runs)}, {min(seconds):.2f} to {max(seconds):.2f} s; the start of Python in it"
            yield Figure(f"12 megapixels as {kind}, to its answer", median(seconds), "s", at_most(_MOST_S), detail)
            peak_mb = max(run[1] for run in runs)
            detail = "of the command or its runner, whichever is larger"
            yield Figure(f"12 megapixels as {kind}: peak memory", peak_mb, "MB", at_most(_MOST_MB), detail)


def _classify(path: Path) -> tuple[float, float]:
    """Seconds from start to end, and the peak memory in MB."""
    with child("benchmarks.command_child", "classify", "--backend", "native-int8", str(path)) as command:
        answer = command.answer()
    return answer["seconds"], answer["peak_memory_bytes"] / 1e6
