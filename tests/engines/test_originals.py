"""Other programs' files as they are, beside the networks that were imported from them, and in their place."""

import re
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnx
import pytest
from onnx import TensorProto, helper
from onnx.reference import ReferenceEvaluator

from mnist_bench.base.errors import Cancelled
from mnist_bench.digits.samples import labelled_digits
from mnist_bench.engines.backends import all_choices, find_backend, find_backends
from mnist_bench.engines.engine import InferenceEngine
from mnist_bench.engines.errors import EngineError
from mnist_bench.engines.models import Import, OpenedModel
from mnist_bench.formats.errors import FormatError
from mnist_bench.formats.export_tflite import export_tflite
from mnist_bench.formats.runnable import refuse_unfit
from mnist_bench.formats.tflite_writing import WrittenOperator, WrittenTensor, write
from mnist_bench.network.bundled import load_network
from mnist_bench.network.errors import NetworkError
from mnist_bench.network.model_file import read_model_file, write_model_file
from mnist_bench.network.network import Network, Precision
from mnist_bench.network.original import Fit, OriginalFile
from mnist_bench.network.wire import network_hash
from tests.engine_files import (
    attending_file,
    centroids,
    colourful_file,
    linear_file,
    onnx_file,
    recurrent_file,
    squashing_file,
    stateful_file,
)
from tests.networks import tiny_network

Array = npt.NDArray[np.float32]
IMAGES = labelled_digits().images


def tflite_file(path: Path) -> Path:
    """Signed bytes in and out."""
    path.write_bytes(export_tflite(load_network("digits-mlp"), Precision.INT8))
    return path


def probabilities(network: Network, backend_id: str) -> Array:
    with InferenceEngine(find_backend(backend_id)) as engine:
        engine.load(network)
        return engine.classify(IMAGES).probabilities


def kept(model: OpenedModel, folder: Path) -> Network:
    """The network, written to a model file and read again."""
    path = folder / "kept.safetensors"
    write_model_file(path, model.network, model.notes)
    return read_model_file(path).network


@pytest.fixture(scope="module")
def colourful(installed_engines: None, tmp_path_factory: pytest.TempPathFactory) -> Network:
    """The import of `colourful_file`, kept; it takes seconds."""
    folder = tmp_path_factory.mktemp("colourful")
    return kept(Import(colourful_file(folder / "colours.onnx")).run(), folder)


def test_a_file_with_a_layout_of_its_own_answers_as_its_import_does(colourful: Network) -> None:
    file = colourful.original
    assert file is not None
    assert (file.channels, file.channels_last, file.fit) == (3, True, Fit.CENTRED)
    as_it_is = probabilities(colourful, "onnxruntime-original")
    np.testing.assert_allclose(as_it_is, probabilities(colourful, "native-fp32"), atol=1e-4)
    assert (as_it_is.argmax(axis=1) == labelled_digits().labels).mean() > 0.7
    assert not find_backend("litert-original").can_run(colourful)


def test_a_quantized_file_answers_as_its_import_does(installed_engines: None, tmp_path: Path) -> None:
    network = kept(Import(tflite_file(tmp_path / "bytes.tflite")).run(), tmp_path)
    np.testing.assert_array_equal(
        probabilities(network, "litert-original"), probabilities(load_network("digits-mlp"), "litert-int8")
    )


def test_a_file_as_it_is_has_no_layers_to_trace(colourful: Network) -> None:
    with InferenceEngine(find_backend("onnxruntime-original")) as engine:
        engine.load(colourful)
        with pytest.raises(EngineError, match="runs the file as it is, and its parts are not the network's layers"):
            engine.trace(labelled_digits().images[0])
        assert engine.classify(labelled_digits().images[0]).digits.shape == (1,)


def test_a_file_that_cannot_be_imported_runs_as_its_engine_reads_most_digits(
    installed_engines: None, tmp_path: Path
) -> None:
    model = Import(squashing_file(tmp_path / "squashing.onnx")).run()
    network = kept(model, tmp_path)
    assert model.report is not None
    assert (model.report.normalisation["source"], model.report.normalisation["name"]) == ("digits", "255")
    assert "Softsign" in model.report.notes[0]
    assert not network.has_operators
    answers = probabilities(network, "onnxruntime-original").argmax(axis=1)
    assert (answers == labelled_digits().labels).sum() == model.report.normalisation["right"] > 140
    for backend_id in ("native-fp32", "native-int8", "torch-fp32", "onnxruntime-fp32", "litert-original"):
        backend = find_backend(backend_id)
        assert not backend.can_run(network)
        with pytest.raises(NetworkError, match=r"runs only as it is\.|has no \.tflite file"):
            backend.encode(network)
    with pytest.raises(FormatError, match="runs only as it is"):
        Import(tmp_path / "kept.safetensors").run()


@pytest.mark.parametrize(
    ("operator", "words"),
    [
        ("Relu", r"cannot be imported: The network puts out 7 values\.$"),
        ("Softsign", r"Softsign at out\. Nor can it run as it is: The file's output does not have 10 values\.$"),
        ("Unheard", r"Unheard at out\. Nor can it run as it is: ONNX Runtime refuses the file: "),
    ],
)
def test_what_no_engine_runs_is_refused(installed_engines: None, tmp_path: Path, operator: str, words: str) -> None:
    with pytest.raises(FormatError) as caught:
        Import(squashing_file(tmp_path / "seven.onnx", operator, 7)).run()
    assert re.search(words, caught.value.message)


@pytest.mark.parametrize("make", [recurrent_file, attending_file])
def test_recurrence_and_attention_answer_as_onnx_defines_them(
    installed_engines: None, tmp_path: Path, make: Callable[[Path], Path]
) -> None:
    path = make(tmp_path / "foreign.onnx")
    network = Import(path, "255").run().network
    assert not network.has_operators
    reference = ReferenceEvaluator(str(path))
    pixels = IMAGES[:20, None, None].astype(np.float32) / 255
    (expected,) = zip(*(reference.run(None, {"image": image}) for image in pixels), strict=True)
    logits = np.concatenate(expected).astype(np.float64)
    if make is recurrent_file:
        logits = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(probabilities(network, "onnxruntime-original")[:20], logits, atol=1e-5)


def test_a_state_lives_from_one_digit_to_the_next_and_begins_anew_with_each_load(
    installed_engines: None, tmp_path: Path
) -> None:
    model = Import(stateful_file(tmp_path / "stateful.tflite", 0.5), "255").run()
    assert model.report is not None
    assert "It keeps a state from run to run" in model.report.notes[-1]
    means, biases = centroids()
    logits = IMAGES.reshape(-1, 784).astype(np.float64) / 255 @ means.reshape(10, 784).T + biases
    before = biases  # of the blank image that a load runs
    for row in logits:
        row += 0.5 * before
        before = row
    expected = np.exp(logits - logits.max(axis=1, keepdims=True))
    expected /= expected.sum(axis=1, keepdims=True)
    for _ in range(2):
        np.testing.assert_allclose(probabilities(model.network, "litert-original"), expected, atol=1e-4)


def test_without_its_engine_the_usual_normalisation_is_taken_and_told(no_engines: None, tmp_path: Path) -> None:
    path = squashing_file(tmp_path / "squashing.onnx")
    model = Import(path).run()
    assert model.report is not None
    assert model.report.normalisation_sentence == (
        "Its input was taken to be (x/255 - 0.1307) / 0.3081, as is usual; no other was tried."
    )
    asked = Import(path, "inverted-255").run()
    assert asked.network.original is not None
    assert asked.network.original.scale == pytest.approx(-1 / 255)
    assert asked.network.original.offset == 1


def test_a_trial_ends_when_the_import_is_cancelled(installed_engines: None, tmp_path: Path) -> None:
    going = Import(squashing_file(tmp_path / "squashing.onnx"))
    classify = InferenceEngine.classify

    def classified(engine: InferenceEngine, images: npt.NDArray[np.uint8]) -> object:
        cancelling = threading.Thread(target=going.cancel)
        cancelling.start()
        cancelling.join()
        return classify(engine, images)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(InferenceEngine, "classify", classified)
        with pytest.raises(Cancelled):
            going.run()


def test_weights_in_another_file_are_imported_but_never_given_to_an_engine(
    installed_engines: None, tmp_path: Path
) -> None:
    path = linear_file(tmp_path / "whole.onnx")
    outside = tmp_path / "outside.onnx"
    onnx.save(onnx.load(path), outside, save_as_external_data=True, location="weights.bin", size_threshold=0)
    model = Import(outside).run()
    assert model.network.has_operators
    assert model.network.original is None
    assert model.report is not None
    assert "The file itself cannot be run: The file keeps values in another file" in model.report.notes[-1]


def original(data: bytes, file_format: str = "onnx") -> OriginalFile:
    return OriginalFile(file_format, data, 1, False, Fit.AS_THEY_ARE, 1 / 255, 0.0, False)


def test_a_name_of_another_file_is_found_wherever_it_stands() -> None:
    """A model file may come from anybody: what it holds is looked at before each load."""
    tensor = TensorProto(name="weights", dims=[1], data_type=TensorProto.FLOAT, data_location=TensorProto.EXTERNAL)
    tensor.external_data.add(key="location", value="/etc/passwd")
    constant = helper.make_node("Constant", [], ["c"], value=tensor)
    branch = helper.make_graph([constant], "branch", [], [helper.make_tensor_value_info("c", 1, [1])])
    inside = helper.make_node("If", ["yes"], ["out"], then_branch=branch, else_branch=branch)
    function = helper.make_function("own", "F", [], ["c"], [constant], [helper.make_opsetid("", 21)])
    context = helper.make_node("EPContext", [], ["out"], domain="com.microsoft", ep_cache_context="a file")
    out = [helper.make_tensor_value_info("out", 1, [1])]
    models = [
        helper.make_model(helper.make_graph([inside], "graph", [], out)),
        helper.make_model(helper.make_graph([], "graph", [], out), functions=[function]),
        helper.make_model(helper.make_graph([context], "graph", [], out)),
    ]
    for model in models:
        network = Network("foreign", (), original=original(model.SerializeToString()))
        with pytest.raises(FormatError, match="keeps values in another file"):
            find_backend("onnxruntime-original").encode(network)
    with pytest.raises(FormatError, match="damaged"):
        refuse_unfit(original(b"nothing", "tflite"))


def onnx_ends(
    numbers: int = TensorProto.FLOAT,
    shape: Sequence[int] = (1, 1, 28, 28),
    outputs: Sequence[tuple[int, int]] = ((1, 10),),
) -> OriginalFile:
    """A file with an input and these outputs, each with a type and a number of values."""
    image = helper.make_tensor_value_info("image", numbers, shape)
    ends = [helper.make_tensor_value_info(f"out{at}", kind, [1, values]) for at, (kind, values) in enumerate(outputs)]
    node = helper.make_node("Own", ["image", "weights"], [end.name for end in ends], domain="own")
    weights = helper.make_tensor("weights", TensorProto.FLOAT, [1], [1.0])
    also = helper.make_tensor_value_info("weights", TensorProto.FLOAT, [1])  # as old files list it
    model = helper.make_model(helper.make_graph([node], "graph", [image, also], ends, [weights]))
    return original(model.SerializeToString())


def tflite_ends(
    numbers: npt.DTypeLike = np.float32,
    shape: Sequence[int] = (1, 28, 28, 1),
    outputs: Sequence[tuple[npt.DTypeLike, int]] = ((np.float32, 10),),
) -> OriginalFile:
    """As `onnx_ends`."""
    ends = [WrittenTensor(f"out{at}", (1, values), kind) for at, (kind, values) in enumerate(outputs)]
    names = [end.name for end in ends]
    operator = WrittenOperator("ABS", ["image"], names)
    return original(write([WrittenTensor("image", shape, numbers), *ends], [operator], ["image"], names), "tflite")


@pytest.mark.parametrize(
    ("file", "words"),
    [
        (onnx_ends(outputs=((1, 10), (7, 1))), "has 1 input and 2 outputs; only a file with one of each runs as it is"),
        (onnx_ends(outputs=((TensorProto.INT64, 1),)), "output holds int64 numbers"),
        (
            onnx_ends(numbers=TensorProto.DOUBLE),
            "input holds float64 numbers; only float32, uint8 and int8 are supported",
        ),
        (onnx_ends(shape=(8, 1, 28, 28)), "input has the shape 8 x 1 x 28 x 28, which is not one image"),
        (onnx_ends(outputs=((1, 7),)), "output has the shape 1 x 7, which is not 10 values"),
        (tflite_ends(outputs=((np.float32, 10), (np.float32, 64))), "has 1 input and 2 outputs"),
        (tflite_ends(outputs=((np.int64, 1),)), "output holds int64 numbers"),
        (tflite_ends(numbers=np.int32), "input holds int32 numbers"),
        (tflite_ends(shape=(8, 28, 28, 1)), "input has the shape 8 x 28 x 28 x 1"),
    ],
)
def test_what_the_library_runner_does_not_take_is_told_before(file: OriginalFile, words: str) -> None:
    with pytest.raises(FormatError, match=re.escape(words)):
        refuse_unfit(file)


@pytest.mark.parametrize(
    "file", [onnx_ends(), onnx_ends(TensorProto.UINT8, (0, 0, 28, 28)), tflite_ends(), tflite_ends(np.int8)]
)
def test_what_the_library_runner_takes_is_not_refused(file: OriginalFile) -> None:
    refuse_unfit(file)


def test_an_import_tells_that_its_file_cannot_run(tmp_path: Path) -> None:
    path = linear_file(tmp_path / "two.onnx")
    model = onnx.load(path)
    model.graph.output.append(helper.make_tensor_value_info("row", TensorProto.FLOAT, None))
    onnx.save(model, path)
    imported = Import(path, "255").run()
    assert imported.network.has_operators
    assert imported.network.original is None
    assert imported.report is not None
    assert "The file itself cannot be run: The file has 1 input and 2 outputs" in imported.report.notes[-1]


def test_a_normalisation_whose_numbers_overflow_is_no_candidate(installed_engines: None, tmp_path: Path) -> None:
    means, biases = centroids()
    nodes = [
        helper.make_node("Flatten", ["image"], ["row"]),
        helper.make_node("Exp", ["row"], ["large"]),  # infinite where pixels go up to 255
        helper.make_node("Mul", ["large", "nothing"], ["none"]),
        helper.make_node("Add", ["row", "none"], ["same"]),
        helper.make_node("Gemm", ["same", "weights", "biases"], ["logits"], transB=1),
        helper.make_node("Softsign", ["logits"], ["out"]),
    ]
    constants = {"weights": means.reshape(10, 784), "biases": biases, "nothing": np.zeros(1, np.float32)}
    model = Import(onnx_file(tmp_path / "large.onnx", (1, 1, 28, 28), nodes, constants)).run()
    assert model.report is not None
    assert (model.report.normalisation["source"], model.report.normalisation["name"]) == ("digits", "255")


def test_the_original_is_part_of_what_a_network_is() -> None:
    plain = tiny_network()
    one, other = (replace(plain, original=original(data)) for data in (b"one", b"other"))
    scaled = replace(one, original=replace(original(b"one"), scale=1.0))
    assert len({network_hash(network) for network in (plain, one, other, scaled)}) == 4


def test_originals_are_offered_where_their_engine_is_installed_and_named_in_full(installed_engines: None) -> None:
    assert [backend.id for backend in all_choices()][-2:] == ["onnxruntime-original", "litert-original"]
    assert [backend.id for backend in find_backends("litert:2")] == ["litert-fp32:2", "litert-int8:2"]
    assert find_backend("litert-original:2").title == "LiteRT original · 2 threads"
