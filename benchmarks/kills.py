"""Programs that save a run are killed at random moments: are the saved files whole, and the old ones untouched?"""

import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.children import ROOT, plain_environment
from benchmarks.figures import Figure, Setup, at_most
from mnist_bench.base.errors import InputError
from mnist_bench.bench.latency.measure import Measurement
from mnist_bench.bench.latency.settings import Settings
from mnist_bench.bench.results.format import save_result
from mnist_bench.bench.results.result import Result
from mnist_bench.bench.results.store import KeptResults
from mnist_bench.digits.samples import sample_images
from mnist_bench.engines.backends import find_backend
from mnist_bench.network.bundled import load_network

_SAVER = """\
import sys
from pathlib import Path
from mnist_bench.bench.results.format import load_result, save_result
from mnist_bench.bench.results.store import KeptResults
folder = Path(sys.argv[1])
result = load_result(folder / "run-old.json")
print("ready", flush=True)
while True:
    save_result(folder / "run-again.json", result)
    KeptResults(folder).add(result.value)
"""
_LONGEST_S = 0.3


def measure(setup: Setup) -> Iterator[Figure]:
    """Each program saves new runs and replaces one, over and over, until it is killed."""
    kills = setup.times(200, 20)
    damaged, saved, rng = 0, 0, random.Random(7)  # noqa: S311 - moments, not secrets
    with tempfile.TemporaryDirectory(prefix="mnist-bench-") as name:
        folder = Path(name)
        settings = Settings(processes=2, blocks=2, runs=2000)
        old = Measurement([find_backend("native-int8")], load_network("digits-mlp"), sample_images(), settings).run()
        save_result(folder / "run-old.json", Result(old))
        before = _contents(folder)
        for _ in range(kills):
            _kill_one(folder, rng.uniform(0, _LONGEST_S))
            listed = KeptResults(folder).list()
            damaged += len(listed.unreadable) + sum(
                not one.path.with_suffix(".csv").exists() for one in listed.overviews
            )
            damaged += sum(_contents(folder).get(path) != content for path, content in before.items())
            saved += len(listed.overviews) - 1
            _tidy(folder, before)
    yield Figure("saved runs damaged by kills", damaged, "files", at_most(0), f"{kills} kills, {saved:,} runs saved")


def _kill_one(folder: Path, after_s: float) -> None:
    command = (sys.executable, "-P", "-c", _SAVER, str(folder))
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT, env=plain_environment()) as process:
        assert process.stdout is not None
        if process.stdout.readline().strip() != b"ready":
            raise InputError("The program that saves did not start.")
        time.sleep(after_s)
        process.kill()


def _contents(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.glob("run-old.*")}


def _tidy(folder: Path, keep: dict[Path, bytes]) -> None:
    """Remove what one program left, so that the next look is short; the replaced file stays."""
    for path in folder.iterdir():
        if path not in keep and not path.name.startswith("run-again"):
            path.unlink()
