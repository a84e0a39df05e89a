"""Pictures of the window: every tab at every size that it is made for, to look at; or the few in the documentation.

    python -m tools.screenshots FOLDER [--data MNIST_FOLDER] [--docs]

Backends are real. The samples of benchmarks are made up and say so. In the documentation's pictures they are real, and
the phone is this computer in disguise. Settings, kept drawings and results go to a temporary folder. No display is
needed.
"""

import argparse
import os
import sys
from dataclasses import replace
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from mnist_bench.bench.latency.settings import Preset, Settings
from mnist_bench.digits.kept import KeptDrawings
from mnist_bench.digits.pictures import read_picture
from mnist_bench.digits.samples import bundled_samples
from mnist_bench.gui.kit.theme import SchemeChoice
from mnist_bench.gui.tabs import TABS
from mnist_bench.gui.window import MainWindow
from tests.comparisons import BACKENDS, CALM, make_comparison
from tests.digit_pictures import picture_of
from tools.studio import PIXEL, StandIn, Studio

SIZES = ((100, 960, 600), (100, 1180, 720), (150, 1280, 720), (150, 1366, 700))
"""Text in per cent of the system's, and the window's content in pixels."""
_FEW, _MANY = 7, 60
_FIRST = ("torch-fp32", "qnnpack-int8", "native-int8")  # those of a new user
_MADE_UP = "made-up samples"


def fill(studio: Studio, window: MainWindow, drawings: int) -> None:
    """Puts something on every tab but Latency."""
    session = window.session
    for sample in bundled_samples():
        assert sample.drawing is not None
        KeptDrawings().add(replace(sample.drawing, label=sample.label))
    session.evaluations.evaluate_path(studio.data) if studio.data else session.evaluations.evaluate_drawings()
    studio.wait(lambda: not session.jobs.is_busy)
    session.measuring.analyse_layers(pad=False)
    studio.wait(lambda: not session.jobs.is_busy)
    studio.draw(window, drawings)
    session.live.repeat()
    studio.wait(lambda: all(state.repeated is not None for state in session.live.backends))


def make_up_samples(window: MainWindow) -> None:
    """A benchmark of the window's backends that never ran: its pictures are the same wherever they are taken."""
    chosen = [state.id for state in window.session.live.backends]
    settings = Settings(processes=6, blocks=4, runs=1200)
    conditions = replace(CALM, model=_MADE_UP, others_busy=0.8 if len(chosen) > 3 else 0.02)
    window.session.results.keep(make_comparison(chosen, settings, model=_MADE_UP, conditions=conditions))


def everything(studio: Studio) -> None:
    """Every tab at every size, in both looks, with one, three and six backends."""
    for number in (1, 3, 6):
        window = studio.window(BACKENDS[:number])
        make_up_samples(window)
        fill(studio, window, _FEW)
        for percent, width, height in SIZES:
            for scheme in (SchemeChoice.LIGHT, SchemeChoice.DARK):
                for tab in TABS:
                    name = f"{tab.name.lower()}-{number}-{width}x{height}-{percent}-{scheme}"
                    studio.shoot(window, tab.name, name, (width, height), scheme, percent)
        window.close()


def documentation(studio: Studio) -> None:
    """The pictures in docs/pictures."""
    window = studio.window(_FIRST)
    window.session.measuring.measure_latency(Preset.QUICK.apply(Settings()))
    studio.wait(lambda: not window.session.jobs.is_busy)
    fill(studio, window, _MANY)
    for tab in TABS:
        if tab.name != "Devices":
            studio.shoot(window, tab.name, tab.name.lower())
    studio.shoot(window, "Answers", "answers-dark", scheme=SchemeChoice.DARK)
    several_digits(studio, window)
    window.close()
    window = studio.window(BACKENDS)
    studio.draw(window, _FEW)
    studio.shoot(window, "Answers", "answers-six", (960, 600))
    window.close()
    for name, phones in (("devices-none", StandIn()), ("devices", StandIn(PIXEL))):
        backends = (*BACKENDS[:2], *(f"native-int8@android:{phone.serial}" for phone in phones.phones))
        window = studio.window(backends, phones)
        studio.draw(window, _FEW)
        studio.shoot(window, "Devices", name)
        window.close()


def several_digits(studio: Studio, window: MainWindow) -> None:
    """An opened picture in the pad's place."""
    window.session.pad.put_image(read_picture(picture_of(4, 0, 7)))
    studio.rest(1.0)
    studio.shoot(window, "Answers", "several-digits")


def main() -> int:
    """Takes them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--data", type=Path, help="MNIST's files, to evaluate; without them, sample drawings are")
    parser.add_argument("--docs", action="store_true", help="only the pictures in docs/pictures")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    studio = Studio(options.folder, options.data)
    (documentation if options.docs else everything)(studio)
    return 0


if __name__ == "__main__":
    sys.exit(main())
