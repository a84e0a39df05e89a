"""How long a picture of 12 megapixels takes to its digit image, and how much memory its process needs for that."""

from collections.abc import Iterator
from pathlib import Path
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
    """The slowest of several readings in one process, SciPy's import in the first, and the process's peak memory."""
    rng = seeded("12 megapixels", 0, 3)
    small = photograph(rng, digit_in_hand(3, rng), PAPERS["lined"], TABLES["brown wood"])
    with TemporaryDirectory(prefix="mnist-bench-") as folder:
        for format_ in ("JPEG", "PNG"):
            path = Path(folder) / f"photograph.{format_.lower()}"
            path.write_bytes(enlarged(small, _SIZE, format_))
            with child("benchmarks.picture_time_child", str(path)) as process:
                readings = [process.ask() for _ in range(setup.times(5, 2))]
            seconds = [float(reading["seconds"]) for reading in readings]
            detail = f"{path.stat().st_size / 1e6:.1f} MB; {', '.join(f'{each:.2f}' for each in seconds)} s"
            yield Figure(f"12 megapixels of {format_} to 28 x 28", max(seconds), "s", at_most(_MOST_S), detail)
            peak = float(readings[-1]["peak_mb"])
            yield Figure(f"12 megapixels of {format_}: the process's memory", peak, "MB", at_most(_MOST_MB))
