"""Pictures of the window for the papers and for looking at: real engines, every size, light and dark, one to six cards.

    xvfb-run -s "-screen 0 1920x1080x24" python -m tools.screenshots docs/pictures --data MNIST_FOLDER [SCENE...]

Without names of scenes all of them are made. Settings, kept drawings and quantized models go to a temporary folder.
"""

import argparse
import logging
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from mnist_bench.devices.errors import RunnerUnavailable
from mnist_bench.engines.backend import Backend
from mnist_bench.engines.engine import InferenceEngine
from mnist_bench.network.bundled import load_network
from mnist_bench.network.layers import Conv2d, Linear
from mnist_bench.network.model_file import write_model_file
from tools.latency_scenes import LATENCY_SCENES
from tools.phone_scenes import PHONE_SCENES
from tools.studio import SIZES, Studio, show_tab, view

BACKENDS = (
    "torch-fp32",
    "qnnpack-int8",
    "native-int8",
    "native-fp32",
    "torch-fp32:torchscript",
    "qnnpack-int8:torchscript",
)


class Broken(InferenceEngine):
    """A backend that this computer cannot run, as QNNPACK is on some."""

    def start(self) -> None:  # type: ignore[override]
        """Says why."""
        raise RunnerUnavailable(
            "QNNPACK int8 cannot run: this build of PyTorch has no QNNPACK (it has onednn, x86 and fbgemm).",
            advice="Install PyTorch 2.13.0 for Linux or macOS, or choose another backend.",
        )


def cards(studio: Studio, number: int) -> None:
    """One to six cards with answers."""
    window = studio.window(BACKENDS[:number])
    studio.draw(window)
    view(window, "Answers").tab.repeat_button.click()
    studio.wait(lambda: all(state.repeated is not None for state in window.session.live.backends))
    studio.shoot(window, f"window-{{}}-{number}")
    window.close()


def empty(studio: Studio) -> None:
    """Nothing drawn yet."""
    window = studio.window(BACKENDS[:2])
    studio.shoot(window, "empty-{}")
    window.close()


def failed(studio: Studio) -> None:
    """A backend that cannot run, and a notice."""

    def make_engine(backend: Backend) -> InferenceEngine:
        return Broken(backend) if backend.id == "qnnpack-int8" else InferenceEngine(backend)

    window = studio.window(BACKENDS[:3], make_engine=make_engine)
    studio.draw(window, 20)
    window.session.networks.choose("no-such-model")
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
    """An evaluation on MNIST's test images, while it runs and from every side when it is done."""
    window = studio.window(BACKENDS[:4])
    studio.draw(window, 20)
    window.session.evaluations.evaluate_mnist()
    studio.wait(window.status.is_working)
    studio.rest(0.5)
    studio.shoot(window, "evaluating-{}")
    studio.wait(lambda: not window.session.jobs.is_busy)
    tab = view(window, "Accuracy").tab
    studio.wait(lambda: tab.findings is not None and len(tab.findings.backends) == len(window.session.live.backends))
    for words, button in tab.views.buttons.items():
        button.click()
        studio.rest(0.3)
        studio.shoot(window, f"accuracy-{words.lower().replace(' ', '-')}-{{}}", SIZES[:1])
    window.close()


def layers(studio: Studio) -> None:
    """Each layer's share of the time, and the error that quantization adds there."""
    window = studio.window(BACKENDS[:4])
    studio.draw(window, 3)
    show_tab(window, "Layers")
    studio.shoot(window, "layers-none-{}", SIZES[:1])
    view(window, "Layers").tab.analyse_button.click()
    studio.wait(lambda: view(window, "Layers").tab.comparison is not None and not window.session.jobs.is_busy)
    studio.rest(0.3)
    studio.shoot(window, "layers-{}", SIZES[:1])
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
    "layers": layers,
    **LATENCY_SCENES,
    **PHONE_SCENES,
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
