"""ONNX Runtime and LiteRT, installed, as backends of this computer: what they answer, and what is said without them."""

from pathlib import Path

import numpy as np
import pytest

from mnist_bench.base.errors import Cancelled
from mnist_bench.devices import libraries, this_computer
from mnist_bench.devices.device import Device
from mnist_bench.devices.errors import RunnerUnavailable
from mnist_bench.devices.phone.device import AndroidPhone
from mnist_bench.devices.this_computer import this_abi
from mnist_bench.digits.samples import labelled_digits
from mnist_bench.engines.backends import (
    all_choices,
    backends_on,
    default_backends,
    find_backend,
    first_backends,
    local_backends,
    not_installed_on,
    quickest,
)
from mnist_bench.engines.engine import InferenceEngine
from mnist_bench.formats.errors import FormatError
from mnist_bench.network.bundled import bundled_names, load_network
from mnist_bench.network.network import PRECISIONS, Precision
from tests.backends import NATIVE_FP32, NATIVE_INT8
from tests.library.engines import PATTERNS, install
from tests.networks import steep_network

ENGINES = tuple(PATTERNS)
TITLES = {"onnxruntime": "ONNX Runtime", "litert": "LiteRT"}


@pytest.mark.parametrize("precision", PRECISIONS)
@pytest.mark.parametrize("engine", ENGINES)
def test_answers_are_the_native_runners(installed_engines: None, engine: str, precision: Precision) -> None:
    images = labelled_digits().images
    native = NATIVE_FP32 if precision is Precision.FP32 else NATIVE_INT8
    with InferenceEngine(find_backend(f"{engine}-{precision}")) as other, InferenceEngine(native) as own:
        for name in bundled_names():
            network = load_network(name)
            other.load(network)
            own.load(network)
            apart = np.abs(other.classify(images).logits - own.classify(images).logits)
            if precision is Precision.FP32:
                assert apart.max() < 1e-4
            else:
                assert network.activations is not None
                step = network.activations[len(network.logit_operators) - 1].scale
                assert np.isin(np.rint(apart / step), (0, 1)).all()
                assert (apart == 0).mean() > 0.99


@pytest.mark.parametrize("precision", PRECISIONS)
@pytest.mark.parametrize("engine", ENGINES)
def test_layers_are_the_native_runners(installed_engines: None, engine: str, precision: Precision) -> None:
    image = labelled_digits().images[7]
    native = NATIVE_FP32 if precision is Precision.FP32 else NATIVE_INT8
    with InferenceEngine(find_backend(f"{engine}-{precision}")) as other, InferenceEngine(native) as own:
        for name in bundled_names():
            network = load_network(name)
            other.load(network)
            own.load(network)
            layers = other.trace(image)
            values = {layer.last: layer.output for layer in layers}
            assert [layer.first for layer in layers] == [0, *(layer.last + 1 for layer in layers[:-1])]
            np.testing.assert_array_equal(values[layers[-1].last], other.classify(image).logits[0])
            for layer in own.trace(image):
                apart = np.abs(values[layer.last] - layer.output)
                if precision is Precision.FP32:
                    assert apart.max() < 1e-4
                else:
                    assert network.activations is not None
                    assert np.isin(np.rint(apart / network.activations[layer.last].scale), (0, 1)).all()


@pytest.mark.parametrize("engine", ENGINES)
def test_an_installed_engine_tells_of_itself_and_works_like_any_other(installed_engines: None, engine: str) -> None:
    backend = find_backend(f"{engine}-int8:2")
    assert (backend.id, backend.title) == (f"{engine}-int8:2", f"{TITLES[engine]} int8 · 2 threads")
    assert backend.mode_words == "C API · 2 threads"
    with InferenceEngine(backend) as inference:
        known = {"onnxruntime": "1.32.0", "litert": "1.2.3"}
        assert (inference.info.threads, inference.info.facts[engine]) == (2, known[engine])
        inference.load(load_network("digits-mlp"))
        pixels = labelled_digits().images[0]
        assert (inference.time(pixels, 2, 10) > 0).all()
        pieces = inference.classify_in_pieces(labelled_digits().images.repeat(100, axis=0))
        next(pieces)
        inference.cancel()
        with pytest.raises(Cancelled):
            list(pieces)
        assert inference.is_running
        inference.restart()
        assert inference.classify(pixels).digits == labelled_digits().labels[:1]


def test_installed_engines_are_offered_but_not_chosen(installed_engines: None, monkeypatch: pytest.MonkeyPatch) -> None:
    own = ("torch-fp32", "qnnpack-int8", "native-fp32", "native-int8")
    names = (*own, "onnxruntime-fp32", "onnxruntime-int8", "litert-fp32", "litert-int8")
    assert tuple(backend.id for backend in local_backends()) == names
    assert {"litert-int8:2", "onnxruntime-fp32:2"} <= {backend.id for backend in all_choices(2)}
    assert tuple(backend.id for backend in default_backends()) == own
    assert tuple(backend.id for backend in first_backends()) == ("torch-fp32", "qnnpack-int8", "native-int8")
    assert [quickest(precision).id for precision in PRECISIONS] == ["native-fp32", "native-int8"]


def test_without_engines_all_is_as_before_and_asking_for_one_says_how_it_is_installed(no_engines: None) -> None:
    assert local_backends() == default_backends()
    assert not [backend for backend in all_choices() if backend.kind.library is not None]
    backend = find_backend("litert-int8")
    assert backend.missing() == "LiteRT is not installed. Run `mnist-bench engines install litert`."
    with pytest.raises(RunnerUnavailable, match="LiteRT int8 cannot run: LiteRT is not installed"):
        InferenceEngine(backend).start()


def test_a_system_without_the_library_runner_is_not_told_to_build_it(
    installed_engines: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(this_computer, "runner_program", lambda abi, name: Path(abi, name))
    missing = find_backend("litert-int8").missing()
    assert missing is not None
    assert missing.startswith("There is no LiteRT runner for this computer (")


def test_a_phone_is_offered_what_is_installed_for_phones(installed_engines: None) -> None:
    phone: Device = AndroidPhone("SERIAL", "Pixel")
    own = ["native-fp32", "native-int8"]
    assert [backend.name for backend in backends_on(phone)] == own  # what is installed is for this computer
    advice = "Run `mnist-bench engines install litert --for android:SERIAL`."
    litert = find_backend("litert-int8@android:SERIAL", {})
    assert litert.missing() == f"LiteRT is not installed for phones. {advice}"
    assert not_installed_on(phone) == (
        "ONNX Runtime is not installed for phones. Run `mnist-bench engines install onnxruntime --for android:SERIAL`.",
        f"LiteRT is not installed for phones. {advice}",
    )
    install("litert", b"", "android-arm64-v8a")
    assert litert.missing() is None
    assert [backend.name for backend in backends_on(phone)] == [*own, "litert-fp32", "litert-int8"]


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"not a library", "LiteRT's library cannot be opened"), (None, "has changed since it was installed")],
)
def test_a_library_that_is_none_or_was_changed_is_not_run(no_engines: None, content: bytes | None, words: str) -> None:
    library = install("litert", content or b"as it was")
    if content is None:
        library.path.write_bytes(b"changed")
    with pytest.raises(RunnerUnavailable, match=words) as caught:
        InferenceEngine(find_backend("litert-fp32")).start()
    assert content is not None or "engines install litert" in caught.value.advice


def test_a_library_that_goes_away_before_the_start_is_told(no_engines: None, monkeypatch: pytest.MonkeyPatch) -> None:
    install("litert", b"")
    backend = find_backend("litert-fp32")
    abi = this_abi()
    assert abi is not None
    assert backend.missing() is None
    libraries.remove("litert", abi)
    with pytest.raises(RunnerUnavailable, match="LiteRT is not installed"):
        backend.connect()


def test_a_network_that_the_engine_cannot_have_is_refused_and_the_runner_goes_on(installed_engines: None) -> None:
    with InferenceEngine(find_backend("litert-int8")) as engine:
        with pytest.raises(FormatError, match=r"sums of linear \(layer 2\) by 300"):
            engine.load(steep_network(300))
        engine.load(load_network("digits-mlp"))
