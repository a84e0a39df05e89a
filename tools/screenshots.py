"""Pictures of the window for the papers and for looking at: real engines, every size, light and dark, one to six cards.

    xvfb-run -s "-screen 0 1920x1080x24" python tools/screenshots.py docs/pictures --data MNIST_FOLDER [SCENE...]

Without names of scenes all of them are made. Settings, kept drawings and quantized models go to a temporary folder.
"""

import argparse
import logging
import os
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from PIL import Image
from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QWidget

from mnist_bench.digits.samples import bundled_samples
from mnist_bench.engines.backend import Backend
from mnist_bench.engines.engine import InferenceEngine
from mnist_bench.engines.errors import RunnerUnavailable
from mnist_bench.gui.app import make_application
from mnist_bench.gui.cards.answers import CardState
from mnist_bench.gui.look import theme
from mnist_bench.gui.look.theme import SchemeChoice
from mnist_bench.gui.settings import Settings
from mnist_bench.gui.window import MainWindow
from mnist_bench.gui.work.evaluation_dialog import EvaluationDialog
from mnist_bench.network.bundled import load_network
from mnist_bench.network.layers import Conv2d, Linear
from mnist_bench.network.model_file import write_model_file

SIZES = ((1280, 800), (1920, 1080))
BACKENDS = (
    "torch-fp32",
    "qnnpack-int8",
    "torch-fp32:torchscript",
    "qnnpack-int8:torchscript",
    "torch-fp32:eager:2",
    "qnnpack-int8:eager:4",
)
LIMIT_S = 180.0


class Broken(InferenceEngine):
    """A backend that this computer cannot run, as QNNPACK is on some."""

    def start(self) -> None:  # type: ignore[override]
        """Says why."""
        raise RunnerUnavailable(
            "QNNPACK int8 cannot run: this build of PyTorch has no QNNPACK (it has onednn, x86 and fbgemm).",
            advice="Install PyTorch 2.13.0 for Linux or macOS, or choose another backend.",
        )


class Studio:
    """The application, and the window of each scene."""

    def __init__(self, folder: Path, data: Path | None) -> None:
        self.folder = folder
        self.data = data
        self.home = tempfile.TemporaryDirectory(prefix="mnist-bench-pictures-")
        for name in ("XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME"):
            os.environ[name] = self.home.name
        self.app = make_application()
        QSettings.setDefaultFormat(QSettings.Format.IniFormat)
        theme.apply(self.app, SchemeChoice.LIGHT)

    def window(self, backends: Sequence[str], model: str = "", broken: str = "") -> MainWindow:
        """A window whose backends are ready, or have failed."""
        settings = Settings()
        settings.put("backends", tuple(backends))
        settings.put("model/chosen", model)

        def make_engine(backend: Backend) -> InferenceEngine:
            return Broken(backend) if backend.id == broken else InferenceEngine(backend)

        window = MainWindow(settings, self.data, make_engine)
        window.painted.connect(window.begin)
        window.show()
        settled = (CardState.READY, CardState.FAILED)
        self.wait(lambda: all(place.state in settled for place in window.live.places))
        return window

    def draw(self, window: MainWindow, times: int = 60) -> None:
        """Puts sample drawings on the pad one by one, a 7 last, and waits for every answer."""
        samples = [sample for sample in bundled_samples() if sample.drawing is not None]
        seven = next(sample for sample in samples if sample.label == 7)
        for sample in [*(samples[number % len(samples)] for number in range(times)), seven]:
            assert sample.drawing is not None
            window.pad.clear_action.trigger()
            self.wait(lambda: "last" not in window.status.words())
            window.pad.put_drawing(replace(sample.drawing, label=sample.label))
            self.wait(lambda: "last" in window.status.words())
        self.rest(1.0)

    def shoot(self, window: MainWindow, name: str) -> None:
        """Takes the window's picture in both sizes and both looks, which take the place of {} in the file's name."""
        for width, height in SIZES:
            window.resize(width, height)
            for scheme in (SchemeChoice.LIGHT, SchemeChoice.DARK):
                theme.apply(self.app, scheme)
                self.rest(0.7)
                path = self.folder / f"{name.format(f'{width}x{height}-{scheme}')}.png"
                save(window, path)
        theme.apply(self.app, SchemeChoice.LIGHT)

    def wait(self, condition: Callable[[], bool]) -> None:
        """Lets the application run until `condition` holds."""
        end = time.monotonic() + LIMIT_S
        while not condition():
            if time.monotonic() > end:
                raise SystemExit("It takes too long; what is shown is not what it should be.")
            self.rest(0.01)

    def rest(self, seconds: float) -> None:
        """Lets the application run for a while."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.app.processEvents()
            time.sleep(0.002)


def save(widget: QWidget, path: Path) -> None:
    """Writes what a widget shows as a PNG of 256 colours, a third of the size that all of them would take.

    Chosen for coverage, they keep the rare colours of small marks too: no pixel is off by more than about 10 of 255.
    """
    widget.grab().save(str(path))
    with Image.open(path) as picture:
        small = picture.convert("RGB").quantize(256, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
    small.save(path, optimize=True)
    print(path)


def cards(studio: Studio, number: int) -> None:
    """One to six cards with answers."""
    window = studio.window(BACKENDS[:number])
    studio.draw(window)
    for place in window.live.places:
        place.card.times.repeat_button.click()
    studio.wait(lambda: all(place.card.times.repeated.line() for place in window.live.places))
    studio.shoot(window, f"window-{{}}-{number}")
    window.close()


def empty(studio: Studio) -> None:
    """Nothing drawn yet."""
    window = studio.window(BACKENDS[:2])
    studio.shoot(window, "empty-{}")
    window.close()


def failed(studio: Studio) -> None:
    """A backend that cannot run, and a notice."""
    window = studio.window(BACKENDS[:3], broken="qnnpack-int8")
    studio.draw(window, 20)
    window.models.choose("no-such-model")
    studio.rest(0.5)
    studio.shoot(window, "failed-{}")
    window.close()


def long_texts(studio: Studio) -> None:
    """A model with a long name and without int8 parameters, on many backends."""
    network = load_network("digits-mlp")
    plain = replace(
        network,
        name="handwriting-of-the-third-grade-2026-spring-retrained-with-augmentation",
        activations=None,
        layers=tuple(
            replace(layer, quantized=None) if isinstance(layer, Conv2d | Linear) else layer for layer in network.layers
        ),
    )
    path = Path(studio.home.name) / f"{plain.name}.safetensors"
    write_model_file(path, plain, {"made by": "tools/screenshots.py"})
    window = studio.window(BACKENDS[:4], model=str(path))
    studio.draw(window, 20)
    studio.shoot(window, "long-texts-{}")
    window.close()


def evaluation(studio: Studio) -> None:
    """The result of an evaluation on MNIST's test images."""
    window = studio.window(BACKENDS[:4], model="digits-mlp")
    studio.draw(window, 20)
    window.work.evaluate_mnist(lambda: (window.live.places, window.models.chosen))
    studio.rest(2.0)
    studio.shoot(window, "evaluating-{}")
    studio.wait(lambda: not window.work.is_busy)
    dialog = window.findChild(EvaluationDialog)
    assert dialog is not None
    for scheme in (SchemeChoice.LIGHT, SchemeChoice.DARK):
        theme.apply(studio.app, scheme)
        studio.rest(0.3)
        save(dialog, studio.folder / f"evaluation-{scheme}.png")
    theme.apply(studio.app, SchemeChoice.LIGHT)
    window.close()


SCENES: dict[str, Callable[[Studio], None]] = {
    **{
        f"cards-{number}": (lambda studio, number=number: cards(studio, number))  # type: ignore[misc]
        for number in range(1, 7)
    },
    "empty": empty,
    "failed": failed,
    "long-texts": long_texts,
    "evaluation": evaluation,
}


def main() -> int:
    """Makes the pictures that were asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--data", type=Path, help="folder of the MNIST files, for the scene 'evaluation'")
    parser.add_argument("scenes", nargs="*", help=", ".join(SCENES))
    options = parser.parse_intermixed_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    logging.getLogger("mnist_bench").addHandler(logging.NullHandler())
    studio = Studio(options.folder, options.data)
    for name in options.scenes or SCENES:
        SCENES[name](studio)
    return 0


if __name__ == "__main__":
    sys.exit(main())
