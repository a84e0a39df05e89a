"""Pictures of reports for looking at, light and dark, by headless Chromium. Their samples are made up, and say so.

python -m tools.report_pictures docs/pictures
"""

import argparse
import shutil
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image

from mnist_bench.bench.latency.analysis import TimeKind
from mnist_bench.bench.latency.comparison import Block, Comparison, ProcessStart, Run, RunnerFacts
from mnist_bench.bench.latency.conditions import Conditions
from mnist_bench.bench.latency.machine import MachineState
from mnist_bench.bench.latency.settings import Settings
from mnist_bench.bench.report.html import html_report

MEDIANS_US = {
    "torch-fp32": 130.0,
    "qnnpack-int8": 168.0,
    "native-fp32": 88.0,
    "native-int8": 34.0,
    "torch-fp32:torchscript": 74.0,
    "qnnpack-int8:torchscript": 129.5,
}
HEIGHTS = {1: 2200, 2: 2700, 6: 3500}
"""For each number of backends, in px: down to the command that measures the same again."""

_CHROMIUM = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--hide-scrollbars"),
    "--disable-background-networking",
)


def made_up(count: int) -> Comparison:
    """A comparison of the first `count` backends with made-up samples; with six the machine is busy and one fails."""
    random = np.random.default_rng(count)
    runs = [_run(backend, median, random) for backend, median in list(MEDIANS_US.items())[:count]]
    busy = 0.0
    if count > 5:
        busy = 0.8
        runs[-1] = replace(runs[-1], blocks=(), starts=(), failure="The runner ended while it started: made up.")
    conditions = Conditions(
        started="2026-01-01T12:00:00+00:00",
        program_version="1.0",
        model="made-up samples",
        network_sha256="0123456789abcdef" * 4,
        cpu="Made-up processor",
        cores=2,
        system="Linux",
        python="3.11",
        torch=None,
        before=MachineState(0.0, load=0.2),
        after=MachineState(60.0, load=0.4),
        others_busy=busy,
    )
    return Comparison("made-up samples", Settings(), conditions, "torch-fp32", tuple(runs))


def _run(backend: str, median_us: float, random: np.random.Generator) -> Run:
    blocks, starts = [], []
    for process in range(10):
        level = 1000 * median_us * random.normal(1, 0.01)
        starts.append(ProcessStart(int(9e8), int(2e6), int(8 * level), np.empty(0, np.int64), steady=True))
        for number in range(10):
            compute = (level * (1 + random.gamma(2.0, 0.02, 100))).astype(np.int64)
            trips = compute + random.integers(40_000, 60_000, 100)
            blocks.append(Block(process, number, 6.0 * process + 0.5 * number, compute, trips))
    facts = RunnerFacts(backend, backend, backend.split(":")[0].rpartition("-")[2], 1, "eager", {"samples": "made up"})
    return Run(facts, 1, tuple(starts), tuple(blocks), peak_memory_bytes=int(random.integers(20, 300)) * 1_000_000)


def main() -> int:
    """Write report-{1,2,6}-{light,dark}.png to a folder; the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder.resolve()
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        print("Chromium is needed: apt-get install chromium", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory() as name:
        for count, height in HEIGHTS.items():
            page = Path(name) / f"report-{count}.html"
            page.write_bytes(html_report([made_up(count)], TimeKind.COMPUTE))
            for scheme, number in (("light", 1), ("dark", 0)):
                picture = folder / f"report-{count}-{scheme}.png"
                own = (f"--user-data-dir={name}/chromium", f"--blink-settings=preferredColorScheme={number}")
                size = f"--window-size=1100,{height}"
                command = [chromium, *_CHROMIUM, *own, size, f"--screenshot={picture}", page.as_uri()]
                subprocess.run(command, check=True, capture_output=True, timeout=60)
                with Image.open(picture) as colors:
                    few = colors.convert("RGB").quantize(256, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
                few.save(picture, optimize=True)
                print(picture)
    return 0


if __name__ == "__main__":
    sys.exit(main())
