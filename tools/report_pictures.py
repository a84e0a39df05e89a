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

from PIL import Image

from mnist_bench.bench.latency.analysis import TimeKind
from mnist_bench.bench.latency.comparison import Comparison
from mnist_bench.bench.latency.settings import Settings
from mnist_bench.bench.report.document import document_of
from mnist_bench.bench.report.html import html_report
from tests.comparisons import BACKENDS, CALM, make_comparison

HEIGHTS = {1: 2200, 2: 2700, 6: 3500}
"""For each number of backends, in px: down to the command that measures the same again."""

_CHROMIUM = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--hide-scrollbars"),
    "--disable-background-networking",
)


def made_up(count: int) -> Comparison:
    """A comparison of the first `count` backends with made-up samples; with six the machine is busy and one fails."""
    is_busy = count > 5
    return make_comparison(
        BACKENDS[:count],
        Settings(),
        model="made-up samples",
        conditions=replace(CALM, model="made-up samples", others_busy=0.8 if is_busy else 0.02),
        failures={BACKENDS[5]: "The runner ended while it started: made up."} if is_busy else None,
        seed=count,
    )


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
            page.write_bytes(html_report(document_of([made_up(count)], TimeKind.COMPUTE)))
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
